/** What a job waits for when it cannot be begun yet: the time of its next attempt, or that it can run alone. */

import type { JobSeen, Waiting } from "../db/queries/run-writes.ts";
import type { JobDefinition } from "../model/runs.ts";
import type { Halt } from "./halt.ts";
import { said } from "./job-call.ts";
import { lostTooOften, retriesOf } from "./retries.ts";
import type { Release, Suspects } from "./suspects.ts";
import type { JobOutcome } from "./words.ts";

/** The job may be begun; with `alone` it holds the place of the one suspect that runs. */
export interface Turn {
  alone: Release | undefined;
}

export interface TurnSources {
  suspects: Suspects;
  halt: Halt;
  /** Stores what the job waits for. */
  note: (waiting: Waiting) => Promise<void>;
}

/** Waits until an open job may be begun. @returns how it ended where it never may */
export async function turnOf(
  job: JobDefinition,
  { dueInMs, lostWith, longestLossMs }: Pick<JobSeen, "dueInMs" | "lostWith" | "longestLossMs">,
  { suspects, halt, note }: TurnSources,
): Promise<JobOutcome | Turn> {
  if (lostWith.length >= retriesOf(job).losses) return { status: "FAILED", error: said(lostTooOften(lostWith)) };
  await halt.pause(dueInMs);
  if (lostWith.length === 0) return { alone: undefined };
  if (suspects.isTaken) {
    await note({ waitingFor: "SLOT", reason: "A process died while it ran this job, so the job runs alone." });
  }
  return { alone: await suspects.enter(halt, longestLossMs ?? 0) };
}
