/** Reads the columns of `approval_requests` that a waiting job needs. */

import type { ApprovalRequest } from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";

export type WaitedRow = Pick<
  ApprovalRequest,
  | "id"
  | "version"
  | "workflowId"
  | "jobId"
  | "executionId"
  | "title"
  | "status"
  | "requestedBy"
  | "decidedBy"
  | "decision"
  | "decisionSource"
  | "comment"
  | "decidedAt"
  | "approvers"
  | "approvalsRequired"
  | "timeoutMs"
  | "createdAt"
  | "expiresAt"
>;

/** The requests with these ids, in no order. Ids must be well-formed. */
export async function waitedRequests(db: Queryable, ids: readonly string[]): Promise<WaitedRow[]> {
  const text = `
    select r.id, r.version, r.workflow_id as "workflowId", r.job_id as "jobId", r.execution_id as "executionId", r.title,
           r.status, r.requested_by as "requestedBy", r.decided_by as "decidedBy", r.decision,
           r.decision_source as "decisionSource", r.comment, r.decided_at as "decidedAt", r.approvers,
           r.approvals_required as "approvalsRequired", r.timeout_ms as "timeoutMs", r.created_at as "createdAt",
           r.expires_at as "expiresAt"
      from approval_requests r where r.id = any ((select $1::uuid[])::uuid[])`;
  return (await db.query<WaitedRow>({ name: "waited-requests", text, values: [ids] })).rows;
}
