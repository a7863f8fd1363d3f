/** What the triggers of the database send on the hub's channel. */

import { OUTBOX_PAYLOAD, RUN_PAYLOAD, START_PAYLOAD } from "../db/payloads.ts";
import type { ApprovalStatus } from "../model/approvals.ts";
import type { RunStatus } from "../model/runs.ts";

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
