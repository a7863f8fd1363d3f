/** Runs of workflows: one, a list, and the parts that the viewer may see. */

import { mayCancelRun, mayRead, mayReadRun, mayReadRunDetail } from "../approvals/policy.ts";
import {
  type CheckpointHead,
  countVisibleRuns,
  listVisibleRuns,
  type RunJobState,
  type RunRequest,
} from "../db/queries/run-lists.ts";
import type { RunFilter } from "../db/queries/workflow-runs.ts";
import { findVisibleRun, isRunOpen, type VisibleRun, withRequests } from "../live/visible-run.ts";
import { isOpen, type Json, type JsonObject, type RequestOrHead } from "../model/approvals.ts";
import type { Context } from "./context.ts";
import { decodeRequest, encodeRequest, RUNS } from "./cursors.ts";
import { checkFilter } from "./filter.ts";
import { runIdIn } from "./ids.ts";
import { COUNT_CAP, type CountedConnection, connectionOf, counted, type PageArgs, pageSize } from "./paging.ts";

/** One run; null if the id is unknown or malformed, or if the viewer may not see it. */
export const visibleRun = (id: string, { services, caller }: Context): Promise<VisibleRun | null> =>
  findVisibleRun(runIdIn(id), caller.viewer, services.loaders);

/** A page of the runs that the viewer may see, newest first. */
export async function runList(
  args: PageArgs & { filter?: RunFilter | null },
  { services, caller }: Context,
): Promise<CountedConnection<VisibleRun>> {
  const { pool, loaders } = services;
  const first = pageSize(args.first);
  const after = decodeRequest(RUNS, args.after);
  const filter = args.filter ?? {};
  checkFilter(filter);
  const before = after && { createdAt: after.at, id: after.id };
  const { items, hasNextPage } = await listVisibleRuns(pool, caller.viewer, filter, before, first);
  const page = { items: await Promise.all(items.map((run) => withRequests(run, loaders))), hasNextPage };
  const connection = connectionOf(page, args, ({ createdAt, id }) => encodeRequest(RUNS, { at: createdAt, id }));
  return counted(connection, () => countVisibleRuns(pool, caller.viewer, filter, COUNT_CAP));
}

/** The run that asked a request. Everyone who sees the request may see the run. */
export async function runOf(request: RequestOrHead, { services }: Context): Promise<VisibleRun | null> {
  const run = await services.loaders.runOfRequest.load(request.id);
  return run && withRequests(run, services.loaders);
}

/** The checkpoint that was stored before a request. */
export const checkpointOf = (request: RequestOrHead, { services }: Context): Promise<CheckpointHead | null> =>
  services.loaders.checkpointOfRequest.load(request.id);

/** The checkpoint that a run was started from. */
export const startOf = async ({ startedFromCheckpoint: id }: VisibleRun, { services }: Context) =>
  id === null ? null : services.loaders.checkpoints.load(id);

/** Whether the viewer may see the data of the run. */
export const seesDetail = (run: VisibleRun, { caller }: Context): boolean => mayReadRunDetail(run, caller.viewer);

/** Whether the viewer can cancel the run now. */
export const canCancel = (run: VisibleRun, { caller }: Context): boolean =>
  isRunOpen(run) && run.cancelRequestedAt === null && mayCancelRun(run, caller.viewer);

/** A part of the run that only some viewers may see; null for others. */
export const detailOf = <T>(run: VisibleRun, part: T, context: Context): T | null =>
  seesDetail(run, context) ? part : null;

/** The document of the run. */
export async function definitionOf(run: VisibleRun, context: Context): Promise<JsonObject | null> {
  if (!seesDetail(run, context)) return null;
  const { budget, services } = context;
  const { runDefinitions, runDefinitionBytes } = services.loaders;
  const read = () => runDefinitions.load(run.id);
  if (budget === undefined) return ((await read())?.definition ?? null) as JsonObject | null;
  const { bytes = 0 } = (await runDefinitionBytes.load(run.id)) ?? {};
  return ((await budget.once(`definition ${run.id}`, bytes, read))?.definition ?? null) as JsonObject | null;
}

