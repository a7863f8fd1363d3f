/** Creates rows for measurements with SQL. */

import type { Pool } from "../../src/db/pool.ts";
import { contextDigestOf } from "../../src/model/json.ts";

const TITLE = "Deploy 1.4.0 of the shop to production?";
const DESCRIPTION = "Built from main, all tests passed; goes to all three regions at once.";
const CONTEXT = {
  version: "1.4.0",
  commit: "9f2c1e7a55d0b3c84e6f",
  artifact: { name: "shop-1.4.0.tgz", bytes: 1_284_331, sha256: "5f1c".repeat(16) },
  tests: { passed: 1_204, failed: 0 },
};
const DIGEST = contextDigestOf({ title: TITLE, description: DESCRIPTION, context: CONTEXT, metadata: {} });

// As the API writes them: the same columns filled, ids that grow, and an audit row for each.
const INSERT = `
with made as (
  insert into approval_requests (id, workflow_id, job_id, execution_id, title, description, context, requested_by,
    created_by, timeout_ms, expires_at, notify_users, input_digest, requested_by_key, created_by_key,
    context_digest, content_bytes)
  select uuidv7(), 'release', 'approval', gen_random_uuid()::text, $5, $6, $2::text::json, 'ann', 'orchestrator',
         3600000, case when $3::timestamptz is null then now() + interval '1 hour'
                       else $3::timestamptz + n * $4::float8 * interval '1 millisecond' end,
         '{bob}', encode(sha256(n::text::bytea), 'hex'), 'ann', 'orchestrator', $7,
         octet_length($2::text) + octet_length('{}') + octet_length($6)
    from generate_series(0, $1::integer - 1) as n
  returning id
), logged as (
  insert into approval_audit_log (approval_request_id, action, user_id, new_status)
  select id, 'CREATED', 'orchestrator', 'PENDING' from made
)
select id from made order by id`;

/**
 * Makes open requests that ask bob, and returns their ids.
 * @param expiry when the first expires and how many ms later each next one; by default all in an hour
 */
export async function insertRequests(
  pool: Pool,
  count: number,
  expiry?: { from: Date; stepMs: number },
): Promise<string[]> {
  const values = [
    count,
    JSON.stringify(CONTEXT),
    expiry?.from ?? null,
    expiry?.stepMs ?? 0,
    TITLE,
    DESCRIPTION,
    DIGEST,
  ];
  const { rows } = await pool.query<{ id: string }>(INSERT, values);
  return rows.map(({ id }) => id);
}

/** Vacuums the tables, so that autovacuum does not run during a round. */
export const settle = (pool: Pool) =>
  pool.query("vacuum analyze approval_requests, approval_audit_log, approval_decisions");

/** The leanest way to decide a request with SQL: one statement, one transaction, both rows, the triggers' NOTIFY. */
export const RAW_DECISION = {
  name: "raw-decision",
  text: `
with decided as (
  update approval_requests
     set status = 'APPROVED', approvers = approvers || $2::text, decided_by = $2, decision = 'APPROVE',
         decision_source = 'APPROVER', decided_at = clock_timestamp()
   where id = $1
  returning id
)
insert into approval_audit_log (approval_request_id, action, user_id, old_status, new_status)
select id, 'APPROVED', $2, 'PENDING', 'APPROVED' from decided`,
};
