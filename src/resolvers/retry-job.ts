/** Retrying one failed job of a run in place. */

import { mayRetryRun } from "../approvals/policy.ts";
import { isRunOpen, type VisibleRun } from "../live/visible-run.ts";
import { ForbiddenError } from "../model/errors.ts";
import type { RunRetry } from "../model/runs.ts";
import { retryJob } from "../orchestrator/retry.ts";
import type { Context } from "./context.ts";
import { type RunPayload, runToChange } from "./run-commands.ts";
import { detailOf } from "./runs.ts";

/** Retries a failed job. A run that is RUNNING, also because of another retry, is a conflict. */
export async function retryWorkflowJob(
  { runId, jobId }: { runId: string; jobId: string },
  context: Context,
): Promise<RunPayload> {
  const { services, caller } = context;
  const run = await runToChange(runId, context);
  if (!mayRetryRun(run, caller.viewer)) {
    throw new ForbiddenError(
      "Only the people who started the run or could start it, the program behind it, and admins may retry its jobs.",
    );
  }
  await retryJob(services.pool, run.id, { jobId, by: caller.viewer.userId });
  return { run: await runToChange(run.id, context) };
}

/** Whether the viewer can retry the failed jobs of a run now. */
export const canRetry = (run: VisibleRun, { caller }: Context): boolean =>
  !isRunOpen(run) && run.status !== "CANCELLED" && mayRetryRun(run, caller.viewer);

/** A retry, for the schema. */
export interface VisibleRetry extends RunRetry {
  run: VisibleRun;
}

/** The retries of a run, in their order. */
export async function retriesOf(run: VisibleRun, { services }: Context): Promise<VisibleRetry[]> {
  if (run.generation === 1) return [];
  const retries = await services.loaders.runRetries.load(run.id);
  return retries.map((retry) => ({ ...retry, run }));
}

/** A part of a retry that only some viewers may see; null for others. */
export const detailOfRetry = <T>({ run }: VisibleRetry, part: T, context: Context): T | null =>
  detailOf(run, part, context);
