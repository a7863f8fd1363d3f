/** The order of the jobs by their dependencies. Between independent jobs, the order of the document counts. */

import type { JobDefinition } from "../model/runs.ts";
import { jobOfItem } from "./document-for-each.ts";

/** The jobs that must have ended before a job. A compensation comes after the job that it undoes. */
export function dependenciesOf({ dependencies, compensates }: JobDefinition): readonly string[] {
  const before = dependencies ?? [];
  return compensates == null || before.includes(compensates) ? before : [...before, compensates];
}

/**
 * The jobs, each after those that it depends on; always the same order for the same document.
 * @param jobs of a valid document
 */
export function inOrder(jobs: readonly JobDefinition[]): JobDefinition[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const ordered = new Set<JobDefinition>();
  for (const job of jobs) {
    // Iterative, because a chain of a thousand jobs is deeper than the stack.
    const open = [{ job, next: 0 }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const before = dependenciesOf(top.job)[top.next++];
      const other = before === undefined ? undefined : byId.get(before);
      if (before === undefined) {
        ordered.add(top.job);
        open.pop();
      } else if (other !== undefined && !ordered.has(other)) open.push({ job: other, next: 0 });
    }
  }
  return [...ordered];
}

const graphs = new WeakMap<readonly JobDefinition[], JobGraph>();

/** The jobs of a valid document, with their dependencies and dependents. */
export class JobGraph {
  /** The graph of these jobs, made once. */
  static of(jobs: readonly JobDefinition[]): JobGraph {
    const graph = graphs.get(jobs) ?? new JobGraph(jobs);
    graphs.set(jobs, graph);
    return graph;
  }

  readonly jobs: readonly JobDefinition[];
  /** The place of each job in the document. */
  readonly #places: ReadonlyMap<string, number>;
  /** By the place of a job, the places of the jobs that depend on it. */
  readonly #dependents: number[][];

  constructor(jobs: readonly JobDefinition[]) {
    this.jobs = jobs;
    this.#places = new Map(jobs.map(({ id }, place) => [id, place]));
    this.#dependents = jobs.map(() => []);
    for (const [place, job] of jobs.entries()) {
      for (const id of dependenciesOf(job)) this.#dependents[this.placeOf(id)]?.push(place);
    }
  }

  /** The place of a job, or of the job that an item belongs to; -1 for an unknown id. */
  placeOf(id: string): number {
    return this.#places.get(id) ?? this.#places.get(jobOfItem(id) ?? "") ?? -1;
  }

  /** The places of the jobs that depend directly on the job at a place. */
  dependentsOf(place: number): readonly number[] {
    return this.#dependents[place] ?? [];
  }

  /** The ids of all direct and indirect dependents of these jobs. */
  dependentsOfAll(ids: readonly string[]): string[] {
    const found = new Set<number>();
    const open = ids.map((id) => this.placeOf(id));
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const next of this.dependentsOf(at)) {
        if (found.has(next)) continue;
        found.add(next);
        open.push(next);
      }
    }
    return [...found].flatMap((place) => this.jobs[place]?.id ?? []);
  }

  /** The ids of all direct and indirect dependencies of this job. */
  ancestorsOf(id: string): Set<string> {
    const found = new Set<string>();
    const open = [id];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const before of dependenciesOf(this.jobs[this.placeOf(at)] ?? { id: at, type: "" })) {
        if (found.has(before)) continue;
        found.add(before);
        open.push(before);
      }
    }
    return found;
  }
}

/**
 * Cycles in which jobs wait for each other, as in `[a, b, a]`; each is found once.
 * @param most the limit of cycles: there may be as many as there are dependencies
 */
export function findCycles(jobs: readonly JobDefinition[], most: number): string[][] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const { id } of jobs) {
    if (done.has(id)) continue;
    const path = [{ id, next: 0 }];
    const on = new Set([id]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const job = byId.get(top.id);
      const before = job && dependenciesOf(job)[top.next++];
      if (before === undefined) {
        done.add(top.id);
        on.delete(top.id);
        path.pop();
      } else if (on.has(before)) {
        cycles.push([...path.slice(path.findIndex((step) => step.id === before)).map((step) => step.id), before]);
        if (cycles.length === most) return cycles;
      } else if (byId.has(before) && !done.has(before)) {
        path.push({ id: before, next: 0 });
        on.add(before);
      }
    }
  }
  return cycles;
}
