/**
 * The audit log as chains: rows and heads, in the order of their requests, read through cursors so that a log of any
 * size takes the memory of one batch.
 */

import type pg from "pg";
import type { ApprovalAction, ApprovalAuditLog, ApprovalStatus } from "../../approvals/model.ts";

/** One audit row with its place in its request's chain. Hashes are lower-case hexadecimal. */
export interface ChainedRow extends Omit<ApprovalAuditLog, "position" | "createdAt"> {
  /** From 1 within the request; null, like the hash, in a row that was not written by the API. */
  position: number | null;
  previousHash: string | null;
  hash: string | null;
  /** Digest of the e-mail, IP address and user agent together with the salt; null where there never were any. */
  personalDigest: string | null;
  /** Goes with the personal fields when they are erased. */
  personalSalt: string | null;
  /** RFC 3339 in UTC, to the millisecond. */
  createdAt: string;
}

/** What a request holds of its chain. */
export interface HeldChain {
  requestId: string;
  status: ApprovalStatus;
  length: number;
  head: string | null;
}

/** A half-open period of `created_at`; null leaves a side open. */
export interface Period {
  from: Date | null;
  to: Date | null;
}

export type Session = Pick<pg.ClientBase, "query">;

const BATCH = 500;

// Times as text: what a tampered row holds need not be an instant. JSON as text: it may hold what no double does.
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

const HEADS = `
  select r.id as "requestId", r.status, r.audit_length as length, encode(r.audit_head, 'hex') as head
    from approval_requests r order by r.id`;

/** Begins the read-only transaction that the readers below share, so that all of them see the same instant. */
export async function beginSnapshot(session: Session): Promise<void> {
  await session.query("begin transaction isolation level repeatable read, read only");
  await session.query(
    "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local jit = off",
  );
}

async function* follow<Row extends pg.QueryResultRow>(session: Session, name: string, sql: string, values: unknown[]) {
  await session.query({ text: `declare ${name} no scroll cursor for ${sql}`, values });
  for (;;) {
    const { rows } = await session.query<Row>(`fetch ${BATCH} from ${name}`);
    yield* rows;
    if (rows.length < BATCH) return;
  }
}

/** What every request holds, by id. */
export const heldChains = (session: Session): AsyncGenerator<HeldChain> =>
  follow<HeldChain>(session, "heads", HEADS, []);

/**
 * Audit rows in the order of their requests and, within one, of the log.
 * @param parse reads the metadata
 */
export async function* chainedRows(
  session: Session,
  period: Period,
  parse: (json: string) => unknown,
): AsyncGenerator<ChainedRow> {
  const rows = follow<Omit<ChainedRow, "metadata"> & { metadata: string; action: ApprovalAction }>(
    session,
    "rows",
    ROWS,
    [period.from, period.to],
  );
  for await (const row of rows) yield { ...row, metadata: parse(row.metadata) as ChainedRow["metadata"] };
}
