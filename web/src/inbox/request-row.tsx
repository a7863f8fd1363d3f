/** One request of the list. */

import { Badge, Button, Checkbox, Text } from "@mantine/core";
import { memo } from "react";
import { Link } from "react-router";
import { useViewer } from "../api/viewer.tsx";
import type { Decision } from "../decision/decision-model.ts";
import { Countdown } from "../shared/times.tsx";
import { sentence } from "../shared/words.ts";
import classes from "./inbox.module.css";
import type { Row } from "./inbox-list.ts";
import type { Departure } from "./inbox-source.ts";
import { departure, isLowRisk, progressOf, whyAlone } from "./inbox-words.ts";

interface Props {
  row: Row;
  /** Where it has left. */
  left: Departure | undefined;
  isTicked: boolean;
  isCurrent: boolean;
  onTick(row: Row): void;
  onDecide(row: Row, decision: Decision): void;
  onFocus(id: string): void;
}

export const RequestRow = memo(function RequestRow(props: Props) {
  const { row, left, isTicked, isCurrent, onTick, onDecide, onFocus } = props;
  const alone = !isLowRisk(row);
  const progress = progressOf(row);
  return (
    <div
      className={classes.row}
      data-left={left !== undefined || undefined}
      data-current={isCurrent || undefined}
      data-ticked={isTicked || undefined}
    >
      <Checkbox
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
            {progress !== null && (
              <Text size="xs" c="dimmed">
                {progress}
              </Text>
            )}
          </div>
          <div className={classes.buttons}>
            <Button size="xs" variant="light" color="green" onClick={() => onDecide(row, "APPROVE")}>
              Approve
            </Button>
            <Button size="xs" variant="light" color="red" onClick={() => onDecide(row, "REJECT")}>
              Reject
            </Button>
          </div>
        </>
      )}
    </div>
  );
});

function Details({ row, left }: Pick<Props, "row" | "left">) {
  const { userId } = useViewer();
  if (left !== undefined) {
    return (
      <Text size="sm" fw={600} className={classes.details}>
        {sentence(departure(left.by, userId).replace(/^./, (first) => first.toUpperCase()))}
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed" className={classes.details} component="div">
      <span className="cut">{row.requestedBy}</span>
      <span className="cut">{row.workflowId}</span>
      {row.status === "ESCALATED" && <Badge {...BADGE}>Escalated</Badge>}
      {row.risk != null && row.risk.toLowerCase() !== "low" && <Badge {...BADGE}>Risk: {row.risk}</Badge>}
    </Text>
  );
}

const BADGE = { size: "sm", variant: "light", color: "orange", className: classes.badge } as const;
