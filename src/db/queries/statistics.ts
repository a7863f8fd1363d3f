/** Statistics about many requests. */

import type { Viewer } from "../../model/approvals.ts";
import { EXPIRING_MS, URGENT_MS } from "../../model/deadline.ts";
import type { Queryable } from "../query.ts";
import { Parameters } from "./parameters.ts";
import { inInboxOf } from "./rights.ts";

/**
 * Counts by status, and times in milliseconds (null if there is nothing to average). The names are the predecessor's.
 */
export interface ApprovalStatistics {
  total: number;
  pending: number;
  approved: number;
  rejected: number;
  timeout: number;
  escalated: number;
  cancelled: number;
  autoApproved: number;
  avgDecisionTimeMs: number | null;
  medianDecisionTimeMs: number | null;
  p95DecisionTimeMs: number | null;
  avgTimeoutMs: number | null;
}

/** The open and finished work of one person. Urgent and expiring: see `model/deadline.ts`. */
export interface UserApprovalSummary {
  userId: string;
  pendingCount: number;
  urgentCount: number;
  expiringCount: number;
  approvedCount: number;
  rejectedCount: number;
}

/** Statistics about the requests created in [from, to). `requester` limits them to those of one person. */
export async function approvalStatistics(
  db: Queryable,
  from: Date | null,
  to: Date | null,
  requester: string | null,
): Promise<ApprovalStatistics> {
  const { rows } = await db.query<ApprovalStatistics>(
    `select total, pending, approved, rejected, timed_out as timeout, escalated, cancelled,
            auto_approved as "autoApproved", average_decision_time_ms as "avgDecisionTimeMs",
            median_decision_time_ms as "medianDecisionTimeMs", p95_decision_time_ms as "p95DecisionTimeMs",
            average_timeout_ms as "avgTimeoutMs"
       from get_approval_statistics($1, $2, $3)`,
    [from, to, requester],
  );
  return rows[0] as ApprovalStatistics;
}

/** One person's summary. */
export async function userSummary(
  db: Queryable,
  person: Pick<Viewer, "userId" | "roles">,
): Promise<UserApprovalSummary> {
  const parameters = new Parameters();
  const inbox = inInboxOf(person, parameters);
  const user = parameters.add(person.userId);
  const [urgent, expiring] = [parameters.add(URGENT_MS), parameters.add(EXPIRING_MS)];
  const { rows } = await db.query<Omit<UserApprovalSummary, "userId">>(
    `with inbox as (select r.expires_at - now() as left_over from approval_requests r where ${inbox}),
          given as (select d.decision, count(*)::int as n from approval_decisions d where d.approver = ${user} group by 1)
     select count(*)::int as "pendingCount",
            count(*) filter (where left_over < ${urgent}::int * interval '1 millisecond')::int as "urgentCount",
            count(*) filter (where left_over < ${expiring}::int * interval '1 millisecond')::int as "expiringCount",
            coalesce((select n from given where decision = 'APPROVE'), 0) as "approvedCount",
            coalesce((select n from given where decision = 'REJECT'), 0) as "rejectedCount"
       from inbox`,
    parameters.values,
  );
  return { userId: person.userId, ...(rows[0] as Omit<UserApprovalSummary, "userId">) };
}
