/** Rows of `approval_requests`: read by id or key, locked for a command, and found when due. */

import type { ApprovalRequest, Holdings, RequestContent, RequestHead } from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";

/** The columns of a request. The aliases are the model's names. */
const SHORT_COLUMNS = `
  r.id, r.version, r.workflow_id as "workflowId", r.job_id as "jobId", r.execution_id as "executionId",
  r.approval_type as "approvalType", r.title, r.status,
  r.requested_by as "requestedBy", r.created_by as "createdBy", r.allow_self_approval as "allowSelfApproval",
  r.decided_by as "decidedBy", r.decision, r.decision_source as "decisionSource", r.comment,
  r.decided_at as "decidedAt", r.timeout_ms as "timeoutMs", r.expires_at as "expiresAt",
  r.timeout_action as "timeoutAction", r.notify_users as "notifyUsers", r.notify_channels as "notifyChannels",
  r.notify_roles as "notifyRoles", r.require_min_approvers as "requireMinApprovers",
  r.allowed_approvers as "allowedApprovers", r.approvers, r.voters, r.require_all_approvers as "requireAllApprovers",
  r.approvals_required as "approvalsRequired",
  r.escalate_to_users as "escalateToUsers", r.escalation_level as "escalationLevel",
  r.callback_url as "callbackUrl", r.remind_before_ms as "remindBeforeMs", r.remind_at as "remindAt",
  r.input_digest as "inputDigest", r.context_digest as "contextDigest",
  r.created_at as "createdAt", r.updated_at as "updatedAt"`;

/** A whole request. */
export const REQUEST_COLUMNS = `${SHORT_COLUMNS},
  r.description, r.context, r.metadata, r.config, r.results, r.auto_approve_conditions as "autoApproveConditions"`;

/** Most bytes of a value that is read with its row. */
export const SHORT = 8_192;
const CONTENT_BYTES =
  "coalesce(r.content_bytes, octet_length(r.context::text) + octet_length(r.metadata::text) + " +
  "coalesce(octet_length(r.description), 0))";
const CONDITIONS_BYTES = "octet_length(r.auto_approve_conditions::text)";

/** A request's head. */
export const HEAD_COLUMNS = `${SHORT_COLUMNS},
  ${CONTENT_BYTES} as "contentBytes",
  case when ${CONTENT_BYTES} <= ${SHORT}
       then json_build_object('description', r.description, 'context', r.context, 'metadata', r.metadata) end as content,
  ${CONDITIONS_BYTES} as "conditionsBytes",
  case when ${CONDITIONS_BYTES} <= ${SHORT} then r.auto_approve_conditions end as conditions,
  left((r.metadata -> 'risk')::text, 2000) as risk`;

/** The statuses of an open request as SQL, written like the partial indexes so that the planner uses them. */
export const IS_OPEN = `r.status in ('PENDING', 'ESCALATED')`;

