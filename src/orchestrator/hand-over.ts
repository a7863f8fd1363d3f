/**
 * Jobs without a handler in this process. Their runs wait until another process takes them over, or until this process
 * registers a handler.
 */

import { randomUUID } from "node:crypto";
import type { Pool } from "../db/pool.ts";
import { type Taker, takeWaitingRuns } from "../db/queries/hand-over.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Logger } from "../log.ts";
import type { JobDefinition } from "../model/runs.ts";
import { runTaken } from "./engine.ts";
import type { Halt } from "./halt.ts";
import type { Handlers } from "./handlers.ts";

/** ms between two notifications of the processes that may have a handler by now. */
const LOOK_MS = 60_000;

export interface HandlerSources {
  handlers: Handlers;
  log: Pick<Logger, "warn">;
  halt: Halt;
  /** Stores that the job waits for a handler; the other processes are notified. */
  note: () => Promise<void>;
}

/** The handler of a job, once there is one; undefined if the execution stops or the run is cancelled before. */
export async function handlerOf(
  { id, type }: JobDefinition,
  { handlers, log, halt, note }: HandlerSources,
): Promise<JobHandler | undefined> {
  if (handlers.of(type) === undefined) log.warn({ jobId: id, type }, "a job waits for a handler of its type");
  while (handlers.of(type) === undefined && !halt.isOver) {
    const { registered } = handlers;
    await note();
    await Promise.race([registered, halt.pause(LOOK_MS)]);
  }
  return handlers.of(type);
}

/** Takes over runs that wait for a handler which other processes of this name do not have. */
export async function takeWaiting(pool: Pool, taker: Omit<Taker, "token">): Promise<void> {
  const token = randomUUID();
  const engineIds = await takeWaitingRuns(pool, { ...taker, token });
  if (engineIds.length > 0) await runTaken(engineIds, token);
}
