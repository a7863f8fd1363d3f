/**
 * Reads the audit log as chains: rows and heads in the order of their requests. It uses cursors, so a log of any size takes
 * the memory of one batch.
 */

import type pg from "pg";
import type {
  ApprovalAction,
  ApprovalAuditLog,
  ApprovalRequest,
  ApprovalStatus,
  Decision,
} from "../../model/approvals.ts";
import { type LockedRequest, REQUEST_COLUMNS } from "./requests.ts";

/** An audit row with its position in the chain of its request. Hashes are lower-case hexadecimal. */
export interface ChainedRow extends Omit<ApprovalAuditLog, "position" | "createdAt"> {
  /** From 1 within the request. Null, like the hash, if the API did not write the row. */
  position: number | null;
  previousHash: string | null;
  hash: string | null;
  /** Digest of email, IP address and user agent with the salt; null if the row never had any of them. */
  personalDigest: string | null;
  /** Erased together with the personal fields. */
  personalSalt: string | null;
  /** RFC 3339 in UTC, to the millisecond. */
  createdAt: string;
}

/** A decision as stored in its row. */
export interface StoredDecision {
  approver: string;
  decision: Decision;
  /** The comment or the reason, as in the log. */
  comment: string | null;
  /** RFC 3339 in UTC, to the millisecond. */
  decidedAt: string;
}

/** The row of a request and the rows of its decisions. */
export interface StoredRequest {
  request: ApprovalRequest;
  decisions: StoredDecision[];
}

/** The length and head of a chain, as its request stores them. */
export interface StoredChain {
  requestId: string;
  status: ApprovalStatus;
  length: number;
  head: string | null;
  /** The rows that are compared with the chain as well. */
  content: StoredRequest;
}

/** A half-open period of `created_at`. Null is an open side. */
export interface Period {
  from: Date | null;
  to: Date | null;
}

export type Session = Pick<pg.ClientBase, "query">;

const ROWS_AT_A_TIME = 500;
/** Fewer rows, because each may have several megabytes. */
const REQUESTS_AT_A_TIME = 20;

// Times as text, because a tampered row may have an invalid time. JSON as text, because its numbers may exceed a
// double.
const ROWS = `
  select l.id, l.approval_request_id as "approvalRequestId", l.chain_position as position, l.action,
         l.user_id as "userId", l.user_email as "userEmail", l.ip_address as "ipAddress", l.user_agent as "userAgent",
         l.old_status as "oldStatus", l.new_status as "newStatus", l.comment, l.metadata::text as metadata,
         to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
         encode(l.previous_hash, 'hex') as "previousHash", encode(l.hash, 'hex') as hash,
         encode(l.personal_digest, 'hex') as "personalDigest", l.personal_salt as "personalSalt"
    from approval_audit_log l
   where ($1::timestamptz is null or l.created_at >= $1) and ($2::timestamptz is null or l.created_at < $2)
   order by l.approval_request_id, l.tx, l.seq`;

const IN_UTC = `at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const HEADS = `
  select r.audit_length as "auditLength", encode(r.audit_head, 'hex') as "auditHead",
         (select coalesce(json_agg(json_build_object('approver', d.approver, 'decision', d.decision,
                   'comment', coalesce(d.comment, d.reason), 'decidedAt', to_char(d.decided_at ${IN_UTC}))), '[]')
            from approval_decisions d where d.approval_request_id = r.id) as decisions, ${REQUEST_COLUMNS}
    from approval_requests r order by r.id`;

/** Begins the read-only transaction that the readers below share, so that all see the same snapshot. */
export async function beginSnapshot(session: Session): Promise<void> {
  await session.query("begin transaction isolation level repeatable read, read only");
  await session.query(
    "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local jit = off",
  );
}

async function* follow<Row extends pg.QueryResultRow>(
  session: Session,
  { name, sql, values, atATime }: { name: string; sql: string; values: unknown[]; atATime: number },
) {
  await session.query({ text: `declare ${name} no scroll cursor for ${sql}`, values });
  for (;;) {
    const { rows } = await session.query<Row>(`fetch ${atATime} from ${name}`);
    yield* rows;
    if (rows.length < atATime) return;
  }
}

/** The stored chains of all requests, by id. */
export async function* storedChains(session: Session): AsyncGenerator<StoredChain> {
  const heads = { name: "heads", sql: HEADS, values: [], atATime: REQUESTS_AT_A_TIME };
  for await (const row of follow<LockedRequest & Pick<StoredRequest, "decisions">>(session, heads)) {
    const { auditLength: length, auditHead: head, decisions, ...request } = row;
    // The driver returns int8 as text.
    const timeoutMs = Number(request.timeoutMs);
    const remindBeforeMs = request.remindBeforeMs === null ? null : Number(request.remindBeforeMs);
    const content = { request: { ...request, timeoutMs, remindBeforeMs }, decisions };
    yield { requestId: request.id, status: request.status, length, head, content };
  }
}

/**
 * Reads audit rows in the order of their requests and, within a request, of the log.
 * @param parse parses the metadata
 */
export async function* chainedRows(
  session: Session,
  period: Period,
  parse: (json: string) => unknown,
): AsyncGenerator<ChainedRow> {
  const rows = follow<Omit<ChainedRow, "metadata"> & { metadata: string; action: ApprovalAction }>(session, {
    name: "rows",
    sql: ROWS,
    values: [period.from, period.to],
    atATime: ROWS_AT_A_TIME,
  });
  for await (const row of rows) yield { ...row, metadata: parse(row.metadata) as ChainedRow["metadata"] };
}
