/** Reads a run for a viewer, with the requests that decide what the viewer may see. */

import { mayReadRun } from "../approvals/policy.ts";
import type { Loaders } from "../db/loaders.ts";
import type { RunRequest } from "../db/queries/run-lists.ts";
import type { Viewer } from "../model/approvals.ts";
import { isRequestId } from "../model/request-id.ts";
import type { RunState, WorkflowRunJob } from "../model/runs.ts";

/** A run with the requests of its jobs, which determine who may see what of it, and what it waits for. */
export interface VisibleRun extends RunState {
  requests: readonly RunRequest[];
}

/** The run with its requests. They are read after the run, so none that its version includes is missing. */
export const withRequests = async (run: RunState, loaders: Loaders): Promise<VisibleRun> => ({
  ...run,
  requests: await loaders.runRequests.load(run.id),
});

/** The run with this id, or null if the id is unknown or malformed, or the viewer may not see the run. */
export async function findVisibleRun(id: string, viewer: Viewer, loaders: Loaders): Promise<VisibleRun | null> {
  if (!isRequestId(id)) return null;
  const run = await loaders.runs.load(id);
  if (run === null) return null;
  const visible = await withRequests(run, loaders);
  return mayReadRun(visible, viewer) ? visible : null;
}

/** Whether it has not ended. */
export const isRunOpen = ({ status }: Pick<RunState, "status">): boolean => status === "RUNNING";

/** Whether a job of a run has not ended. */
export const isJobOpen = ({ status }: Pick<WorkflowRunJob, "status">): boolean =>
  status === "PENDING" || status === "RUNNING";
