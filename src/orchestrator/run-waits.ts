/** Waits for runs to end. The hub wakes the waits, and one query reads many runs. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "../db/pool.ts";
import { jobsOfRuns, runsById } from "../db/queries/workflow-runs.ts";
import type { Hub } from "../hub/hub.ts";
import { NotFoundError } from "../model/errors.ts";
import type { RunState } from "../model/runs.ts";
import { endOf, type RunResult } from "./run-result.ts";

/** Runs of one read. */
const AT_ONCE = 200;
const RETRY_MS = 500;

/** Reads how runs have ended. */
type ReadEnds<End> = (pool: Pool, runs: readonly RunState[]) => Promise<Iterable<readonly [runId: string, end: End]>>;

export class RunWaits<End = RunResult> {
  readonly #pool: Pool;
  readonly #readEnds: ReadEnds<End>;
  readonly #waiting = new Map<string, PromiseWithResolvers<End>>();
  readonly #due = new Set<string>();
  readonly #ends: (() => void)[];
  #reading = false;
  #closed = false;

  constructor(pool: Pool, hub: Hub, readEnds: ReadEnds<End>) {
    this.#pool = pool;
    this.#readEnds = readEnds;
    this.#ends = [
      hub.onRuns((changes) => {
        const ended = changes.filter(({ status }) => status !== "RUNNING" && status !== "CANCELLING");
        this.#read(ended.map(({ id }) => id).filter((id) => this.#waiting.has(id)));
      }),
      hub.onResync(() => this.#read(this.#waiting.keys())),
    ];
  }

  /** @throws NotFoundError if the run was deleted; Error once this is closed */
  wait(runId: string): Promise<End> {
    const waiting = this.#waiting.get(runId);
    if (waiting !== undefined) return waiting.promise;
    const wait = Promise.withResolvers<End>();
    if (this.#closed) wait.reject(closedError());
    else {
      this.#waiting.set(runId, wait);
      this.#read([runId]);
    }
    return wait.promise;
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#ends) end();
    for (const { promise, reject } of this.#waiting.values()) {
      promise.catch(() => {}); // The caller may no longer wait.
      reject(closedError());
    }
    this.#waiting.clear();
  }

  #read(ids: Iterable<string>): void {
    for (const id of ids) this.#due.add(id);
    if (!this.#reading && this.#due.size > 0) void this.#work();
  }

  async #work(): Promise<void> {
    this.#reading = true;
    while (this.#due.size > 0 && !this.#closed) {
      const ids = this.#due.values().take(AT_ONCE).toArray();
      for (const id of ids) this.#due.delete(id);
      try {
        await this.#settle(ids);
      } catch {
        // The callers still wait, so the runs are read again.
        for (const id of ids) this.#due.add(id);
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    this.#reading = false;
  }

  async #settle(runIds: readonly string[]): Promise<void> {
    const found = await runsById(this.#pool, runIds);
    const ids = new Set(found.map(({ id }) => id));
    for (const id of runIds.filter((id) => !ids.has(id))) {
      const waiting = this.#waiting.get(id);
      waiting?.promise.catch(() => {}); // The caller may no longer wait.
      waiting?.reject(new NotFoundError("workflow run"));
      this.#waiting.delete(id);
    }
    const runs = found.filter(({ status }) => status !== "RUNNING");
    if (runs.length === 0) return;
    for (const [id, end] of await this.#readEnds(this.#pool, runs)) {
      this.#waiting.get(id)?.resolve(end);
      this.#waiting.delete(id);
    }
  }
}

/** The results of runs, with the outputs of all their jobs. */
export async function resultsOfRuns(pool: Pool, runs: readonly RunState[]): Promise<[string, RunResult][]> {
  const ids = runs.map(({ id }) => id);
  const jobs = Map.groupBy(await jobsOfRuns(pool, ids), ({ runId }) => runId);
  return runs.map(({ id, status }) => {
    const ends = (jobs.get(id) ?? []).map((job) => [job.jobId, endOf(job)] as const);
    return [id, { status: status as RunResult["status"], jobs: Object.fromEntries(ends) }];
  });
}

const closedError = () => new Error("the orchestrator was shut down before the run ended");
