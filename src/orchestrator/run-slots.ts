/** The slots of one run's jobs: taken before a handler is called, given back when its call has ended or has asked. */

import { type JobDefinition, SUB_WORKFLOW } from "../model/runs.ts";
import { jobOfItem } from "./document-for-each.ts";
import type { Halt } from "./halt.ts";
import type { Slots } from "./slots.ts";
import type { RunOnItsWay } from "./words.ts";

/** The place of a job, or of the job that an item belongs to. */
const placeOf = (jobs: readonly JobDefinition[], id: string): number => {
  const place = jobs.findIndex((job) => job.id === id);
  return place >= 0 ? place : jobs.findIndex((job) => job.id === jobOfItem(id));
};

export class RunSlots {
  readonly #slots: Slots;
  readonly #run: RunOnItsWay;
  readonly #token: string;
  /** By job: how to give its slots back. Null while none has any: mostly the run waits for people. */
  #held: Map<string, () => void> | null = null;
  /** Jobs that have asked for approval. They wait for people, which must not keep others waiting. */
  readonly #asked: string[];

  constructor(slots: Slots, run: RunOnItsWay, token: string) {
    this.#slots = slots;
    this.#run = run;
    this.#token = token;
    this.#asked = [...run.asked];
  }

  /** Resolves when the job has what it needs, or is halted. A job that waits for another run needs nothing. */
  async take({ id, type }: JobDefinition, halt: Halt): Promise<void> {
    if (type === SUB_WORKFLOW || this.#held?.has(id) || this.#asked.includes(id)) return;
    const { id: runId, workflowId, definition, priority, createdAt } = this.#run;
    const free = await this.#slots.take({
      ...{ runId, token: this.#token, jobId: id, type, workflowId, priority },
      ...{ createdAt: createdAt.getTime(), position: placeOf(definition.jobs, id) },
      ...{ concurrency: definition.concurrency ?? null, halt },
    });
    this.#held ??= new Map();
    this.#held.set(id, free);
  }

  /** Gives the job's slots back, if it has any. */
  free(jobId: string): void {
    this.#held?.get(jobId)?.();
    this.#held?.delete(jobId);
    if (this.#held?.size === 0) this.#held = null;
  }

  /** Notes that the job waits for people from now on. */
  asked(jobId: string): void {
    if (!this.#asked.includes(jobId)) this.#asked.push(jobId);
    this.free(jobId);
  }
}
