/** What the triggers of the database send on the hub's channel. */

import type { ApprovalStatus } from "../approvals/model.ts";
import type { RunStatus } from "../approvals/workflow-run-model.ts";

/** The channel of the triggers in `migrations/`. */
export const CHANNEL = "countersign";

/** The payload that says that audit rows were written. */
export const LOG_PAYLOAD = "log";

/** Begins the payload that says that a newer token changed a person's roles; the hash of the person's id follows. */
export const PERSON_PAYLOAD = "person:";

/** Begins the payload that says when a message of a channel is to be sent. */
export const OUTBOX_PAYLOAD = "outbox:";

/** Begins the payload that says who has news in the app; hashes of their ids follow, separated by commas. */
export const TOLD_PAYLOAD = "told:";

/** Begins the payload that says which runs of workflows were started or changed. */
export const RUN_PAYLOAD = "run:";

/** Begins the payload that says whose jobs have logged lines; ids of runs follow, separated by commas. */
export const RUN_LOG_PAYLOAD = "runlog:";

/** Begins the payload that says that a run waits for a process to start it; its id and their name follow. */
export const START_PAYLOAD = "start:";

/** The payload that says that an executor gave up its lease: what it ran is for others to go on with. */
export const LEASE_PAYLOAD = "lease";

/** Begins the payload that names an executor whose waiting jobs were granted slots. */
export const SLOT_PAYLOAD = "slot:";

/** A request was created or changed. A hint: by the time it is read the row may have moved on. */
export interface Change {
  id: string;
  version: number;
  status: ApprovalStatus;
  /** When the clock has something to do with it next, a reminder or the end of its time; ms since 1970 */
  dueAt: number;
}

/** A message that is to be sent on this channel, at this time in ms since 1970 or earlier. */
export interface DueMessage {
  channel: string;
  dueAt: number;
}

/** A run, or one of its jobs, was started or changed. */
export interface RunChange {
  id: string;
  version: number;
  /** CANCELLING: it goes on, and somebody has asked it to end. */
  status: RunStatus | "CANCELLING";
}

/** A run that waits for a process to start it. */
export interface RunToStart {
  id: string;
  /** The name of the processes that may run it. */
  orchestrator: string;
}

/** Reads `start:id:name`. */
export function parseStart(payload: string): RunToStart {
  const [id = "", ...name] = payload.slice(START_PAYLOAD.length).split(":");
  return { id, orchestrator: name.join(":") };
}

/** Reads `run:id:version:status,…`. */
export const parseRunChanges = (payload: string): RunChange[] =>
  payload
    .slice(RUN_PAYLOAD.length)
    .split(",")
    .flatMap((entry) => {
      const [id, version, status] = entry.split(":");
      if (id?.length !== 36 || status === undefined || !(Number(version) > 0)) return [];
      return [{ id: copyOf(id), version: Number(version), status: status as RunChange["status"] }];
    });

// V8 makes a slice that keeps the whole payload of 8 kB alive for as long as someone keeps the id.
const copyOf = (id: string): string => Buffer.from(id, "latin1").toString("latin1");

/** Reads `outbox:channel:due`. */
export function parseDue(payload: string): DueMessage {
  const [channel = "", dueAt] = payload.slice(OUTBOX_PAYLOAD.length).split(":");
  return { channel, dueAt: Number(dueAt) };
}

/** Reads `id:version:status:due,…`. What does not look like that is passed over, for others may use the channel. */
export function parseChanges(payload: string): Change[] {
  const changes: Change[] = [];
  for (const entry of payload.split(",")) {
    const [id, version, status, dueAt] = entry.split(":");
    if (id?.length !== 36 || status === undefined || !(Number(version) > 0) || !(Number(dueAt) >= 0)) continue;
    changes.push({
      id: copyOf(id),
      version: Number(version),
      status: status as ApprovalStatus,
      dueAt: Number(dueAt),
    });
  }
  return changes;
}
