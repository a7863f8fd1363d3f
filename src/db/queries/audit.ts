/**
 * Reads `approval_audit_log`, backwards as a list and forwards as a stream. The stream stops before the oldest transaction
 * that is still running, because rows may still appear at or after it, but never before it.
 */

import {
  type ApprovalAction,
  type ApprovalAuditLog,
  type EventPosition,
  seesEverything,
  type Viewer,
} from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";
import { type Attempts, findPage, type Listing, type Page, type Way } from "./find-page.ts";
import { allOf, Parameters } from "./parameters.ts";
import { readableBy } from "./rights.ts";

export interface AuditFilter {
  requestId?: string | null;
  userId?: string | null;
  actions?: readonly ApprovalAction[] | null;
  createdAfter?: Date | null;
  createdBefore?: Date | null;
  workflowId?: string | null;
  executionId?: string | null;
}

/** Most bytes of comment and metadata that are read with their row. Longer ones are read on demand. */
const SHORT = 8_192;
const TEXT_BYTES = "coalesce(octet_length(l.comment), 0) + octet_length(l.metadata::text)";
const COLUMNS = `
  l.id, json_build_object('tx', l.tx::text, 'seq', l.seq::text) as position,
  l.approval_request_id as "approvalRequestId", l.action, l.user_id as "userId", l.user_email as "userEmail",
  l.ip_address as "ipAddress", l.user_agent as "userAgent", l.old_status as "oldStatus", l.new_status as "newStatus",
  case when ${TEXT_BYTES} <= ${SHORT} then l.comment end as comment,
  case when ${TEXT_BYTES} <= ${SHORT} then l.metadata end as metadata,
  case when ${TEXT_BYTES} > ${SHORT} then ${TEXT_BYTES} else 0 end as "longBytes", l.created_at as "createdAt"`;

const HORIZON = "pg_snapshot_xmin(pg_current_snapshot())";

/** Conditions on the entries `l`, and on the requests `r` that they are about. */
function conditionsOf(viewer: Viewer, filter: AuditFilter, parameters: Parameters, way: Way) {
  const onEntry: string[] = [];
  const onRequest: string[] = seesEverything(viewer) ? [] : [readableBy(viewer, parameters, way)];
  if (filter.requestId != null) onEntry.push(`l.approval_request_id = ${parameters.add(filter.requestId)}::uuid`);
  if (filter.userId != null) onEntry.push(`l.user_id = ${parameters.add(filter.userId)}`);
  if (filter.actions != null) onEntry.push(`l.action = any (${parameters.add(filter.actions)}::text[])`);
  if (filter.createdAfter != null) onEntry.push(`l.created_at >= ${parameters.add(filter.createdAfter)}`);
  if (filter.createdBefore != null) onEntry.push(`l.created_at < ${parameters.add(filter.createdBefore)}`);
  if (filter.workflowId != null) onRequest.push(`r.workflow_id = ${parameters.add(filter.workflowId)}`);
  if (filter.executionId != null) onRequest.push(`r.execution_id = ${parameters.add(filter.executionId)}`);
  return { onEntry, onRequest };
}

/** Whether the request of the entry `l` matches. */
const isAbout = (onRequest: string[]): string[] =>
  onRequest.length === 0
    ? []
    : [`exists (select 1 from approval_requests r where r.id = l.approval_request_id and ${allOf(onRequest)})`];

/**
 * The same for many entries: the ids of all such requests are gathered and sorted once, and each entry's is searched among
 * them. A join would not do, because with the limit of the page in sight the planner would repeat the gathering.
 */
const isAboutGathered = (onRequest: string[]): string[] => {
  if (onRequest.length === 0) return [];
  const ids = `array(select r.id from approval_requests r where ${allOf(onRequest)} order by r.id)`;
  return [
    `(select ids[width_bucket(l.approval_request_id, ids)] = l.approval_request_id
        from (select ${ids} as ids offset 0) gathered)`,
  ];
};

/** Most entries of a walk for each of which its request is looked up. */
const LOOK_UPS = 4_500;
/** The last walk is longer than that of a list of requests, because it only compares ids. */
const ATTEMPTS: Attempts = [
  ["walk", 500],
  ["narrow", 2_000],
  ["walk", LOOK_UPS],
  ["walk", 100_000],
  ["gather", null],
];

/** The index by user or by action to use, and the keys to look up in it. */
interface ByKey {
  column: string;
  keys: string;
}

function keysOf({ userId, actions }: AuditFilter, parameters: Parameters): ByKey | null {
  if (userId != null) return { column: "user_id", keys: `array[${parameters.add(userId)}::text]` };
  return actions == null ? null : { column: "action", keys: `${parameters.add(actions)}::text[]` };
}

/**
 * Reads the newest entries of each key, and takes the newest of those. For a key with many entries the planner would read
 * the log backwards and expect matches soon, but the entries of a user who left, or of an old action, are far back.
 */
const newestOf = ({ column, keys }: ByKey, onEntry: readonly string[], most: string): string => {
  const newest = `order by l.tx desc, l.seq desc limit ${most}`;
  return `select l.* from (select distinct unnest(${keys}) as key) wanted
           cross join lateral (select * from approval_audit_log l where l.${column} = wanted.key and ${allOf(onEntry)} ${newest}) l
           ${newest}`;
};

/**
 * A page of the log, newest first.
 * @param before the page starts after this entry
 * @returns the page, and the horizon before which the log is complete
 */
