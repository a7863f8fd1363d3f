/** A row of the list. Plain elements, because scrolling renders dozens of rows per frame. */

import { memo } from "react";
import { Link } from "react-router";
import { isLow, needsReview } from "../../../src/model/risk.ts";
import { useViewer } from "../api/viewer.tsx";
import type { Decision } from "../decision/decision-model.ts";
import { Countdown } from "../shared/times.tsx";
import { sentence } from "../shared/words.ts";
import type { Row } from "./inbox-list.ts";
import type { Departure } from "./inbox-source.ts";
import { departure, isLowRisk, progressOf, whyAlone } from "./inbox-words.ts";
import classes from "./row.module.css";

interface Props {
  row: Row;
  /** Set if the request has left the inbox. */
  left: Departure | undefined;
  isTicked: boolean;
  isCurrent: boolean;
  onTick(row: Row): void;
  /** For a request that must be reviewed first, opens its page. */
  onDecide(row: Row, decision: Decision): void;
  onFocus(id: string): void;
}

export const RequestRow = memo(function RequestRow(props: Props) {
  const { row, left, isTicked, isCurrent, onTick, onDecide, onFocus } = props;
  const alone = !isLowRisk(row);
  const progress = progressOf(row);
  const mustBeRead = needsReview(row.risk);
  return (
    <div
      className={classes.row}
      data-left={left !== undefined || undefined}
      data-current={isCurrent || undefined}
      data-ticked={isTicked || undefined}
    >
      <input
        type="checkbox"
        className={classes.tick}
        checked={isTicked}
        disabled={alone || left !== undefined}
        title={alone ? whyAlone(row) : undefined}
        aria-label={`Select ${row.title}`}
        onChange={() => onTick(row)}
      />
      <div className={classes.what}>
        <Link
          to={`/requests/${row.id}`}
          className={classes.title}
          dir="auto"
          data-row={row.id}
          onFocus={() => onFocus(row.id)}
        >
          {row.title}
        </Link>
        <Details row={row} left={left} />
      </div>
      {left === undefined && (
        <>
          <div className={classes.due}>
            <Countdown to={row.expiresAt} />
            {progress !== null && <span className={classes.progress}>{progress}</span>}
          </div>
          <div className={classes.buttons}>
            <button
              type="button"
              className={mustBeRead ? classes.review : classes.approve}
              onClick={() => onDecide(row, "APPROVE")}
            >
              {mustBeRead ? "Review" : "Approve"}
            </button>
            <button type="button" className={classes.reject} onClick={() => onDecide(row, "REJECT")}>
              Reject
            </button>
          </div>
        </>
      )}
    </div>
  );
});

function Details({ row, left }: Pick<Props, "row" | "left">) {
  const { userId } = useViewer();
  if (left !== undefined) {
    const words = departure(left.by, userId);
    return <div className={classes.leaving}>{sentence(words)}</div>;
  }
  return (
    <div className={classes.details}>
      <span className="cut">{row.requestedBy}</span>
      <span className="cut">{row.workflowId}</span>
      {row.status === "ESCALATED" && <span className={classes.badge}>Escalated</span>}
      {!isLow(row.risk) && <span className={`${classes.badge} cut`}>Risk: {row.risk}</span>}
    </div>
  );
}
