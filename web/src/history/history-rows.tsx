/** One page of rows of the history. */

import { Badge } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { useViewer } from "../api/viewer.tsx";
import type { ApprovalRequestFilter, HistoryRowFragment } from "../generated/graphql.ts";
import { Failed, Loading } from "../shared/states.tsx";
import { Ago } from "../shared/times.tsx";
import { STATUS_WORDS } from "../shared/words.ts";
import { HistoryPage } from "./history.graphql.ts";
import classes from "./history.module.css";
import { endedWords, requesterWords } from "./history-words.ts";

export interface Loaded {
  rows: readonly HistoryRowFragment[];
  hasNextPage: boolean;
  endCursor: string | null;
}

interface Props {
  filter: ApprovalRequestFilter;
  after: string | null;
  /** Increases when the page must be read again. */
  reading: number;
  onLoaded(after: string | null, page: Loaded): void;
}

const PAGE = 50;

export function HistoryRows({ filter, after, reading, onLoaded }: Props) {
  const variables = { first: PAGE, after, filter };
  const [{ data, error }, read] = useQuery({ query: HistoryPage, variables, requestPolicy: "cache-and-network" });
  useEffect(() => {
    if (reading > 0) read({ requestPolicy: "network-only" });
  }, [reading, read]);
  const page = data?.approvalRequests;
  useEffect(() => {
    if (page === undefined) return;
    const { hasNextPage, endCursor = null } = page.pageInfo;
    onLoaded(after, { rows: page.edges.map(({ node }) => node), hasNextPage, endCursor });
  }, [page, after, onLoaded]);

  if (page === undefined) {
    return (
      <li>
        {error === undefined ? (
          <Loading what="requests" />
        ) : (
          <Failed what="The history" error={error} retry={() => read({ requestPolicy: "network-only" })} />
        )}
      </li>
    );
  }
  return page.edges.map(({ node }) => <Row key={node.id} row={node} />);
}

function Row({ row }: { row: HistoryRowFragment }) {
  const { userId } = useViewer();
  const isFinal = row.decidedAt != null;
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <Link to={`/requests/${row.id}`} className={classes.title} dir="auto">
          {row.title}
        </Link>
        <div className={classes.details}>
          <span>
            {requesterWords(row, userId)} <Ago at={row.createdAt} />
          </span>
          <span className={classes.workflow}>{row.workflowId}</span>
        </div>
      </div>
      <div className={classes.outcome}>
        <Badge variant="light" className={classes.status} data-status={row.status}>
          {STATUS_WORDS[row.status]}
        </Badge>
        {isFinal && (
          <div className={classes.details}>
            <span>
              {endedWords(row, userId)}, <Ago at={row.decidedAt as string} />
            </span>
          </div>
        )}
      </div>
    </li>
  );
}