/** The input of the run. */
export async function inputOfRun(run: VisibleRun, context: Context): Promise<JsonObject | null> {
  if (!seesDetail(run, context)) return null;
  const { budget, services } = context;
  const { runInputs, runInputBytes } = services.loaders;
  const read = async () => (await runInputs.load(run.id))?.input ?? {};
  if (budget === undefined) return read();
  return budget.once(`input ${run.id}`, (await runInputBytes.load(run.id))?.bytes ?? 0, read);
}

/** A job or an item of a job, for the schema. */
export interface VisibleJob extends RunJobState {
  run: VisibleRun;
  /** The entry of the list that an item is for. */
  item?: Json;
}

/** The jobs of a run, in the order of its document. */
export async function jobsOf(run: VisibleRun, { services }: Context): Promise<VisibleJob[]> {
  const jobs = await services.loaders.runJobs.load(run.id);
  return jobs.map((job) => ({ ...job, run }));
}

/** The items of a job, in the order of its list. */
export async function itemsOf({ run, jobId, itemCount }: VisibleJob, { services }: Context): Promise<VisibleJob[]> {
  if (itemCount === null) return [];
  const items = (await services.loaders.runItems.load(run.id)).filter(({ itemOf }) => itemOf === jobId);
  return items.map((item) => ({ ...item, run }));
}

/** The number of items of a job in each status. */
export const itemCountsOf = async ({ run, jobId, itemCount }: VisibleJob, { services }: Context) =>
  itemCount === null
    ? []
    : (await services.loaders.runItemCounts.load(run.id)).filter((count) => count.jobId === jobId);

/** The output of a job. */
export async function outputOf({ run, jobId }: VisibleJob, context: Context): Promise<Json | null> {
  if (!seesDetail(run, context)) return null;
  const { budget, services } = context;
  const { runOutputs, runOutputBytes } = services.loaders;
  const read = () => runOutputs.load(run.id);
  if (budget === undefined) return (await read()).get(jobId) ?? null;
  const { bytes = 0 } = (await runOutputBytes.load(run.id)) ?? {};
  return (await budget.once(`outputs ${run.id}`, bytes, read)).get(jobId) ?? null;
}

/** The run whose job has started this one, if the viewer may see it. */
export const parentOf = async (
  { parentRunId }: VisibleRun,
  { services, caller }: Context,
): Promise<VisibleRun | null> =>
  parentRunId === null ? null : findVisibleRun(parentRunId, caller.viewer, services.loaders);

/** The runs that a job has started and the viewer may see, oldest first. */
export async function runsStartedByJob(
  { run, jobId }: VisibleJob,
  { services, caller }: Context,
): Promise<VisibleRun[]> {
  const { loaders } = services;
  const started = (await loaders.runsStartedBy.load(run.id)).filter(({ parentJobId }) => parentJobId === jobId);
  const visible = await Promise.all(started.map((run) => withRequests(run, loaders)));
  return visible.filter((run) => mayReadRun(run, caller.viewer));
}

/** The checkpoint that was stored before a job asked. */
export async function checkpointOfJob(
  { run, jobId }: VisibleJob,
  { services }: Context,
): Promise<CheckpointHead | null> {
  const checkpoints = await services.loaders.checkpointsOfRun.load(run.id);
  return checkpoints.find((checkpoint) => checkpoint.jobId === jobId) ?? null;
}

/** The request that a job has asked, if the viewer may see it. */
export function requestOfJob({ run, jobId }: VisibleJob, context: Context): Promise<RequestOrHead | null> {
  const request = run.requests.find((candidate) => candidate.jobId === jobId);
  return request === undefined ? Promise.resolve(null) : requestIfVisible(request, context);
}

/** The open requests that a run waits for and the viewer may see. */
export async function gatesOf(run: VisibleRun, context: Context): Promise<RequestOrHead[]> {
  if (!isRunOpen(run)) return [];
  const gates = await Promise.all(run.requests.filter(isOpen).map((request) => requestIfVisible(request, context)));
  return gates.filter((gate) => gate !== null && isOpen(gate)) as RequestOrHead[];
}

async function requestIfVisible(request: RunRequest, { services, caller }: Context): Promise<RequestOrHead | null> {
  if (!mayRead(request, caller.viewer)) return null;
  const whole = await services.loaders.requests.load(request.id);
  return whole !== null && mayRead(whole, caller.viewer) ? whole : null;
}
