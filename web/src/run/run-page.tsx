/** The page of one run: its gates, and its jobs as a graph and as a table. */

import { Button, Group, Paper, Title } from "@mantine/core";
import { useMemo } from "react";
import { Link, useParams } from "react-router";
import { useQuery, useSubscription } from "urql";
import type { RunPageFragment } from "../generated/graphql.ts";
import { BackLink } from "../shared/back-link.tsx";
import { Page, usePageTitle } from "../shared/page.tsx";
import { Empty, Failed, Loading } from "../shared/states.tsx";
import { Ago, Countdown } from "../shared/times.tsx";
import { RunBadge } from "./badge.tsx";
import { type JobRule, rulesOf } from "./branch-words.ts";
import { CancelRun } from "./cancel-run.tsx";
import { Gates } from "./gates.tsx";
import { Graph } from "./graph.tsx";
import { JobHistory } from "./job-history.tsx";
import { JobsTable, rowIdOf } from "./jobs-table.tsx";
import { MoveRun } from "./move-run.tsx";
import { Moves } from "./moves.tsx";
import { RestartRun } from "./restart-run.tsx";
import { Retries } from "./retries.tsx";
import { RunChanged, RunDocument, RunPage as RunQuery } from "./run.graphql.ts";
import classes from "./run.module.css";
import { progressWords } from "./run-words.ts";
import { StopNotice } from "./stop-notice.tsx";

export default function RunPage() {
  const { id = "" } = useParams();
  return <OneRun key={id} id={id} />;
}

function OneRun({ id }: { id: string }) {
  const [{ data, fetching, error }, read] = useQuery({
    query: RunQuery,
    variables: { id },
    requestPolicy: "cache-and-network",
  });
  const run = data?.workflowRun ?? null;
  // The subscription completes with the run, and starts again if one of its jobs is retried.
  useSubscription({ query: RunChanged, variables: { id }, pause: run === null || !run.isOpen });
  if (run !== null) return <RunView run={run} />;
  if (fetching) return <Loading what="the run" />;
  if (error !== undefined) {
    return <Failed what="The run" error={error} retry={() => read({ requestPolicy: "network-only" })} />;
  }
  return (
    <Page title="Run">
      <Empty
        title="Not found"
        text="The run does not exist, was deleted after its retention period, or you may not see any of its requests."
        action={
          <Button component={Link} to="/runs" variant="default">
            Go to the runs
          </Button>
        }
      />
    </Page>
  );
}

/** The branch rules of the jobs. Empty if the viewer may not see the document. */
function useRules({ id, detailIsVisible }: RunPageFragment): ReadonlyMap<string, JobRule> {
  const [{ data }] = useQuery({ query: RunDocument, variables: { id }, pause: !detailIsVisible });
  const definition = data?.workflowRun?.definition;
  return useMemo(() => rulesOf(definition), [definition]);
}

function RunView({ run }: { run: RunPageFragment }) {
  const rules = useRules(run);
  usePageTitle(`${run.workflowId}, ${run.executionId}`);
  return (
    <article className={classes.page}>
      <RunHead run={run} />
      <StopNotice run={run} />
      <Gates gates={run.waitingFor} />
      <section aria-labelledby="graph">
        <div className={classes.head}>
          <Title order={2} size="h5" id="graph">
            Progress
          </Title>
          <span className={classes.soft} role="status">
            {progressWords(run)}.
          </span>
        </div>
        <Graph run={run} label="Job graph" rules={rules} jobAddress={(jobId) => `#${rowIdOf(jobId)}`} />
      </section>
      <Paper component="section" withBorder className={classes.card} aria-labelledby="jobs">
        <Title order={2} size="h5" id="jobs" mb="sm">
          Jobs
        </Title>
        <JobsTable run={run} rules={rules} />
        {!run.detailIsVisible && (
          <p className={classes.soft}>
            Outputs, logs and errors are visible only to people who may see all requests, and to the program that
            started the run.
          </p>
        )}
      </Paper>
      <Retries retries={run.retries} />
      <Moves moves={run.moves} />
      <JobHistory run={run} />
    </article>
  );
}

function RunHead({ run }: { run: RunPageFragment }) {
  const { startedFromCheckpoint: checkpoint, schedule, createdAt, endedAt } = run;
  return (
    <header>
      <BackLink to="/runs" list="Runs" />
      <Group justify="space-between" align="flex-start" gap="sm">
        <Title order={1} size="h2" dir="auto">
          {run.workflowId}
        </Title>
        <Group gap="sm">
          <RestartRun run={run} />
          <MoveRun run={run} />
          <CancelRun run={run} />
        </Group>
      </Group>
      <div className={classes.facts}>
        <RunBadge run={run} />
        <span>
          <span className={classes.soft}>Execution</span> <strong>{run.executionId}</strong>
        </span>
        <span className={classes.soft}>
          started <Ago at={createdAt} />
        </span>
        {run.isOpen && run.timeoutAt != null && (
          <span className={classes.soft}>
            timeout: <Countdown to={run.timeoutAt} />
          </span>
        )}
        {endedAt != null && (
          <span className={classes.soft}>
            ended <Ago at={endedAt} />
          </span>
        )}
        {schedule != null && (
          <span className={classes.soft}>
            by the schedule <strong>{schedule}</strong>
          </span>
        )}
        {run.parent != null && (
          <span className={classes.soft}>
            started by the job <strong>{run.parentJobId}</strong> of{" "}
            <Link to={`/runs/${run.parent.id}`} className={classes.link}>
              {run.parent.workflowId}, {run.parent.executionId}
            </Link>
          </span>
        )}
        {checkpoint != null && (
          <span className={classes.soft}>
            started from the checkpoint <strong>{checkpoint.name}</strong>, stored <Ago at={checkpoint.createdAt} />
          </span>
        )}
      </div>
    </header>
  );
}
