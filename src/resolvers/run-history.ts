/** The history of a run's jobs: their attempts and their logs. */

import type { Page } from "../db/queries/find-page.ts";
import type { AttemptState, LogPage } from "../db/queries/run-history.ts";
import type { LogLine } from "../model/runs.ts";
import type { Context } from "./context.ts";
import { decodeLine, encodeLine } from "./cursors.ts";
import { badUserInput } from "./errors.ts";
import { type Connection, DEFAULT_FIRST, MOST_FIRST } from "./paging.ts";
import { detailOf, jobsOf, seesDetail, type VisibleJob, visibleRun } from "./runs.ts";
import { checkTexts } from "./text.ts";

/** An attempt of a job that the viewer may see. */
export interface VisibleAttempt extends AttemptState {
  job: VisibleJob;
}

/** The newest attempts of a job, in their order. */
export async function attemptsOf(job: VisibleJob, { services }: Context): Promise<VisibleAttempt[]> {
  const attempts = await services.loaders.runAttempts.load(job.run.id);
  return attempts.filter(({ jobId }) => jobId === job.jobId).map((attempt) => ({ ...attempt, job }));
}

/** A part of an attempt that only some viewers may see; null for others. */
export const detailOfAttempt = <T>({ job }: VisibleAttempt, part: T, context: Context): T | null =>
  detailOf(job.run, part, context);

/** The number of log lines of a job; null if the viewer may not see it. */
export async function logLengthOf({ run, jobId }: VisibleJob, context: Context): Promise<number | null> {
  if (!seesDetail(run, context)) return null;
  return (await context.services.loaders.runLogLengths.load(run.id)).get(jobId) ?? 0;
}

export interface LogArgs {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/**
 * A page of the log of a job, in order; null if the viewer may not see it.
 * @throws BAD_USER_INPUT
 */
export async function logOf(job: VisibleJob, args: LogArgs, context: Context): Promise<Connection<LogLine> | null> {
  const page = pageOf(job, args);
  if (!seesDetail(job.run, context)) return null;
  return connectionOf(page, await context.services.loaders.runLogPages.load(page));
}

/** The log of a job by its id; null if it does not exist, or if the viewer may not see its log. */
export async function logOfJob(
  { runId, jobId, ...args }: LogArgs & { runId: string; jobId: string },
  context: Context,
): Promise<Connection<LogLine> | null> {
  checkTexts("", { jobId });
  const run = await visibleRun(runId, context);
  if (run === null) return null;
  const job = (await jobsOf(run, context)).find((candidate) => candidate.jobId === jobId);
  return job === undefined ? null : logOf(job, args, context);
}

function pageOf({ run, jobId }: VisibleJob, { first, after, last, before }: LogArgs): LogPage {
  if (first != null && last != null) throw badUserInput("`first` and `last` cannot be combined.");
  const isFromEnd = last != null;
  const name = isFromEnd ? "last" : "first";
  const size = last ?? first ?? DEFAULT_FIRST;
  if (size < 1 || size > MOST_FIRST) throw badUserInput(`\`${name}\` must be from 1 to ${MOST_FIRST}, not ${size}.`);
  return { runId: run.id, jobId, after: decodeLine(after) ?? 0, before: decodeLine(before), size, isFromEnd };
}

function connectionOf({ after, before, isFromEnd }: LogPage, { items, hasNextPage }: Page<LogLine>) {
  const edges = items.map((node) => ({ cursor: encodeLine(node.line), node }));
  const pageInfo = {
    hasNextPage: isFromEnd ? before !== null : hasNextPage,
    hasPreviousPage: isFromEnd ? hasNextPage : after > 0,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { edges, pageInfo };
}
