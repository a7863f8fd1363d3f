/** A small graph of the run that created a request. Shows nothing if no run created it. */

import { Paper, Title } from "@mantine/core";
import { Link } from "react-router";
import { useQuery, useSubscription } from "urql";
import { RunBadge } from "./badge.tsx";
import { Graph } from "./graph.tsx";
import { RequestRunChanged, RequestRun as RequestRunQuery } from "./run.graphql.ts";
import classes from "./run.module.css";
import { progressWords } from "./run-words.ts";

export default function RequestRun({ id, jobId }: { id: string; jobId: string }) {
  const [{ data }] = useQuery({ query: RequestRunQuery, variables: { id }, requestPolicy: "cache-and-network" });
  const run = data?.approvalRequest?.run ?? null;
  useSubscription({ query: RequestRunChanged, variables: { id: run?.id ?? "" }, pause: run === null });
  if (run === null) return null;
  const address = `/runs/${run.id}`;
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="run">
      <div className={classes.head}>
        <Title order={2} size="h5" id="run">
          Status in the workflow
        </Title>
        <Link to={address} className={classes.link}>
          Open the run
        </Link>
      </div>
      <p className={classes.facts}>
        <RunBadge run={run} />
        <span className={classes.soft}>{progressWords(run)}.</span>
      </p>
      <Graph run={run} label="Jobs of the workflow" current={jobId} isCompact jobAddress={() => address} />
    </Paper>
  );
}
