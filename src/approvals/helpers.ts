/** Small questions about a request, for programs that hold one. Each takes the time as an argument, by default now. */

import { type ApprovalDecision, type ApprovalRequest, isOpen, type Viewer } from "../model/approvals.ts";
import { URGENT_MS } from "../model/deadline.ts";
import { byName, type PersonOf } from "../model/same-person.ts";
import { canDecideNow, isPastItsTime } from "./policy.ts";

/** Under this many ms left a request is expiring. */
export const EXPIRING_MS = 60 * 60_000;

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

/** Whether a value is a decision as the manager takes it. */
export const isApprovalDecision = (value: unknown): value is ApprovalDecision & { userId: string } =>
  isRecord(value) &&
  isText(value.userId) &&
  (value.comment == null || typeof value.comment === "string") &&
  (value.reason == null || typeof value.reason === "string");

/** ms until `expiresAt`; 0 once it is past. */
export const getTimeUntilExpiry = (request: Pick<ApprovalRequest, "expiresAt">, now = new Date()): number =>
  Math.max(0, request.expiresAt.getTime() - now.getTime());

/** Whether the request still waits for people: open and not past its time. */
export const isPendingApproval = (request: ApprovalRequest, now = new Date()): boolean =>
  isOpen(request) && !isPastItsTime(request, now);

/** Whether the request is past its time while still open. */
export const isExpiredApproval = (request: ApprovalRequest, now = new Date()): boolean =>
  isOpen(request) && isPastItsTime(request, now);

/** Whether the request is open with less than 15 minutes left. */
export const isUrgentApproval = (request: Pick<ApprovalRequest, "status" | "expiresAt">, now = new Date()): boolean =>
  isOpen(request) && getTimeUntilExpiry(request, now) < URGENT_MS;

/** Whether the request is open with less than an hour left. */
export const isExpiringApproval = (request: ApprovalRequest, now = new Date()): boolean =>
  isOpen(request) && getTimeUntilExpiry(request, now) < EXPIRING_MS;

/**
 * Whether the user may decide the request now; `roles` are the user's. Names are compared without regard to case; which
 * addresses belong to which ids only the server's directory knows, so its answer may be no where this one is yes.
 */
export const canUserApprove = (
  userId: string,
  request: ApprovalRequest,
  roles: Viewer["roles"] = [],
  now = new Date(),
  personOf: PersonOf = byName,
): boolean => canDecideNow(request, { userId, roles }, now, personOf);
