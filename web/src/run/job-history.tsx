/** The history of one job: its attempts, its current wait, and its log. */

import { Button, Paper, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "urql";
import type { RunAttemptsQuery, RunPageFragment } from "../generated/graphql.ts";
import { reasonOf } from "../shared/states.tsx";
import { duration } from "../shared/time.ts";
import { Ago, Countdown } from "../shared/times.tsx";
import { RunAttempts } from "./history.graphql.ts";
import history from "./history.module.css";
import { outcomeOf } from "./history-words.ts";
import { JobLog } from "./job-log.tsx";
import { Mark } from "./mark.tsx";
import classes from "./run.module.css";
import { JOB_STATE_WORDS, jobStateOf } from "./run-words.ts";

type Job = RunPageFragment["jobs"][number];
type Attempt = NonNullable<RunAttemptsQuery["workflowRun"]>["jobs"][number]["attemptHistory"][number];

/** The address of a job's history on the page of its run. */
export const historyAddress = (jobId: string): string => `?job=${encodeURIComponent(jobId)}`;

/** The history of the job in the address, if any. */
export function JobHistory({ run }: { run: RunPageFragment }) {
  const [search] = useSearchParams();
  const job = run.jobs.find(({ id }) => id === search.get("job"));
  return job === undefined ? null : <OneJob key={job.id} run={run} job={job} />;
}

function OneJob({ run, job }: { run: RunPageFragment; job: Job }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: "start" });
  }, []);
  const isOpen = job.status === "RUNNING" || job.status === "PENDING";
  const state = jobStateOf(job);
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="job-history">
      <div className={classes.head}>
        <Title order={2} size="h5" id="job-history" ref={heading} tabIndex={-1} className={history.heading}>
          History of {job.id}
        </Title>
        <Button component={Link} to="?" preventScrollReset variant="default" size="compact-sm">
          Close
        </Button>
      </div>
      <div className={classes.facts}>
        <span className={classes.status}>
          <Mark state={state} size={18} />
          {JOB_STATE_WORDS[state]}
        </span>
        {isOpen && job.timeoutAt != null && (
          <span className={classes.soft}>
            Timeout: <Countdown to={job.timeoutAt} />
          </span>
        )}
      </div>
      {job.waitingReason != null && <p className={history.reason}>{job.waitingReason}</p>}
      <Attempts run={run} job={job} />
      {run.detailIsVisible && (
        <>
          <Title order={3} size="h6" mt="md" mb={4}>
            Log
          </Title>
          <JobLog runId={run.id} jobId={job.id} isOpen={isOpen} />
        </>
      )}
    </Paper>
  );
}

function Attempts({ run, job }: { run: RunPageFragment; job: Job }) {
  const variables = { id: run.id };
  const [{ data, error }, read] = useQuery({ query: RunAttempts, variables, requestPolicy: "cache-and-network" });
  // An update of the run shows that an attempt has started or ended.
  const state = `${job.status} ${job.attempts} ${job.waitingFor} ${job.dueAt}`;
  const seen = useRef(state);
  useEffect(() => {
    if (seen.current === state) return;
    seen.current = state;
    read({ requestPolicy: "network-only" });
  }, [state, read]);
  const attempts = data?.workflowRun?.jobs.find(({ id }) => id === job.id)?.attemptHistory;
  return (
    <>
      <Title order={3} size="h6" mt="md" mb={4}>
        Attempts
      </Title>
      {attempts === undefined || attempts.length === 0 ? (
        <Text size="sm" c="dimmed">
          {error !== undefined ? reasonOf(error) : attempts === undefined ? "Loading…" : "No attempts are stored."}
        </Text>
      ) : (
        <ol className={history.attempts} aria-label="Attempts, newest first">
          {attempts.toReversed().map((attempt) => (
            <OneAttempt key={attempt.number} attempt={attempt} />
          ))}
        </ol>
      )}
    </>
  );
}

function OneAttempt({ attempt }: { attempt: Attempt }) {
  const { number, startedAt, endedAt, outcome, process, error } = attempt;
  const { words, state } = outcomeOf(outcome);
  return (
    <li className={history.attempt}>
      <Mark state={state} size={18} />
      <div>
        <div className={history.line}>
          <strong>
            {number}. {words}
          </strong>
          <span className={classes.soft}>
            started <Ago at={startedAt} />
            {endedAt != null && `, took ${duration(Date.parse(endedAt) - Date.parse(startedAt))}`}
          </span>
          {process != null && <code className={history.process}>{process}</code>}
        </div>
        {error != null && (
          <div className={history.error} dir="auto">
            {error}
          </div>
        )}
      </div>
    </li>
  );
}