// Named queries stay prepared on their connection, because planning these takes longer than running them.
const rows = async <Row extends object = ApprovalRequest>(
  db: Queryable,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row[]> => (await db.query<Row>({ name, text, values })).rows;

const DATES = ["decidedAt", "expiresAt", "remindAt", "createdAt", "updatedAt"] as const;
type Dates = Record<(typeof DATES)[number], Date | null>;

/**
 * The columns as one JSON value for each row. For a few rows this is faster, because the driver is slow with many columns.
 * For many rows it is slower, because the database is slow with JSON.
 */
async function jsonRows<Row extends Dates>(
  db: Queryable,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const found = await rows<{ row: Row }>(db, name, `select to_json(q) as row from (${text}) q`, values);
  return found.map(({ row }) => {
    const dates: Dates = row;
    for (const name of DATES) dates[name] = dates[name] && new Date(dates[name]);
    return row;
  });
}

// A subquery hides the number of ids. Otherwise a plan for the few ids of one call looks cheaper than a generic one,
// and
// PostgreSQL would plan again for each call, which takes longer than the query.
const HAS_ID = "r.id = any ((select $1::uuid[])::uuid[])";

/** The requests with these ids, in no order. Ids must be well-formed. */
export const requestsById = (db: Queryable, ids: readonly string[]) =>
  rows(db, "requests-by-id", `select ${REQUEST_COLUMNS} from approval_requests r where ${HAS_ID}`, [ids]);

const HEADS = `select ${HEAD_COLUMNS} from approval_requests r where ${HAS_ID}`;

/** The heads of the requests with these ids, in no order. */
export const requestHeadsById = (db: Queryable, ids: readonly string[]) =>
  ids.length === 1
    ? jsonRows<RequestHead>(db, "request-head-by-id", HEADS, [ids])
    : rows<RequestHead>(db, "request-heads-by-id", HEADS, [ids]);

/** The long fields of these requests, in no order. */
export const requestContents = (db: Queryable, ids: readonly string[]) =>
  rows<RequestContent & { id: string }>(
    db,
    "request-contents",
    `select r.id, r.description, r.context, r.metadata from approval_requests r where ${HAS_ID}`,
    [ids],
  );

/** The conditions of these requests, in no order. */
export const requestConditions = (db: Queryable, ids: readonly string[]) =>
  rows<Pick<ApprovalRequest, "id" | "autoApproveConditions">>(
    db,
    "request-conditions",
    `select r.id, r.auto_approve_conditions as "autoApproveConditions" from approval_requests r where ${HAS_ID}`,
    [ids],
  );

/** A locked request, with the length and head of its chain in the audit log. */
export interface LockedRequest extends ApprovalRequest {
  auditLength: number;
  /** Lower-case hexadecimal; null while the chain is empty. */
  auditHead: string | null;
  holdings: Holdings | null;
}

// A request with few audit rows, or without votes, has little data, so most commands do not have to count it.
const HOLDINGS = `case when r.audit_length > 2 or cardinality(r.approvers) > 0 then
    (select json_build_object('comments', count(*), 'commentBytes', coalesce(sum(octet_length(c.body)), 0),
              'decisionBytes', (select coalesce(sum(octet_length(concat(d.comment, d.reason))), 0)
                                  from approval_decisions d where d.approval_request_id = r.id))
       from approval_comments c where c.approval_request_id = r.id) end`;
const LOCKED_COLUMNS = `${REQUEST_COLUMNS}, r.audit_length as "auditLength",
  encode(r.audit_head, 'hex') as "auditHead", ${HOLDINGS} as holdings`;

/**
 * Locks and reads requests.
 * @param which the SQL after `from`, with the locking clause
 */
const lockedRows = (db: Queryable, name: string, which: string, values: unknown[]) =>
  jsonRows<LockedRequest>(db, name, `select ${LOCKED_COLUMNS} from approval_requests r ${which}`, values);

/** The requests with these ids, locked in the order of their ids until the transaction ends. */
export const lockRequests = (db: Queryable, ids: readonly string[]) =>
  lockedRows(db, "lock-requests", `where ${HAS_ID} order by r.id for no key update`, [ids]);

/** Those of them that no other transaction has locked. */
export const lockFreeRequests = (db: Queryable, ids: readonly string[]) =>
  lockedRows(db, "lock-free-requests", `where ${HAS_ID} order by r.id for no key update skip locked`, [ids]);

/** Which of these ids exist. */
export async function idsInUse(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const text = `select r.id from approval_requests r where ${HAS_ID}`;
  const { rows: found } = await db.query<{ id: string }>({ name: "ids-in-use", text, values: [ids] });
  return new Set(found.map(({ id }) => id));
}

/**
 * Locks open requests that have expired. Requests that another process has locked are skipped. The clock is read once, in a
 * subquery, because a volatile function cannot be an index condition, and all open requests would be read.
 */
export const lockDueRequests = (db: Queryable, limit: number) =>
  lockedRows(
    db,
    "lock-due-requests",
    `where ${IS_OPEN} and r.expires_at <= (select clock_timestamp())
      order by r.expires_at, r.id limit $1 for no key update skip locked`,
    [limit],
  );

/** Locks open requests whose reminder is due, in the same way. */
export const lockDueReminders = (db: Queryable, limit: number) =>
  lockedRows(
    db,
    "lock-due-reminders",
    `where ${IS_OPEN} and r.remind_at <= (select clock_timestamp())
      order by r.remind_at, r.id limit $1 for no key update skip locked`,
    [limit],
  );

/** The key of a request within its creator's requests. */
export type RequestKey = Pick<ApprovalRequest, "createdBy" | "workflowId" | "jobId" | "executionId">;

const KEY = ["created_by", "workflow_id", "job_id", "execution_id"] as const;
/** Most bytes of a key in its unique index. Another index has the digests of longer keys. */
const MAX_PLAIN_KEY_BYTES = 2_600;
const KEY_BYTES = KEY.map((column) => `octet_length(r.${column})`).join(" + ");
const IS_KEY = KEY.map((column, index) => `r.${column} = $${index + 1}`).join(" and ");
const IS_DIGEST = KEY.map((column, index) => `md5(r.${column}) = md5($${index + 1})`).join(" and ");

/** The request with this key. */
export async function requestByKey(db: Queryable, key: RequestKey): Promise<ApprovalRequest | undefined> {
  const values = [key.createdBy, key.workflowId, key.jobId, key.executionId];
  const isLong = values.reduce((bytes, value) => bytes + Buffer.byteLength(value), 0) > MAX_PLAIN_KEY_BYTES;
  // The predicate of one of the two indexes, without which the planner cannot use it.
  const where = isLong
    ? `${IS_KEY} and ${IS_DIGEST} and ${KEY_BYTES} > ${MAX_PLAIN_KEY_BYTES}`
    : `${IS_KEY} and ${KEY_BYTES} <= ${MAX_PLAIN_KEY_BYTES}`;
  const text = `select ${REQUEST_COLUMNS} from approval_requests r where ${where}`;
  return (await rows(db, isLong ? "request-by-long-key" : "request-by-key", text, values))[0];
}

/**
 * The time of the database's clock, and the milliseconds until a request is due: the earliest expiry of an open request, or
 * the earliest reminder (null for none).
 */
export async function nextDue(db: Queryable): Promise<{ now: Date; delayMs: number | null }> {
  const { rows: found } = await db.query(
    `select clock_timestamp() as now,
            (extract(epoch from least(
               (select r.expires_at from approval_requests r where ${IS_OPEN} order by r.expires_at limit 1),
               (select r.remind_at from approval_requests r where ${IS_OPEN} and r.remind_at is not null
                 order by r.remind_at limit 1)) - clock_timestamp()) * 1000)::float8 as "delayMs"`,
  );
  return found[0];
}

/** The time of the database's clock. */
export async function databaseNow(db: Queryable): Promise<Date> {
  const { rows: found } = await db.query<{ now: Date }>({
    name: "database-now",
    text: "select clock_timestamp() as now",
  });
  return (found[0] as { now: Date }).now;
}

/** The time of the database's clock in a transaction, and the transaction's number. */
export interface Moment {
  now: Date;
  transactionId: string;
}

/** Reads the time of the database's clock, and the number of the current transaction. */
export async function transactionNow(db: Queryable): Promise<Moment> {
  const { rows: found } = await db.query<Moment>({
    name: "transaction-now",
    text: 'select clock_timestamp() as now, pg_current_xact_id()::text as "transactionId"',
  });
  return found[0] as Moment;
}

/** The transaction number does not exist: the database crashed before it stored that the number was used. */
const IN_THE_FUTURE = "22023";

/** The outcome of a transaction; null if the database no longer knows it. */
export async function transactionStatus(
  db: Queryable,
  transactionId: string,
): Promise<"committed" | "aborted" | "in progress" | null> {
  try {
    const { rows: found } = await db.query({
      name: "transaction-status",
      text: "select pg_xact_status($1::xid8) as status",
      values: [transactionId],
    });
    return found[0]?.status ?? null;
  } catch (error) {
    if ((error as { code?: unknown }).code === IN_THE_FUTURE) return "aborted";
    throw error;
  }
}
