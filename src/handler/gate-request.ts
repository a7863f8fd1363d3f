/** Converts a row to the request that a handler uses. */

import { isUrgentApproval, timeRemainingMs } from "../approvals/helpers.ts";
import { type ApprovalRequest, isOpen } from "../model/approvals.ts";
import type { GateRequest } from "./gateway.ts";

/** The columns that a row must have. */
type Row = Pick<ApprovalRequest, Exclude<keyof GateRequest, Computed>>;
type Computed = "isOpen" | "isUrgent" | "approvalsReceived" | "timeRemainingMs";

/** @param now the database's clock */
export function gateRequestOf(request: Row, now: Date): GateRequest {
  const { decidedAt, createdAt, expiresAt, ...rest } = request;
  return {
    ...rest,
    isOpen: isOpen(request),
    isUrgent: isUrgentApproval(request, now),
    approvalsReceived: request.approvers.length,
    timeRemainingMs: timeRemainingMs(request, now),
    decidedAt: decidedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
