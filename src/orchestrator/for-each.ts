/**
 * Runs the items of a job with `forEach` in one process. Each item is a row, with attempts, requests and slots like any
 * other job. The engine records only the outcome of the whole job.
 */

import type { Pool } from "../db/pool.ts";
import { jobViews } from "../db/queries/run-branches.ts";
import { bytesOfItems, endPendingItems, itemsOfJob, outputsOfItems, storeItems } from "../db/queries/run-items.ts";
import type { Writer } from "../db/queries/run-owner.ts";
import { MAX_JSON_BYTES } from "../model/json.ts";
import type { ForEach, JobDefinition } from "../model/runs.ts";
import { outlastsCancellation } from "./branches.ts";
import { atOnce, itemIdOf, listOf, pathsOfItems } from "./document-for-each.ts";
import { storableText } from "./job-call.ts";
import { jobNamedBy } from "./job-conditions.ts";
import type { ActiveRun, JobOutcome } from "./run-result.ts";

export interface ForEachSources {
  pool: Pool;
  run: Pick<ActiveRun, "id" | "input">;
  writer: Writer;
  withRetries: <T>(work: () => Promise<T>) => Promise<T>;
  /** The outcome of the job if its run is cancelled; null if it continues. */
  cancelled: () => JobOutcome | null;
  /** Runs an item to its end, like any other job. */
  runItem: (item: JobDefinition) => Promise<JobOutcome>;
  /** The outcome of the job if its items could not be stored. @throws RunNotOwnedError */
  outcomeIfNotStarted: () => Promise<JobOutcome>;
}

/** How the whole job ended. */
export interface ForEachEnd {
  outcome: JobOutcome;
  /** JSON text: the outputs of the items in their order. */
  output: string | null;
}

const without = (outcome: JobOutcome): ForEachEnd => ({ outcome, output: null });

/** Runs a job once for each entry of its list. */
export async function runForEach(job: JobDefinition, forEach: ForEach, sources: ForEachSources): Promise<ForEachEnd> {
  const { pool, run, withRetries, cancelled } = sources;
  let { count, started } = await withRetries(() => itemsOfJob(pool, run.id, job.id));
  if (count === null) {
    const ending = cancelled();
    if (ending !== null) return without(ending);
    const found = await listFor(job, forEach, sources);
    if ("error" in found) return without({ status: "FAILED", error: storableText(found.error) });
    count = found.list.length;
    const ids = found.list.map((_item, index) => itemIdOf(job.id, index));
    const items = { ids, list: found.list, outlastsCancellation: outlastsCancellation(job) };
    if (!(await withRetries(() => storeItems(pool, sources.writer, job.id, items)))) {
      // The statement may have stored them before it was repeated.
      const stored = await withRetries(() => itemsOfJob(pool, run.id, job.id));
      if (stored.count === null) return without(await sources.outcomeIfNotStarted());
      started = stored.started;
    }
  }
  const outcomes = await runItems(job, forEach, { count, started }, sources);
  return endOf(job, count, outcomes, sources);
}

async function listFor(job: JobDefinition, forEach: ForEach, { pool, run, withRetries }: ForEachSources) {
  const ids = pathsOfItems(job).flatMap(([, path]) => jobNamedBy(path) ?? []);
  const views = ids.length === 0 ? {} : await withRetries(() => jobViews(pool, run.id, ids));
  const results = Object.fromEntries(Object.entries(views).map(([id, { output }]) => [id, output]));
  return listOf(forEach, { results, input: run.input });
}

/** Resolves with how the items ended, by index, once all of them have. */
async function runItems(
  job: JobDefinition,
  forEach: ForEach,
  { count, started }: { count: number; started: Awaited<ReturnType<typeof itemsOfJob>>["started"] },
  { pool, writer, withRetries, cancelled, runItem }: ForEachSources,
): Promise<Map<number, JobOutcome>> {
  const outcomes = new Map<number, JobOutcome>();
  const open: number[] = [];
  for (const { index, status, error, reason } of started) {
    if (status === "RUNNING") open.push(index);
    else
      outcomes.set(index, {
        status: status as JobOutcome["status"],
        ...(error && { error }),
        ...(reason && { reason }),
      });
  }
  const known = new Set(started.map(({ index }) => index));
  const isStopped = () =>
    cancelled() !== null ||
    (forEach.continueOnError !== true && outcomes.values().some(({ status }) => status === "FAILED"));
  let next = 0;
  // Items that have already started run to their end in any case.
  const take = (): number | undefined => {
    const again = open.shift();
    if (again !== undefined || isStopped()) return again;
    while (known.has(next)) next++;
    return next < count ? next++ : undefined;
  };
  const work = async () => {
    for (let index = take(); index !== undefined; index = take()) {
      const { forEach: _, ...item } = job;
      outcomes.set(index, await runItem({ ...item, id: itemIdOf(job.id, index) }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce(forEach), count) }, work));
  if (outcomes.size < count) {
    const skipped: JobOutcome = { status: "SKIPPED", reason: "It did not start, because another item failed." };
    const { status, reason = null } = cancelled() ?? skipped;
    await withRetries(() => endPendingItems(pool, writer, job.id, { status, reason }));
  }
  return outcomes;
}

async function endOf(
  job: JobDefinition,
  count: number,
  outcomes: ReadonlyMap<number, JobOutcome>,
  { pool, run, withRetries, cancelled }: ForEachSources,
): Promise<ForEachEnd> {
  const bytes = await withRetries(() => bytesOfItems(pool, run.id, job.id));
  if (bytes + 2 > MAX_JSON_BYTES) {
    const error = `The outputs of its items are ${bytes} bytes of JSON together; at most ${MAX_JSON_BYTES} (1 MiB) are allowed`;
    return without({ status: "FAILED", error });
  }
  const output = JSON.stringify(await withRetries(() => outputsOfItems(pool, run.id, job.id)));
  const failed = [...outcomes].filter(([, { status }]) => status === "FAILED").sort(([a], [b]) => a - b);
  const [first] = failed;
  if (first !== undefined) {
    const [index, { error, reason }] = first;
    const more = failed.length > 1 ? ` (${failed.length - 1} more failed)` : "";
    const why = storableText(`${itemIdOf(job.id, index)} failed: ${error ?? reason ?? "no reason was given"}${more}`);
    return { outcome: { status: "FAILED", error: why }, output };
  }
  const isWhole = outcomes.size === count && outcomes.values().every(({ status }) => status === "SUCCEEDED");
  if (!isWhole) return { outcome: cancelled() ?? { status: "CANCELLED" }, output };
  return { outcome: { status: "SUCCEEDED" }, output };
}
