/** Helpers that answer questions about a request. Each accepts the time as an argument. Default: now. */

import { type ApprovalDecision, type ApprovalRequest, isOpen, type Viewer } from "../model/approvals.ts";
import { EXPIRING_MS, msUntil, URGENT_MS } from "../model/deadline.ts";
import { byName, type PersonOf } from "../model/same-person.ts";
import { canDecideNow, isExpired } from "./policy.ts";

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Whether a value looks like an approval request. */
export const isApprovalRequest = (value: unknown): value is ApprovalRequest =>
  isRecord(value) &&
  isText(value.id) &&
  isText(value.workflowId) &&
  isText(value.title) &&
  isText(value.status) &&
  Number.isInteger(value.version);

/** Whether a value is a decision that the manager accepts. */
export const isApprovalDecision = (value: unknown): value is ApprovalDecision & { userId: string } =>
  isRecord(value) &&
  isText(value.userId) &&
  (value.comment == null || typeof value.comment === "string") &&
  (value.reason == null || typeof value.reason === "string");

/** ms until `expiresAt`; 0 after that. */
export const getTimeUntilExpiry = (request: Pick<ApprovalRequest, "expiresAt">, now = new Date()): number =>
  msUntil(request.expiresAt, now);

/** ms that an open request has left: 0 after its expiry, null if it is final. */
export const timeRemainingMs = (request: Pick<ApprovalRequest, "status" | "expiresAt">, now: Date): number | null =>
  isOpen(request) ? msUntil(request.expiresAt, now) : null;

/** Whether the request still waits for people: open and not expired. */
export const isPendingApproval = (request: ApprovalRequest, now = new Date()): boolean =>
  isOpen(request) && !isExpired(request, now);

/** Whether the request has expired and is still open. */
export const isExpiredApproval = (request: ApprovalRequest, now = new Date()): boolean =>
  isOpen(request) && isExpired(request, now);

/** Whether the request is open with less than 15 minutes left. */
export const isUrgentApproval = (request: Pick<ApprovalRequest, "status" | "expiresAt">, now = new Date()): boolean =>
  isOpen(request) && getTimeUntilExpiry(request, now) < URGENT_MS;

/** Whether the request is open with less than an hour left. */
export const isExpiringApproval = (request: ApprovalRequest, now = new Date()): boolean =>
  isOpen(request) && getTimeUntilExpiry(request, now) < EXPIRING_MS;

/**
 * Whether the user may decide the request now; `roles` are the user's. Names are compared case-insensitively. Only the
 * server's directory knows which addresses belong to which ids, so the server may answer no if this function answers
 * yes.
 */
export const canUserApprove = (
  userId: string,
  request: ApprovalRequest,
  roles: Viewer["roles"] = [],
  now = new Date(),
  personOf: PersonOf = byName,
): boolean => canDecideNow(request, { userId, roles }, now, personOf);
