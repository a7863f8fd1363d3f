/** Parses the payloads that the database's triggers send on the hub's channel. */

import { OUTBOX_PAYLOAD, RUN_PAYLOAD, START_PAYLOAD } from "../db/payloads.ts";
import type { ApprovalStatus } from "../model/approvals.ts";
import type { RunStatus } from "../model/runs.ts";

/** A request was created or changed. This is a hint: the row may have changed again before it is read. */
export interface Change {
  id: string;
  version: number;
  status: ApprovalStatus;
  /** When the clock must act on it next, for a reminder or the timeout; ms since 1970 */
  dueAt: number;
}

/** A message of this channel is due at this time, in ms since 1970, or earlier. */
export interface DueMessage {
  channel: string;
  dueAt: number;
}

/** A run, or one of its jobs, was started or changed. */
export interface RunChange {
  id: string;
  version: number;
  /** CANCELLING: it is still running, and its cancellation was requested. */
  status: RunStatus | "CANCELLING";
}

/** A run that waits for a process to start it. */
export interface RunToStart {
  id: string;
  /** The name of the orchestrator whose processes may run it. */
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

// A slice in V8 references the whole payload of 8 kB for as long as the id is referenced.
const copyOf = (id: string): string => Buffer.from(id, "latin1").toString("latin1");

/** Reads `outbox:channel:due`. */
export function parseDue(payload: string): DueMessage {
  const [channel = "", dueAt] = payload.slice(OUTBOX_PAYLOAD.length).split(":");
  return { channel, dueAt: Number(dueAt) };
}

/** Reads `id:version:status:due,…`. Skips all other entries, because other programs may use the channel. */
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
