/** The effects of commands, as data: the state after them, and everything else that is written. */

import {
  type ApprovalAction,
  type ApprovalRequest,
  type Decision,
  isOpen,
  type JsonObject,
} from "../model/approvals.ts";
import type { DeliveredNotification, NewNotification } from "../model/notifications.ts";
import { nextReminder } from "./reminders.ts";

/** One row of the audit log. The transaction adds who acted and from where. */
export interface NewEvent {
  requestId: string;
  action: ApprovalAction;
  byCaller: boolean;
  oldStatus: ApprovalRequest["status"] | null;
  newStatus: ApprovalRequest["status"];
  comment: string | null;
  /** Detail, which APPROVAL_ENABLE_AUDIT_LOG=false drops. */
  metadata: JsonObject;
  /** Facts that verify-audit compares with the tables. Always logged, as part of the metadata. */
  facts?: JsonObject;
}

/** Everything that a command changes. If only `request` is set, it changed nothing. */
export interface Effects {
  request: ApprovalRequest;
  decision?: { decision: Decision; comment: string | null; reason: string | null };
  comment?: { body: string };
  /** Sends a reminder to people who can decide and have not. */
  reminder?: "REMINDER" | "URGENT";
  delivered?: readonly DeliveredNotification[];
  /** Notifications besides those that follow from the events. */
  notifications?: readonly NewNotification[];
  events: NewEvent[];
}

/** Whether there is anything to write. */
export const changesAnything = (effects: Effects): boolean =>
  effects.events.length > 0 || effects.reminder !== undefined;

export type Patch = Partial<ApprovalRequest>;

/** The request after a command. */
export function change(request: ApprovalRequest, now: Date, patch: Patch): ApprovalRequest {
  const after = { ...request, ...patch, version: request.version + 1, updatedAt: now };
  if (!isOpen(after)) after.remindAt = null;
  else if (patch.expiresAt !== undefined) after.remindAt = nextReminder(after, now);
  return after;
}

export function event(
  before: ApprovalRequest | null,
  after: ApprovalRequest,
  action: ApprovalAction,
  more: Partial<Pick<NewEvent, "comment" | "metadata" | "facts" | "byCaller">> = {},
): NewEvent {
  const oldStatus = before?.status ?? null;
  const base = { requestId: after.id, action, byCaller: true, oldStatus, newStatus: after.status };
  return { ...base, comment: null, metadata: {}, ...more };
}

export const unchanged = (request: ApprovalRequest): Effects => ({ request, events: [] });
