/** Commands on runs of workflows. A failure is thrown as a CommandError. */

import { mayCancelRun } from "../approvals/policy.ts";
import { requestCancel } from "../db/queries/run-cancels.ts";
import { findVisibleRun, type VisibleRun } from "../live/visible-run.ts";
import { ConflictError, ForbiddenError, NotFoundError } from "../model/errors.ts";
import { checkedCancellation } from "../orchestrator/document.ts";
import type { Context } from "./context.ts";
import { runIdIn } from "./ids.ts";

export interface RunPayload {
  run: VisibleRun;
}

/** The run with this id. @throws NotFoundError if the viewer may not see it */
export async function runToChange(id: string, { services, caller }: Context): Promise<VisibleRun> {
  const run = await findVisibleRun(runIdIn(id), caller.viewer, services.loaders);
  if (run === null) throw new NotFoundError("workflow run");
  return run;
}

/** Cancels a run. A run that is being cancelled, or was cancelled, is returned unchanged. */
export async function cancelRun(
  { runId, reason }: { runId: string; reason?: string | null },
  context: Context,
): Promise<RunPayload> {
  const { services, caller } = context;
  const run = await runToChange(runId, context);
  if (!mayCancelRun(run, caller.viewer)) {
    throw new ForbiddenError(
      "Only the person or program that started the run, or could start it, the program that created one of its " +
        "requests, and admins may cancel it.",
    );
  }
  const cancellation = { ...checkedCancellation(reason, null), by: caller.viewer.userId };
  const cancelled = await requestCancel(services.pool, run.id, cancellation);
  if (cancelled?.status === "SUCCEEDED" || cancelled?.status === "FAILED") {
    throw new ConflictError(`The run is already ${cancelled.status}.`);
  }
  return { run: await runToChange(run.id, context) };
}
