/** Gives a handler the outputs of earlier jobs, and lets it load others. */

import type { JobContext, JobHandler, JobResults } from "../handler/job.ts";
import { CommandError } from "../model/errors.ts";
import { excerpt } from "./excerpt.ts";
import { dependenciesOf, type JobGraph } from "./order.ts";

/** A handler asked for the output of a job that does not come before its own. */
class NoJobBeforeError extends CommandError {
  override readonly name = "NoJobBeforeError";
  readonly code = "NOT_FOUND";
}

/** The job, and access to the outputs of its run. */
export interface ResultSources {
  graph: JobGraph;
  jobId: string;
  /** Loads outputs by job id; a job that did not run has none. */
  load: (jobIds: readonly string[]) => Promise<Record<string, unknown>>;
}

/** The jobs whose outputs `results` has: those that the handler names. Default: the direct dependencies. */
export function loadedFor(handler: JobHandler, graph: JobGraph, jobId: string): string[] {
  const job = graph.jobs[graph.placeOf(jobId)];
  if (job === undefined) return [];
  const named = namedBy(handler, job.config);
  if (named === null) return [...dependenciesOf(job)];
  if (named.length === 0) return [];
  const before = graph.ancestorsOf(jobId);
  return [...new Set(named)].filter((id) => before.has(id));
}

/** Null if the handler names none, or throws: it is then called as usual. */
function namedBy(handler: JobHandler, config: unknown): readonly string[] | null {
  try {
    const named: unknown = handler.loads?.(structuredClone(config ?? {}));
    return Array.isArray(named) ? named : null;
  } catch {
    return null;
  }
}

/** The part of a job's context with the outputs of the jobs before it. */
export function resultsOf(
  { graph, jobId, load }: ResultSources,
  loaded: Record<string, unknown>,
): Required<Pick<JobContext, "results" | "result" | "allResults">> {
  return {
    results: guarded(graph, jobId, loaded),
    async result(id) {
      if (!graph.ancestorsOf(jobId).has(id)) {
        throw new NoJobBeforeError(`result: there is no job ${excerpt(id)} before the job ${excerpt(jobId)}`);
      }
      return (await load([id]))[id];
    },
    allResults: () => load([...graph.ancestorsOf(jobId)]),
  };
}

/**
 * The same outputs, in an object that throws if an output is read that was not loaded: it must not look like an output
 * that does not exist.
 */
const guarded = (graph: JobGraph, jobId: string, loaded: Record<string, unknown>): JobResults =>
  Object.setPrototypeOf(loaded, guardOf(graph, jobId));

/** By job id. Calls share them: thousands of jobs wait with their results. */
const guards = new WeakMap<JobGraph, Map<string, object>>();

function guardOf(graph: JobGraph, jobId: string): object {
  const ofGraph = guards.get(graph) ?? new Map<string, object>();
  guards.set(graph, ofGraph);
  const guard = ofGraph.get(jobId) ?? newGuard(graph, jobId);
  ofGraph.set(jobId, guard);
  return guard;
}

function newGuard(graph: JobGraph, jobId: string): object {
  const get = (target: object, key: string | symbol, receiver: unknown): unknown => {
    const isLeftOut = typeof key === "string" && !(key in target) && graph.ancestorsOf(jobId).has(key);
    if (!isLeftOut) return Reflect.get(target, key, receiver);
    throw new TypeError(
      `results does not have the output of the job ${excerpt(key)}: it has those of direct dependencies, or those that ` +
        `the handler's \`loads\` names. Use await context.result(${excerpt(key)}).`,
    );
  };
  return new Proxy(Object.prototype, { get });
}
