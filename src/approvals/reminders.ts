/**
 * When those who have not decided are reminded: `remindBeforeMs` before the request expires, where that is given, and
 * once more when the last quarter of an hour begins. The latter is left out where the former falls into it, and where the
 * whole time is so short that it would follow right upon the request.
 */

import type { ApprovalRequest } from "../model/approvals.ts";
import { URGENT_MS } from "../model/deadline.ts";

/** Of less time than this, in ms, the last quarter of an hour is no news. */
const WORTH_A_REMINDER_MS = 2 * URGENT_MS;

type Timed = Pick<ApprovalRequest, "expiresAt" | "timeoutMs" | "remindBeforeMs">;

/** The first reminder after this instant, or null. */
export function nextReminder({ expiresAt, timeoutMs, remindBeforeMs }: Timed, after: Date): Date | null {
  const isUrgentToo = timeoutMs >= WORTH_A_REMINDER_MS && (remindBeforeMs === null || remindBeforeMs > URGENT_MS);
  const times = [remindBeforeMs, isUrgentToo ? URGENT_MS : null]
    .filter((before) => before !== null)
    .map((before) => expiresAt.getTime() - before)
    .filter((time) => time > after.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** What a reminder is at this instant: late ones are judged by when they go out, not by when they were due. */
export const reminderKind = ({ expiresAt }: Timed, now: Date): "REMINDER" | "URGENT" =>
  expiresAt.getTime() - now.getTime() <= URGENT_MS ? "URGENT" : "REMINDER";
