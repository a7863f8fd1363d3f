/** A run as a viewer sees it. */

import { mayReadRun } from "../approvals/policy.ts";
import type { Loaders } from "../db/loaders.ts";
import type { RunRequest } from "../db/queries/run-lists.ts";
import type { Viewer } from "../model/approvals.ts";
import { isRequestId } from "../model/request-id.ts";
import type { RunState, WorkflowRunJob } from "../model/runs.ts";

/** A run with the requests that its jobs have asked: they tell who may see what of it, and what it waits for. */
export interface SeenRun extends RunState {
  requests: readonly RunRequest[];
}

/** The run with its requests. Those are read after it, so none is missing that its version counts. */
export const withRequests = async (run: RunState, loaders: Loaders): Promise<SeenRun> => ({
  ...run,
  requests: await loaders.runRequests.load(run.id),
});

/** The run with this id, or null where it is unknown, malformed or not the viewer's to see. */
export async function seenRun(id: string, viewer: Viewer, loaders: Loaders): Promise<SeenRun | null> {
  if (!isRequestId(id)) return null;
  const run = await loaders.runs.load(id);
  if (run === null) return null;
  const seen = await withRequests(run, loaders);
  return mayReadRun(seen, viewer) ? seen : null;
}

/** Whether it has not ended. */
export const isRunOpen = ({ status }: Pick<RunState, "status">): boolean => status === "RUNNING";

/** Whether a job of a run has not ended. */
export const isJobOpen = ({ status }: Pick<WorkflowRunJob, "status">): boolean =>
  status === "PENDING" || status === "RUNNING";
