/** Statistics about many requests in groups: by time of creation, by workflow, by approver. */

import type { Queryable } from "../query.ts";
import { allOf, Parameters } from "./parameters.ts";
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

/** The decisions of one person. */
export interface DecisionsOfApprover {
  approver: string;
  total: number;
  approved: number;
  rejected: number;
}

/** Times from the request to the decision of one person, in milliseconds. */
export interface DecisionTimes {
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

/** The conditions on the requests that are counted. */
function conditionsOf({ from, to, requester }: StatisticsOf, parameters: Parameters): string[] {
  const conditions: string[] = [];
  if (from !== null) conditions.push(`created_at >= ${parameters.add(from)}`);
  if (to !== null) conditions.push(`created_at < ${parameters.add(to)}`);
  if (requester !== null) conditions.push(`requested_by = ${parameters.add(requester)}`);
  return conditions;
}

/** The requests `r` that are counted. The index by time of creation has all these columns, so no row is read. */
const counted = (conditions: readonly string[]): string =>
  `select id, workflow_id, status, decision_source, timeout_ms,
          case when decision_source = 'APPROVER' then ${milliseconds("created_at", "decided_at")} end as took
     from approval_requests where ${allOf(conditions)}`;

/** The first instant with this local time, which a clock that is set back from 1:00 to 0:00 shows twice. */
const firstAt = (local: string, zone: string): string => {
  const instant = `(${local}) at time zone ${zone}`;
  const before = `${instant} - interval '1 hour'`;
  return `case when (${before}) at time zone ${zone} = ${local} then ${before} else ${instant} end`;
};

/**
 * The statistics of each interval, oldest first, including intervals without requests. Intervals are whole calendar days,
 * weeks or months in the time zone. If there are too many, only the newest are returned.
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
  const conditions = conditionsOf(of, parameters);
  const unit = `${parameters.add(interval.toLowerCase())}::text`;
  const at = `${parameters.add(zone)}::text`;
  const step = `('1 ' || ${unit})::interval`;
  const from = `${parameters.add(of.from)}::timestamptz`;
  const to = `${parameters.add(of.to)}::timestamptz`;
  const within = ["created_at >= i.first", "created_at < i.next"];
  const created = `from approval_requests where ${allOf(conditions)}`;
  // Computes in local time and converts at the end, because a day may have 23 hours. Each interval is a range of the index
  // by time of creation: no row is assigned to an interval, and no interval is sorted with the others.
  const query = db.query<StatisticsOfInterval>(
    `with edges as (select coalesce(${from}, (select min(created_at) ${created})) as first,
                           least(${to} - interval '1 microsecond',
                                 greatest(now(), (select max(created_at) ${created}))) as last),
          marks as (select date_trunc(${unit}, first at time zone ${at}) as first,
                           date_trunc(${unit}, last at time zone ${at}) as last from edges),
          locals as (select generate_series(greatest(first, last - ${MOST_INTERVALS - 1} * ${step}), last, ${step})
                              as local
                       from marks where first is not null),
          intervals as (select local, ${firstAt("local", at)} as first, ${firstAt(`local + ${step}`, at)} as next
                          from locals)
     select i.local at time zone ${at} as start, (i.local + ${step}) at time zone ${at} as end, of_interval.statistics
       from intervals i
      cross join lateral (select ${FIGURES} from (${counted([...conditions, ...within])}) r) of_interval
      order by i.local`,
    parameters.values,
  );
  try {
    return (await query).rows;
  } catch (error) {
    throw (error as { code?: string }).code === INVALID_PARAMETER ? new UnknownTimeZone() : error;
  }
}

/** The names of the workflows with the most requests, in descending order. */
export async function busiestWorkflows(db: Queryable, of: StatisticsOf, limit: number): Promise<string[]> {
  const parameters = new Parameters();
  const where = allOf(conditionsOf(of, parameters));
  const { rows } = await db.query<{ name: string }>(
    `select workflow_id as name from approval_requests where ${where}
      group by workflow_id order by count(*) desc, workflow_id limit ${parameters.add(limit)}`,
    parameters.values,
  );
  return rows.map(({ name }) => name);
}

/** The statistics of these workflows, including those without requests. */
export async function statisticsOfWorkflows(
  db: Queryable,
  of: StatisticsOf,
  names: readonly string[],
): Promise<ReadonlyMap<string, ApprovalStatistics>> {
  const parameters = new Parameters();
  const wanted = `${parameters.add(names)}::text[]`;
  const conditions = [...conditionsOf(of, parameters), `workflow_id = any (${wanted})`];
  const { rows } = await db.query<{ name: string; statistics: ApprovalStatistics }>(
    `select name, ${FIGURES} from unnest(${wanted}) name left join (${counted(conditions)}) r on r.workflow_id = name
      group by name`,
    parameters.values,
  );
  return new Map(rows.map(({ name, statistics }) => [name, statistics]));
}

/** The decisions `d` on the requests `r` that are counted. All decisions are counted without a join. */
function decisions(of: StatisticsOf, parameters: Parameters): string {
  const conditions = conditionsOf(of, parameters);
  if (conditions.length === 0) return "approval_decisions d";
  const requests = `(select id from approval_requests where ${allOf(conditions)})`;
  return `approval_decisions d join ${requests} r on r.id = d.approval_request_id`;
}

/** The decisions of the people who decided most, in descending order. */
export async function busiestApprovers(db: Queryable, of: StatisticsOf, limit: number): Promise<DecisionsOfApprover[]> {
  const parameters = new Parameters();
  const { rows } = await db.query<DecisionsOfApprover>(
    `select d.approver, count(*)::int as total,
            count(*) filter (where d.decision = 'APPROVE')::int as approved,
            count(*) filter (where d.decision = 'REJECT')::int as rejected
       from ${decisions(of, parameters)}
      group by d.approver order by count(*) desc, d.approver limit ${parameters.add(limit)}`,
    parameters.values,
  );
  return rows;
}

/** The decision times of these people. People without decisions are omitted. */
export async function decisionTimesOf(
  db: Queryable,
  of: StatisticsOf,
  approvers: readonly string[],
): Promise<ReadonlyMap<string, DecisionTimes>> {
  const parameters = new Parameters();
  const requests = `(select id, created_at from approval_requests where ${allOf(conditionsOf(of, parameters))})`;
  const took = milliseconds("r.created_at", "d.decided_at");
  const { rows } = await db.query<DecisionTimes & { approver: string }>(
    `select d.approver,
            percentile_cont(0.5) within group (order by ${took}) as "medianDecisionTimeMs",
            percentile_cont(0.95) within group (order by ${took}) as "p95DecisionTimeMs"
       from ${requests} r join approval_decisions d on d.approval_request_id = r.id
      where d.approver = any (${parameters.add(approvers)}::text[])
      group by d.approver`,
    parameters.values,
  );
  return new Map(rows.map(({ approver, ...times }) => [approver, times]));
}