export async function listAudit(
  db: Queryable,
  viewer: Viewer,
  filter: AuditFilter,
  before: EventPosition | null,
  first: number,
): Promise<Page<ApprovalAuditLog> & { horizon: string }> {
  const describe = (parameters: Parameters, way: Way, rows: number | null): Listing => {
    const looksUp = way === "walk" && rows !== null && rows <= LOOK_UPS;
    const { onEntry, onRequest } = conditionsOf(viewer, filter, parameters, looksUp ? "walk" : "gather");
    const byKey = way === "walk" || onRequest.length === 0 ? keysOf(filter, parameters) : null;
    if (before !== null) {
      const position = `(${parameters.add(before.tx)}::xid8, ${parameters.add(before.seq)}::bigint)`;
      onEntry.push(`(l.tx, l.seq) < ${position}`);
    }
    return {
      from: "approval_audit_log l",
      columns: `${COLUMNS}, ${HORIZON}::text as horizon`,
      order: "l.tx desc, l.seq desc",
      near: onEntry,
      ...(byKey !== null && { stretch: (most: string) => newestOf(byKey, onEntry, most) }),
      far: looksUp ? isAbout(onRequest) : isAboutGathered(onRequest),
      owners: `select r.id from approval_requests r where ${allOf(onRequest)}`,
      // Reads each request by the index of its entries. OFFSET prevents the planner from reading the whole log instead,
      // which it would choose for the number of requests that it expects.
      fitting: `select l.id, l.tx, l.seq
                  from owners r
                 cross join lateral (select * from approval_audit_log e where e.approval_request_id = r.id offset 0) l
                 where ${allOf(onEntry)}`,
    };
  };
  const page = await findPage<ApprovalAuditLog & { horizon: string }>(db, describe, first, ATTEMPTS);
  return { ...page, horizon: page.items[0]?.horizon ?? "0" };
}

/** The current position of the log: the horizon, and the rows at or after it that already exist. */
export async function logPresent(db: Queryable): Promise<{ horizon: string; seen: string[] }> {
  const { rows } = await db.query<{ horizon: string; seen: string[] }>(
    `select ${HORIZON}::text as horizon,
            array(select l.seq::text from approval_audit_log l where l.tx >= ${HORIZON}) as seen`,
  );
  return rows[0] as { horizon: string; seen: string[] };
}

/**
 * Reads the next rows of the log, and in the same snapshot whether rows are held back.
 * @param after the last position that was read
 * @returns rows in order; `heldBack` if rows wait for a transaction that is still running; `readTo`, the position up to
 *   which everything was read, where the next call continues
 */
export async function readLog(
  db: Queryable,
  viewer: Viewer,
  filter: AuditFilter,
  after: EventPosition,
  limit: number,
): Promise<{ rows: ApprovalAuditLog[]; heldBack: boolean; readTo: EventPosition }> {
  const parameters = new Parameters();
  const { onEntry, onRequest } = conditionsOf(viewer, filter, parameters, "walk");
  const conditions = [...onEntry, ...isAbout(onRequest)];
  const start = `(${parameters.add(after.tx)}::xid8, ${parameters.add(after.seq)}::bigint)`;
  conditions.push(`(l.tx, l.seq) > ${start}`, `l.tx < ${HORIZON}`);
  const found = await db.query<ApprovalAuditLog & { heldBack: boolean; horizon: string }>(
    `select present.*, stretch.*
       from (select exists (select from approval_audit_log h where h.tx >= ${HORIZON}) as "heldBack",
                    ${HORIZON}::text as horizon) present
       left join lateral (select ${COLUMNS}, l.tx, l.seq from approval_audit_log l where ${allOf(conditions)}
                           order by l.tx, l.seq limit ${parameters.add(limit)}) stretch on true
      order by stretch.tx, stretch.seq`,
    parameters.values,
  );
  const { heldBack = false, horizon = after.tx } = found.rows[0] ?? {};
  const rows = found.rows.filter((row) => row.id !== null);
  const last = rows.at(-1);
  const complete = BigInt(horizon) > BigInt(after.tx) ? { tx: horizon, seq: "0" } : after;
  return { rows, heldBack, readTo: last !== undefined && rows.length === limit ? last.position : complete };
}

/** The entries with these ids, in no order. */
export async function auditById(db: Queryable, ids: readonly string[]): Promise<ApprovalAuditLog[]> {
  const { rows } = await db.query<ApprovalAuditLog>(
    `select ${COLUMNS} from approval_audit_log l where l.id = any ($1::uuid[])`,
    [ids],
  );
  return rows;
}

/** Comment and metadata of these entries, in no order. */
export async function auditTexts(
  db: Queryable,
  ids: readonly string[],
): Promise<Pick<ApprovalAuditLog, "id" | "comment" | "metadata">[]> {
  const { rows } = await db.query<Pick<ApprovalAuditLog, "id" | "comment" | "metadata">>(
    "select l.id, l.comment, l.metadata from approval_audit_log l where l.id = any ($1::uuid[])",
    [ids],
  );
  return rows;
}

/** By how many seconds the stream is behind the newest row of the log; 0 if no rows are held back. */
export async function logLagSeconds(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ lag: number }>(
    `select coalesce(extract(epoch from clock_timestamp() - min(l.created_at)), 0)::float8 as lag
       from approval_audit_log l where l.tx >= ${HORIZON}`,
  );
  return rows[0]?.lag ?? 0;
}

/** Whether one of these rows exists in the log. */
export async function isLogged(db: Queryable, ids: readonly string[]): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    "select exists (select from approval_audit_log where id = any($1::uuid[])) as found",
    [ids],
  );
  return rows[0]?.found === true;
}
