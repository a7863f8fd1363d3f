/** Rows of `approval_decisions`. */

import type { ApproverDecision } from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";

/** The decisions on these requests, in order. */
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

/** Most bytes of comment and reason that are read with their row. */
const SHORT = 8_192;
const TEXT_BYTES = "octet_length(concat(d.comment, d.reason))";

/** The same, without comment and reason if they are long. */
export async function shortDecisionsOf(db: Queryable, requestIds: readonly string[]): Promise<ApproverDecision[]> {
  const { rows } = await db.query<ApproverDecision>({
    name: "short-decisions-of",
    text: `select d.approval_request_id as "approvalRequestId", d.approver, d.decision, d.decided_at as "decidedAt",
                  case when ${TEXT_BYTES} <= ${SHORT} then d.comment end as comment,
                  case when ${TEXT_BYTES} <= ${SHORT} then d.reason end as reason,
                  case when ${TEXT_BYTES} > ${SHORT} then ${TEXT_BYTES} else 0 end as "longBytes"
             from approval_decisions d where d.approval_request_id = any ((select $1::uuid[])::uuid[])
            order by d.decided_at, d.approver`,
    values: [requestIds],
  });
  return rows;
}

/** Identifies a decision. */
export type DecisionKey = Pick<ApproverDecision, "approvalRequestId" | "approver">;

/** Comment and reason of these decisions, in no order. */
export async function decisionTexts(
  db: Queryable,
  keys: readonly DecisionKey[],
): Promise<(DecisionKey & Pick<ApproverDecision, "comment" | "reason">)[]> {
  const { rows } = await db.query<DecisionKey & Pick<ApproverDecision, "comment" | "reason">>({
    name: "decision-texts",
    text: `select d.approval_request_id as "approvalRequestId", d.approver, d.comment, d.reason
             from unnest($1::uuid[], $2::text[]) asked(id, approver)
             join approval_decisions d on d.approval_request_id = asked.id and d.approver = asked.approver`,
    values: [keys.map(({ approvalRequestId }) => approvalRequestId), keys.map(({ approver }) => approver)],
  });
  return rows;
}
