/** Rows of `approval_decisions`. */

import type { ApproverDecision } from "../../approvals/model.ts";
import type { Queryable } from "./requests.ts";

/** The decisions on these requests, in the order in which they were made. */
export async function decisionsOf(db: Queryable, requestIds: readonly string[]): Promise<ApproverDecision[]> {
  const { rows } = await db.query<ApproverDecision>({
    name: "decisions-of",
    text: `select approval_request_id as "approvalRequestId", approver, decision, comment, reason,
                  decided_at as "decidedAt"
             from approval_decisions where approval_request_id = any ((select $1::uuid[])::uuid[])
            order by decided_at, approver`,
    values: [requestIds],
  });
  return rows;
}
