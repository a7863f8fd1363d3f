/** Waits until a job may start: for the time of its next attempt, or until it can run alone. */

import type { JobState } from "../db/queries/run-reads.ts";
import type { Waiting } from "../db/queries/run-writes.ts";
import type { JobDefinition } from "../model/runs.ts";
import type { Halt } from "./halt.ts";
import { storableText } from "./job-call.ts";
import { lostTooOften, retriesOf } from "./retries.ts";
import type { JobOutcome } from "./run-result.ts";
import type { Release, Suspects } from "./suspects.ts";

/** The job may start. With `alone` it is the one suspect that runs. */
export interface ReadyJob {
  alone: Release | undefined;
}

export interface ReadinessSources {
  suspects: Suspects;
  halt: Halt;
  /** Stores what the job waits for. */
  note: (waiting: Waiting) => Promise<void>;
}

/** Waits until an open job may start. @returns its outcome if it never may */
export async function untilReady(
  job: JobDefinition,
  { dueInMs, lostWith, longestLossMs }: Pick<JobState, "dueInMs" | "lostWith" | "longestLossMs">,
  { suspects, halt, note }: ReadinessSources,
): Promise<JobOutcome | ReadyJob> {
  if (lostWith.length >= retriesOf(job).losses)
    return { status: "FAILED", error: storableText(lostTooOften(lostWith)) };
  await halt.pause(dueInMs);
  if (lostWith.length === 0) return { alone: undefined };
  if (suspects.isTaken) {
    await note({ waitingFor: "SLOT", reason: "A process died while it ran this job, so the job runs alone." });
  }
  return { alone: await suspects.enter(halt, longestLossMs ?? 0) };
}
