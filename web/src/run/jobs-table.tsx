/** The table of a run's jobs: the graph's content, and more. */

import { Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import type { RunItemsQuery, RunPageFragment } from "../generated/graphql.ts";
import { useOverflow } from "../shared/scrolled.tsx";
import { reasonOf } from "../shared/states.tsx";
import { duration } from "../shared/time.ts";
import { Ago, At, Countdown } from "../shared/times.tsx";
import { STATUS_WORDS } from "../shared/words.ts";
import type { JobRule } from "./branch-words.ts";
import { historyWords, WAIT_WORDS } from "./history-words.ts";
import { historyAddress } from "./job-history.tsx";
import { Mark } from "./mark.tsx";
import { RetryJob } from "./retry-job.tsx";
import { RunItems, RunOutputs } from "./run.graphql.ts";
import classes from "./run.module.css";
import { blockedWords, itemsWords, JOB_STATE_WORDS, jobStateOf, statusWords } from "./run-words.ts";

type Job = RunPageFragment["jobs"][number];

export const rowIdOf = (jobId: string): string => `job-${encodeURIComponent(jobId)}`;

interface TableProps {
  run: RunPageFragment;
  /** The branch rules of the run, by job id. */
  rules: ReadonlyMap<string, JobRule>;
}

export function JobsTable({ run, rules }: TableProps) {
  const box = useRef<HTMLElement>(null);
  const overflows = useOverflow(box);
  return (
    <section
      ref={box}
      className={classes.scroll}
      data-table
      aria-label="Table of jobs"
      tabIndex={overflows ? 0 : undefined}
    >
      <table className={classes.table}>
        <thead>
          <tr>
            {["Job", "Status", "Depends on", "Started", "Duration", "Result"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {run.jobs.map((job) => (
            <Row key={job.id} job={job} run={run} rule={rules.get(job.id)?.words} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Props {
  job: Job;
  run: RunPageFragment;
}

function Row({ job, run, rule }: Props & { rule: string | undefined }) {
  const { id, type, dependencies, startedAt, endedAt } = job;
  const state = jobStateOf(job);
  const more = historyWords(job);
  return (
    <tr id={rowIdOf(id)} tabIndex={-1}>
      <th scope="row">
        {id} <div className={classes.soft}>{type}</div>
      </th>
      <td>
        <span className={classes.status}>
          <Mark state={state} size={18} />
          {JOB_STATE_WORDS[state]}
        </span>
        {job.waitingFor != null && state === "HELD" && (
          <div className={classes.soft}>
            {WAIT_WORDS[job.waitingFor]}
            {job.waitingFor === "RETRY" && job.dueAt != null && (
              <>
                , <At at={job.dueAt} />
              </>
            )}
          </div>
        )}
        {more !== null && (
          <Link to={historyAddress(id)} preventScrollReset className={classes.link} aria-label={`${more} of ${id}`}>
            {more}
          </Link>
        )}
        {run.canRetry && job.status === "FAILED" && <RetryJob run={run} jobId={id} />}
        {endedAt == null && job.timeoutAt != null && (
          <div className={classes.soft}>
            timeout: <Countdown to={job.timeoutAt} />
          </div>
        )}
      </td>
      <td>
        {dependencies.join(", ")}
        {rule !== undefined && <div className={classes.soft}>{rule}</div>}
      </td>
      <td>{startedAt != null && <Ago at={startedAt} />}</td>
      <td>{startedAt != null && endedAt != null && duration(Date.parse(endedAt) - Date.parse(startedAt))}</td>
      <td>
        <Result job={job} run={run} />
      </td>
    </tr>
  );
}

function Result({ job, run }: Props) {
  const { request, error, reason, status, startedRuns } = job;
  const why = error ?? reason ?? blockedWords(job, run.jobs);
  const mayHaveOutput = run.detailIsVisible && (status === "SUCCEEDED" || status === "FAILED");
  return (
    <>
      {request != null && (
        <div>
          <Link to={`/requests/${request.id}`} className={classes.link}>
            {request.title}
          </Link>
          : {STATUS_WORDS[request.status]}
        </div>
      )}
      <StartedRuns runs={startedRuns} />
      {job.itemCount != null && <Items runId={run.id} job={job} />}
      {why !== null && <div className="user-text">{why}</div>}
      {mayHaveOutput && <Output runId={run.id} jobId={job.id} />}
    </>
  );
}

function StartedRuns({ runs }: { runs: Job["startedRuns"] }) {
  return runs.map((started) => (
    <div key={started.id}>
      <Link to={`/runs/${started.id}`} className={classes.link}>
        Run of {started.workflowId}
      </Link>
      : {statusWords(started)}
    </div>
  ));
}

/** The items of a job that runs over a list. Read when the reader opens them, and again when one of them changes. */
function Items({ runId, job }: { runId: string; job: Job }) {
  const [isOpen, setOpen] = useState(false);
  const words = itemsWords(job.itemCount ?? 0, job.itemCounts);
  const [{ data, error }, read] = useQuery({
    query: RunItems,
    variables: { id: runId },
    requestPolicy: "cache-and-network",
    pause: !isOpen,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words change when an item does
  useEffect(() => {
    if (isOpen) read({ requestPolicy: "network-only" });
  }, [words]);
  const items = data?.workflowRun?.jobs.find(({ id }) => id === job.id)?.items;
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{words}</summary>
      {items === undefined ? (
        <Text size="sm" c="dimmed">
          {error === undefined ? "Loading…" : reasonOf(error)}
        </Text>
      ) : (
        <ul className={classes.items}>
          {items.map((item) => (
            <Item key={item.id} item={item} />
          ))}
        </ul>
      )}
    </details>
  );
}

type ItemView = NonNullable<RunItemsQuery["workflowRun"]>["jobs"][number]["items"][number];

function Item({ item }: { item: ItemView }) {
  const { id, request, startedRuns, error, reason } = item;
  const state = jobStateOf(item);
  const why = error ?? reason;
  return (
    <li>
      <span className={classes.status}>
        <Mark state={state} size={16} />
        {id}: {JOB_STATE_WORDS[state]}
      </span>
      {item.item != null && <code className={classes.item}>{JSON.stringify(item.item)}</code>}
      {request != null && (
        <Link to={`/requests/${request.id}`} className={classes.link}>
          {request.title}
        </Link>
      )}
      <StartedRuns runs={startedRuns} />
      {why != null && <div className="user-text">{why}</div>}
    </li>
  );
}

/** The output of a job. Read when the reader opens it. */
function Output({ runId, jobId }: { runId: string; jobId: string }) {
  const [isOpen, setOpen] = useState(false);
  const [{ data, error }] = useQuery({
    query: RunOutputs,
    variables: { id: runId },
    requestPolicy: "cache-and-network",
    pause: !isOpen,
  });
  const job = data?.workflowRun?.jobs.find(({ id }) => id === jobId);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Output</summary>
      {job === undefined ? (
        <Text size="sm" c="dimmed">
          {error === undefined ? "Loading…" : reasonOf(error)}
        </Text>
      ) : (
        <pre className={classes.output}>{job.output == null ? "No output" : JSON.stringify(job.output, null, 2)}</pre>
      )}
    </details>
  );
}
