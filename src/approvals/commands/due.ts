/** What the clock does to requests that are due: it applies their timeout action, or sends a reminder. */

import { lockDueReminders, lockDueRequests } from "../../db/queries/requests.ts";
import { expire, remind, requireRow } from "../lifecycle.ts";
import type { PendingCommand } from "./command.ts";

export const DUE = {
  expiry: { lock: lockDueRequests, apply: expire },
  reminder: { lock: lockDueReminders, apply: remind },
};
export type Due = keyof typeof DUE;

const ignore = () => {};

/** A command of the clock, without a caller. */
export const clockCommand = (id: string, due: Due): PendingCommand => ({
  command: { key: id, requestId: id, caller: null, apply: (row, now) => DUE[due].apply(requireRow(row), now) },
  since: performance.now(),
  attempts: 0,
  resolve: ignore,
  reject: ignore,
});
