/**
 * Determines when people who have not decided are reminded: `remindBeforeMs` before the expiry, if given, and again 15
 * minutes before the expiry. The second reminder is omitted if the first falls into the last 15 minutes, or if the
 * timeout is so short that it would come right after the request.
 */

import type { ApprovalRequest } from "../model/approvals.ts";
import { URGENT_MS } from "../model/deadline.ts";

/** The shortest timeout, in ms, with a reminder 15 minutes before the expiry. */
const MIN_TIMEOUT_MS = 2 * URGENT_MS;

type Timed = Pick<ApprovalRequest, "expiresAt" | "timeoutMs" | "remindBeforeMs">;

/** The time of the first reminder after `after`, or null. */
export function nextReminder({ expiresAt, timeoutMs, remindBeforeMs }: Timed, after: Date): Date | null {
  const isUrgentToo = timeoutMs >= MIN_TIMEOUT_MS && (remindBeforeMs === null || remindBeforeMs > URGENT_MS);
  const times = [remindBeforeMs, isUrgentToo ? URGENT_MS : null]
    .filter((before) => before !== null)
    .map((before) => expiresAt.getTime() - before)
    .filter((time) => time > after.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** The kind of a reminder sent at `now`. For a late one, the time of sending counts, not the time it was due. */
export const reminderKind = ({ expiresAt }: Timed, now: Date): "REMINDER" | "URGENT" =>
  expiresAt.getTime() - now.getTime() <= URGENT_MS ? "URGENT" : "REMINDER";
