/** Which job comes before which. Everything here takes the order of the document where it is free to choose. */

import type { JobDefinition } from "../model/runs.ts";
import { jobOfItem } from "./document-for-each.ts";

/** The jobs that must have ended before a job. A compensation comes after the job that it undoes. */
export function dependenciesOf({ dependencies, compensates }: JobDefinition): readonly string[] {
  const before = dependencies ?? [];
  return compensates == null || before.includes(compensates) ? before : [...before, compensates];
}

/**
 * The jobs, each behind those it depends on; always the same order for the same document.
 * @param jobs of a valid document
 */
export function inOrder(jobs: readonly JobDefinition[]): JobDefinition[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const ordered = new Set<JobDefinition>();
  for (const job of jobs) {
    // By hand, since a chain of some thousand jobs is deeper than the stack.
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

/** The jobs of a valid document, and what each of them stands before and behind. */
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

  /** That of the job for one of its items; -1 for an id that no job has. */
  placeOf(id: string): number {
    return this.#places.get(id) ?? this.#places.get(jobOfItem(id) ?? "") ?? -1;
  }

  /** The places of the jobs that depend directly on the job at a place. */
  dependentsOf(place: number): readonly number[] {
    return this.#dependents[place] ?? [];
  }

  /** The ids of all jobs behind these, near and far. */
  behind(ids: readonly string[]): string[] {
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

  /** The ids of all jobs before this one, near and far. */
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
 * Loops in which jobs wait for each other, as in `[a, b, a]`; each is found once.
 * @param most after which it stops: there may be as many as there are dependencies
 */
export function findLoops(jobs: readonly JobDefinition[], most: number): string[][] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const done = new Set<string>();
  const loops: string[][] = [];
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
        loops.push([...path.slice(path.findIndex((step) => step.id === before)).map((step) => step.id), before]);
        if (loops.length === most) return loops;
      } else if (byId.has(before) && !done.has(before)) {
        path.push({ id: before, next: 0 });
        on.add(before);
      }
    }
  }
  return loops;
}
