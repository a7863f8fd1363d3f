/**
 * Limits how many people a person's requests and comments notify outside the app, by email and in Slack. Pure. A
 * request counts everyone whom it may notify, at once or when it is escalated.
 */

import type { Notified } from "../db/queries/outside-recipients.ts";
import type { ApprovalRequest } from "../model/approvals.ts";
import { RecipientLimitError } from "../model/errors.ts";
import type { Applied } from "./commands/command.ts";
import { type Audience, recipientsOf } from "./notifications.ts";

/** Limits on a person without the right to request for others; 0: no limit. */
export interface RecipientLimits {
  /** Most people that one request may name. */
  perRequest: number;
  /** Most people that a person's requests and comments may notify within an hour, including people with a role. */
  perHour: number;
}

const HOUR_MS = 3_600_000;

/** Whether a request notifies people outside the app. */
export const goesOutside = ({ notifyChannels }: Pick<ApprovalRequest, "notifyChannels">): boolean =>
  notifyChannels.includes("EMAIL") || notifyChannels.includes("SLACK");

/**
 * Counts the commands of a batch, one after the other.
 * @param notified by user: what the user has already notified
 * @returns how many people the command notifies; the function throws RecipientLimitError if a limit is exceeded
 */
export function outsideCounter(
  limits: RecipientLimits,
  audience: Audience,
  notified: ReadonlyMap<string, Notified>,
  now: Date,
): (applied: Applied) => number {
  const counts = new Map([...notified].map(([userId, { count }]) => [userId, count]));

  return ({ pending: { command }, effects: { request }, comment }) => {
    const { countsFor: userId } = command;
    if (userId === undefined || !goesOutside(request)) return 0;
    const named = comment === undefined ? namedBy(request) : new Set<string>();
    if (limits.perRequest > 0 && named.size > limits.perRequest) {
      throw new RecipientLimitError("recipientsPerRequest", named.size, limits.perRequest);
    }
    const people = comment === undefined ? withHolders(named, request, audience) : participants(request, audience, now);
    people.delete(userId);
    const total = (counts.get(userId) ?? 0) + people.size;
    if (people.size > 0 && limits.perHour > 0 && total > limits.perHour) {
      // A command that exceeds the limit by itself cannot be retried later.
      const isTooMuch = people.size > limits.perHour;
      const since = notified.get(userId)?.since ?? now;
      const retryAfterS = isTooMuch
        ? null
        : Math.max(1, Math.ceil((since.getTime() + HOUR_MS - now.getTime()) / 1_000));
      throw new RecipientLimitError("recipientsPerHour", isTooMuch ? people.size : total, limits.perHour, retryAfterS);
    }
    counts.set(userId, total);
    return people.size;
  };
}

function namedBy(request: ApprovalRequest): Set<string> {
  const { notifyUsers, allowedApprovers, escalateToUsers } = request;
  const named = new Set([...notifyUsers, ...allowedApprovers, ...escalateToUsers]);
  named.delete(request.createdBy);
  return named;
}

function withHolders(named: ReadonlySet<string>, { notifyRoles }: ApprovalRequest, { people }: Audience): Set<string> {
  const all = new Set(named);
  for (const { id, roles } of people.values()) if (roles.some((role) => notifyRoles.includes(role))) all.add(id);
  return all;
}

const participants = (request: ApprovalRequest, audience: Audience, now: Date): Set<string> =>
  new Set(recipientsOf("COMMENTED", request, audience, now));
