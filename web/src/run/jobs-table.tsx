/** The jobs of a run one by one: what the picture shows, and more. */

import { useRef } from "react";
import { Link } from "react-router";
import type { RunPageFragment } from "../generated/graphql.ts";
import { useOverflow } from "../request/context/scrolled.tsx";
import { duration } from "../shared/time.ts";
import { Ago } from "../shared/times.tsx";
import { STATUS_WORDS } from "../shared/words.ts";
import { Mark } from "./mark.tsx";
import classes from "./run.module.css";
import { blockedWords, STAND_WORDS, standOf } from "./run-words.ts";

type Job = RunPageFragment["jobs"][number];

export const rowIdOf = (jobId: string): string => `job-${encodeURIComponent(jobId)}`;

export function JobsTable({ jobs }: { jobs: readonly Job[] }) {
  const box = useRef<HTMLElement>(null);
  const overflows = useOverflow(box);
  return (
    <section
      ref={box}
      className={classes.scroll}
      data-table
      aria-label="Jobs one by one"
      tabIndex={overflows ? 0 : undefined}
    >
      <table className={classes.table}>
        <thead>
          <tr>
            {["Job", "How it stands", "After", "Started", "Took", "What came of it"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <Row key={job.id} job={job} jobs={jobs} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ job, jobs }: { job: Job; jobs: readonly Job[] }) {
  const { id, type, dependencies, startedAt, endedAt, attempts } = job;
  const stand = standOf(job);
  return (
    <tr id={rowIdOf(id)} tabIndex={-1}>
      <th scope="row">
        {id} <div className={classes.soft}>{type}</div>
      </th>
      <td>
        <span className={classes.standing}>
          <Mark stand={stand} size={18} />
          {STAND_WORDS[stand]}
        </span>
        {attempts > 1 && <div className={classes.soft}>attempt {attempts}</div>}
      </td>
      <td>{dependencies.join(", ")}</td>
      <td>{startedAt != null && <Ago at={startedAt} />}</td>
      <td>{startedAt != null && endedAt != null && duration(Date.parse(endedAt) - Date.parse(startedAt))}</td>
      <td>
        <Result job={job} jobs={jobs} />
      </td>
    </tr>
  );
}

function Result({ job, jobs }: { job: Job; jobs: readonly Job[] }) {
  const { request, error, reason, output } = job;
  const why = error ?? reason ?? blockedWords(job, jobs);
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
      {why !== null && <div className="said">{why}</div>}
      {output != null && (
        <details>
          <summary>What it put out</summary>
          <pre className={classes.put}>{JSON.stringify(output, null, 2)}</pre>
        </details>
      )}
    </>
  );
}
