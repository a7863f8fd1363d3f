/** Inserts requests as they are after some years: mostly final ones, some open, of many people and workflows. */

import pg from "pg";
import type { PoolOptions } from "../../../src/db/pool.ts";
import { MANY_REQUESTS } from "../global-setup.ts";
import { createTestDatabase, sharedTemplate, type TestDatabase } from "./database.ts";

/** The number of requests in the shared database. */
const MANY = 100_000;

/** The number of people. Each request names some of them. */
export const PEOPLE = 500;

// Row n is the n-th minute before now, and person number p stands in it. One in a hundred is open, none of them due.
const FILL = `
insert into approval_requests (workflow_id, job_id, execution_id, title, description, context, status, requested_by,
  created_by, decided_by, decision, decision_source, decided_at, timeout_ms, expires_at, notify_users, notify_roles,
  allowed_approvers, approvers, voters, escalate_to_users, escalation_level, created_at, updated_at)
select 'workflow-' || n % 200, 'approval', 'run-' || n,
       (array['Deploy', 'Roll back', 'Migrate', 'Restart'])[n % 4 + 1] || ' release ' || n || ' of service ' || n % 97,
       'Ticket ' || n % 5000 || ': ' || (array['checked by QA', 'urgent fix', 'planned change'])[n % 3 + 1],
       jsonb_build_object('size', n, 'digest', md5(n::text)),
       status, 'user-' || p, case when n % 2 = 0 then 'orchestrator' else 'user-' || p end,
       case when final and status <> 'TIMEOUT' then 'user-' || (p + 1) % ${PEOPLE} end,
       case status when 'APPROVED' then 'APPROVE' when 'REJECTED' then 'REJECT' end,
       case status when 'APPROVED' then 'APPROVER' when 'REJECTED' then 'APPROVER' when 'TIMEOUT' then 'TIMEOUT'
                   when 'CANCELLED' then 'CANCELLATION' end,
       case when final then made + interval '20 minutes' end,
       3600000, case when final then made + interval '1 hour' else now() + (n % 4999 + 5) * interval '1 minute' end,
       array['user-' || (p + 1) % ${PEOPLE}, 'user-' || (p + 2) % ${PEOPLE}],
       case when n % 3 = 0 then array['role-' || p % 40] else '{}' end,
       case when n % 5 = 0 then array['user-' || (p + 3) % ${PEOPLE}] else '{}' end,
       case when status = 'APPROVED' then array['user-' || (p + 1) % ${PEOPLE}] else '{}' end,
       case when status in ('APPROVED', 'REJECTED') then array['user-' || (p + 1) % ${PEOPLE}] else '{}' end,
       array['user-' || (p + 4) % ${PEOPLE}], case when status = 'ESCALATED' then 1 else 0 end, made, made
  from generate_series(1, $1::int) n,
       lateral (select now() - n * interval '1 minute' as made, n / 3 % ${PEOPLE} as p, n % 100 <> 0 as final,
                       case when n % 100 = 0 then case when n % 1000 = 0 then 'ESCALATED' else 'PENDING' end
                            when n % 100 < 80 then 'APPROVED' when n % 100 < 90 then 'REJECTED'
                            when n % 100 < 97 then 'TIMEOUT' else 'CANCELLED' end as status) drawn`;

const DECIDE = `
insert into approval_decisions (approval_request_id, approver, decision, decided_at)
select id, decided_by, decision, decided_at from approval_requests where decision_source = 'APPROVER'`;

const LOG = `
insert into approval_audit_log (approval_request_id, action, user_id, old_status, new_status, created_at)
select id, 'CREATED', requested_by, null, 'PENDING', created_at from approval_requests`;

const SEARCHED = `
insert into approval_request_texts (request_id, text)
select id, countersign_search_text(title || ' ' || description) from approval_requests`;

/** Fills the empty tables of a database with so many requests, without triggers; the planner knows their statistics. */
export async function fillRequests(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("set session_replication_role = replica; set maintenance_work_mem = '256MB'");
    // Building an index over the rows is many times faster than filling it row by row.
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
        where tablename in ('approval_requests', 'approval_audit_log', 'approval_request_texts') and indexdef not like 'CREATE UNIQUE%'`,
    );
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    await client.query(FILL, [count]);
    await client.query(DECIDE);
    await client.query(LOG);
    await client.query(SEARCHED);
    for (const { definition } of indexes) await client.query(definition);
    await client.query(
      "vacuum analyze approval_requests, approval_decisions, approval_audit_log, approval_request_texts",
    );
  } finally {
    await client.end();
  }
}

/** A database of 100,000 requests: a copy of one that the first file to ask for it fills, and all of a run share. */
export const createDatabaseOfManyRequests = async (options: PoolOptions): Promise<TestDatabase> =>
  createTestDatabase({ ...options, template: await sharedTemplate(MANY_REQUESTS, (url) => fillRequests(url, MANY)) });
