/** Statistics about many requests in groups: by time of creation, by workflow, by approver. */

import type { Queryable } from "../query.ts";
import { Parameters } from "./parameters.ts";
import type { ApprovalStatistics } from "./statistics.ts";

/** Most intervals of a series. */
export const MOST_INTERVALS = 1_000;

export const STATISTICS_INTERVALS = ["DAY", "WEEK", "MONTH"] as const;
export type StatisticsInterval = (typeof STATISTICS_INTERVALS)[number];

/** A filter for requests: created in [from, to), and null is open. `requester` limits them to those of one person. */
export interface StatisticsOf {
  from: Date | null;
  to: Date | null;
  requester: string | null;
}

export interface StatisticsOfInterval {
  start: Date;
  end: Date;
  statistics: ApprovalStatistics;
}

export interface StatisticsOfWorkflow {
  workflowId: string;
  statistics: ApprovalStatistics;
}

/** The decisions of one person. Times are from the request to this person's decision, in milliseconds. */
export interface StatisticsOfApprover {
  approver: string;
  total: number;
  approved: number;
  rejected: number;
  medianDecisionTimeMs: number;
  p95DecisionTimeMs: number;
}

export class UnknownTimeZone extends Error {}
/** PostgreSQL's invalid_parameter_value. The time zone is the only free parameter of the query. */
const INVALID_PARAMETER = "22023";

/** The counts of `get_approval_statistics` for rows `r`, as an object with the model's names. */
const FIGURES = `json_build_object(
  'total', count(r.id)::int,
  'pending', count(*) filter (where r.status = 'PENDING'),
  'approved', count(*) filter (where r.status = 'APPROVED'),
  'rejected', count(*) filter (where r.status = 'REJECTED'),
  'timeout', count(*) filter (where r.status = 'TIMEOUT'),
  'escalated', count(*) filter (where r.status = 'ESCALATED'),
  'cancelled', count(*) filter (where r.status = 'CANCELLED'),
  'autoApproved', count(*) filter (where r.decision_source = 'AUTO'),
  'avgDecisionTimeMs', avg(r.took),
  'medianDecisionTimeMs', percentile_cont(0.5) within group (order by r.took),
  'p95DecisionTimeMs', percentile_cont(0.95) within group (order by r.took),
  'avgTimeoutMs', avg(r.timeout_ms)::float8) as statistics`;

const milliseconds = (from: string, to: string) => `extract(epoch from ${to} - ${from})::float8 * 1000`;

/** The requests `r` that are counted. */
function counted({ from, to, requester }: StatisticsOf, parameters: Parameters): string {
  const conditions = ["true"];
  if (from !== null) conditions.push(`created_at >= ${parameters.add(from)}`);
  if (to !== null) conditions.push(`created_at < ${parameters.add(to)}`);
  if (requester !== null) conditions.push(`requested_by = ${parameters.add(requester)}`);
  return `select id, workflow_id, created_at, status, decision_source, timeout_ms,
                 case when decision_source = 'APPROVER' then ${milliseconds("created_at", "decided_at")} end as took
            from approval_requests where ${conditions.join(" and ")}`;
}

/**
 * The statistics of each interval, oldest first, including intervals without requests. Intervals are whole calendar days,
 * weeks from Monday, or months in a time zone. If there are too many, only the newest are returned.
 *
 * @throws UnknownTimeZone if PostgreSQL does not know the time zone
 */
export async function statisticsByInterval(
  db: Queryable,
  of: StatisticsOf,
  interval: StatisticsInterval,
  zone: string,
): Promise<StatisticsOfInterval[]> {
  const parameters = new Parameters();
  const rows = counted(of, parameters);
  const unit = `${parameters.add(interval.toLowerCase())}::text`;
  const at = `${parameters.add(zone)}::text`;
  const step = `('1 ' || ${unit})::interval`;
  const from = `${parameters.add(of.from)}::timestamptz`;
  const to = `${parameters.add(of.to)}::timestamptz`;
  // Computes in local time and converts at the end, because a day may have 23 hours.
  const query = db.query<StatisticsOfInterval>(
    `with counted as (select c.*, date_trunc(${unit}, c.created_at at time zone ${at}) as local from (${rows}) c),
          edges as (select coalesce(${from}, min(created_at)) as first,
                           least(${to} - interval '1 microsecond', greatest(now(), max(created_at))) as last
                      from counted),
          marks as (select date_trunc(${unit}, first at time zone ${at}) as first,
                           date_trunc(${unit}, last at time zone ${at}) as last from edges),
          intervals as (select generate_series(greatest(first, last - ${MOST_INTERVALS - 1} * ${step}), last, ${step})
                                 as local
                          from marks where first is not null)
     select i.local at time zone ${at} as start, (i.local + ${step}) at time zone ${at} as end, ${FIGURES}
       from intervals i left join counted r on r.local = i.local
      group by i.local order by i.local`,
    parameters.values,
  );
  try {
    return (await query).rows;
  } catch (error) {
    throw (error as { code?: string }).code === INVALID_PARAMETER ? new UnknownTimeZone() : error;
  }
}

/** The statistics of the workflows with the most requests, in descending order. */
export async function statisticsByWorkflow(
  db: Queryable,
  of: StatisticsOf,
  limit: number,
): Promise<StatisticsOfWorkflow[]> {
  const parameters = new Parameters();
  const { rows } = await db.query<StatisticsOfWorkflow>(
    `select r.workflow_id as "workflowId", ${FIGURES} from (${counted(of, parameters)}) r
      group by r.workflow_id order by count(*) desc, r.workflow_id limit ${parameters.add(limit)}`,
    parameters.values,
  );
  return rows;
}

/** The decisions of the people who decided most, in descending order. */
export async function statisticsByApprover(
  db: Queryable,
  of: StatisticsOf,
  limit: number,
): Promise<StatisticsOfApprover[]> {
  const parameters = new Parameters();
  const took = milliseconds("r.created_at", "d.decided_at");
  const { rows } = await db.query<StatisticsOfApprover>(
    `select d.approver, count(*)::int as total,
            count(*) filter (where d.decision = 'APPROVE')::int as approved,
            count(*) filter (where d.decision = 'REJECT')::int as rejected,
            percentile_cont(0.5) within group (order by ${took}) as "medianDecisionTimeMs",
            percentile_cont(0.95) within group (order by ${took}) as "p95DecisionTimeMs"
       from (${counted(of, parameters)}) r join approval_decisions d on d.approval_request_id = r.id
      group by d.approver order by count(*) desc, d.approver limit ${parameters.add(limit)}`,
    parameters.values,
  );
  return rows;
}
