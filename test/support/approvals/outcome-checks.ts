/** States the CHECK constraints of `migrations/0001_tables.sql` on the outcome of a request as a predicate. */

import type { ApprovalRequest } from "../../../src/model/approvals.ts";

const SOURCES: Partial<Record<ApprovalRequest["status"], readonly string[]>> = {
  APPROVED: ["APPROVER", "AUTO", "TIMEOUT"],
  REJECTED: ["APPROVER"],
  TIMEOUT: ["TIMEOUT"],
  CANCELLED: ["CANCELLATION"],
};

/** Names of the constraints that the request breaks. */
export function brokenConstraints(request: ApprovalRequest): string[] {
  const { status, decision, decisionSource, decidedAt, decidedBy } = request;
  const open = status === "PENDING" || status === "ESCALATED";
  const holds: Record<string, boolean> = {
    version: Number.isInteger(request.version) && request.version >= 1,
    outcome: open
      ? decision === null && decisionSource === null && decidedAt === null && decidedBy === null
      : decisionSource !== null && decidedAt !== null,
    decision_matches_status: decision === ({ APPROVED: "APPROVE", REJECTED: "REJECT" }[status as string] ?? null),
    source_matches_status: decisionSource === null || (SOURCES[status] ?? []).includes(decisionSource),
    quorum:
      status !== "APPROVED" || decisionSource !== "APPROVER" || request.approvers.length >= request.approvalsRequired,
    escalated: status !== "ESCALATED" || request.escalationLevel >= 1,
    approvals_required: request.approvalsRequired >= 1,
  };
  return Object.keys(holds).filter((name) => !holds[name]);
}
