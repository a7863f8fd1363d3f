/** Takes slots for the jobs of one run before their handlers are called, and releases them when the call has ended or asked. */

import { type JobDefinition, SUB_WORKFLOW } from "../model/runs.ts";
import { jobOfItem } from "./document-for-each.ts";
import type { Halt } from "./halt.ts";
import type { ActiveRun } from "./run-result.ts";
import type { Slots } from "./slots.ts";

/** The place of a job, or of the job that an item belongs to. */
const placeOf = (jobs: readonly JobDefinition[], id: string): number => {
  const place = jobs.findIndex((job) => job.id === id);
  return place >= 0 ? place : jobs.findIndex((job) => job.id === jobOfItem(id));
};

export class RunSlots {
  readonly #slots: Slots;
  readonly #run: ActiveRun;
  readonly #token: string;
  /** By job: the function that releases its slots. Null without slots: mostly the run waits for people. */
  #releases: Map<string, () => void> | null = null;
  /** Jobs that have asked for approval. They wait for people, so they must not use slots. */
  readonly #asked: string[];

  constructor(slots: Slots, run: ActiveRun, token: string) {
    this.#slots = slots;
    this.#run = run;
    this.#token = token;
    this.#asked = [...run.asked];
  }

  /** Resolves when the job has its slots, or is halted. A job that waits for another run needs none. */
  async take({ id, type }: JobDefinition, halt: Halt): Promise<void> {
    if (type === SUB_WORKFLOW || this.#releases?.has(id) || this.#asked.includes(id)) return;
    const { id: runId, workflowId, definition, priority, createdAt } = this.#run;
    const free = await this.#slots.take({
      runId,
      token: this.#token,
      jobId: id,
      type,
      workflowId,
      priority,
      createdAt: createdAt.getTime(),
      position: placeOf(definition.jobs, id),
      concurrency: definition.concurrency ?? null,
      halt,
    });
    this.#releases ??= new Map();
    this.#releases.set(id, free);
  }

  /** Releases the job's slots, if it has any. */
  free(jobId: string): void {
    this.#releases?.get(jobId)?.();
    this.#releases?.delete(jobId);
    if (this.#releases?.size === 0) this.#releases = null;
  }

  /** Records that the job waits for people from now on. */
  asked(jobId: string): void {
    if (!this.#asked.includes(jobId)) this.#asked.push(jobId);
    this.free(jobId);
  }
}
