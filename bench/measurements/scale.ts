/** Measures the cost of reads from large tables. */

import { type Api, type Database, startApi, startDatabase, tokenFor } from "../../test/support/stage/stage.ts";
import { keepAliveAgent, post } from "../support/client.ts";
import { median, ms, seconds, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";

const FEW = 1_000;
const MANY = 1_000_000;

/*
 * 100 people, 20 roles; one request in a hundred is open, the others were decided over the last two years. A
 * small table and a large one also have the same rows: 40 open requests to pat, 200 that pat decided, and 30 about an
 * aqueduct. So the measured queries have the same answer in both, and only the other rows differ.
 */
const FILL = `
with drawn as (
  select n, hashint4(n) & 2147483647 as one, hashint4(-n) & 2147483647 as other,
         clock_timestamp() - interval '730 days' * (n / $1::float8) as made
    from generate_series(1, $1::integer) as n
), cast_of as (
  select n, made, other, n <= 270 as ours,
         n <= 40 or (n > 270 and one % 100 = 0) as open,
         case when n <= 270 then 'pat' else 'person-' || 1 + one / 100 % 100 end as approver,
         'person-' || 1 + one / 10000 % 100 as requester,
         case when n between 241 and 270 then 'Open the aqueduct ' else 'Deploy ' end || n as title
    from drawn
), made as (
  insert into approval_requests (id, workflow_id, job_id, execution_id, title, description, context, status,
    requested_by, created_by, decided_by, decision, decision_source, decided_at, timeout_ms, expires_at, notify_users,
    notify_roles, approvers, voters, created_at, updated_at)
  select uuidv7(make_interval(secs => -extract(epoch from clock_timestamp() - made))),
         'workflow-' || other % 50, 'approval', 'execution-' || n, title, 'Built from main by runner ' || md5(n::text),
         jsonb_build_object('version', n, 'commit', md5(n::text)),
         case when open then 'PENDING' when other % 10 = 1 then 'REJECTED' else 'APPROVED' end,
         requester, 'orchestrator', case when not open then approver end,
         case when open then null when other % 10 = 1 then 'REJECT' else 'APPROVE' end,
         case when not open then 'APPROVER' end, case when not open then made + interval '20 minutes' end, 3600000,
         case when open then clock_timestamp() + interval '1 day' + other % 86400 * interval '1 second'
              else made + interval '1 hour' end,
         array[approver, 'person-' || 1 + other / 50 % 100],
         case when ours then '{}' else array['role-' || other / 5000 % 20] end,
         case when open or other % 10 = 1 then '{}' else array[approver] end,
         case when open then '{}' else array[approver] end, made, made
    from cast_of
  returning id, status, decision, decided_by, decided_at, created_at, title, description
), searched as (
  insert into approval_request_texts (request_id, text)
  select id, countersign_search_text(title || ' ' || description) from made
), decided as (
  insert into approval_decisions (approval_request_id, approver, decision, decided_at)
  select id, decided_by, decision, decided_at from made where decision is not null
)
insert into approval_audit_log (approval_request_id, action, user_id, new_status, created_at)
select id, coalesce(nullif(status, 'PENDING'), 'CREATED'), decided_by, status, created_at from made`;

/** Inserts rows before it creates indexes and foreign keys, which takes a tenth of the time. */
async function fill({ pool }: Database, count: number): Promise<void> {
  const client = await pool.connect();
  try {
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
        where indrelid = any ('{approval_requests,approval_request_texts,approval_decisions,approval_audit_log}'::regclass[])
          and not exists (select from pg_constraint where conindid = indexrelid)`,
    );
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    await client.query("set session_replication_role = replica");
    await client.query("set maintenance_work_mem = '512MB'");
    await client.query(FILL, [count]);
    for (const { definition } of indexes) await client.query(definition);
    await client.query("vacuum analyze");
    await client.query("checkpoint");
  } finally {
    client.release(true);
  }
}

const LIST = `query ($filter: ApprovalRequestFilter) { approvalRequests(first: 20, filter: $filter) {
  totalCount totalCountIsCapped edges { cursor node { id title status expiresAt } } pageInfo { hasNextPage endCursor } } }`;
const LOG = `query ($filter: AuditLogFilter) { approvalAuditLog(first: 20, filter: $filter) {
  edges { cursor node { id action userId createdAt } } pageInfo { hasNextPage endCursor } } }`;
const NAMES = `query { approvalStatisticsByWorkflow(first: 100) { workflowId }
  approvalStatisticsByApprover(first: 100) { approver } }`;
const FIGURES = "total approved rejected medianDecisionTimeMs p95DecisionTimeMs";
/** The statistics of a year by weeks, as the page asks for them. */
const yearOf = (from: string) => `query {
  approvalStatistics(from: "${from}") { ${FIGURES} }
  approvalStatisticsOverTime(from: "${from}", interval: WEEK) { start statistics { ${FIGURES} } }
  approvalStatisticsByWorkflow(from: "${from}") { workflowId statistics { ${FIGURES} } }
  approvalStatisticsByApprover(from: "${from}") { approver ${FIGURES} } }`;
const YEAR = yearOf(new Date(Date.now() - 365 * 86_400_000).toISOString());
const INBOX = `query { pendingApprovals(first: 20) {
  totalCount edges { node { id title workflowId requestedBy expiresAt isUrgent canApprove } }
  pageInfo { hasNextPage endCursor } } }`;
const SUMMARY = `query { userApprovalSummary {
  pendingCount urgentCount expiringCount approvedCount rejectedCount } }`;

interface Question {
  what: string;
  user: "pat" | "admin" | "person-1";
  query: string;
  filter?: object;
  /** The answer is larger in the larger table, so there is no bar. */
  grows?: boolean;
}

const QUESTIONS: Question[] = [
  { what: "inbox", user: "pat", query: INBOX },
  { what: "list, of what one person may see", user: "pat", query: LIST },
  { what: "list, of everything, for an admin", user: "admin", query: LIST, grows: true },
  { what: "list of one person's decisions", user: "admin", query: LIST, filter: { decidedBy: "pat" } },
  { what: "search for a word that 30 hold", user: "admin", query: LIST, filter: { search: "aqueduct" } },
  { what: "search, of what one person may see", user: "pat", query: LIST, filter: { search: "aqueduct" } },
  { what: "search for a word that none holds", user: "admin", query: LIST, filter: { search: "xyzzy" } },
  { what: "search for one letter that none holds", user: "admin", query: LIST, filter: { search: "ß" } },
  { what: "search for two letters that none holds", user: "admin", query: LIST, filter: { search: "zq" } },
  { what: "search for two letters, of what one person may see", user: "pat", query: LIST, filter: { search: "zq" } },
  { what: "search for two Chinese characters", user: "admin", query: LIST, filter: { search: "承認" } },
  { what: "search for three Chinese characters", user: "admin", query: LIST, filter: { search: "承認者" } },
  { what: "summary", user: "pat", query: SUMMARY },
  { what: "audit log", user: "admin", query: LOG },
  { what: "audit log of one person's actions", user: "admin", query: LOG, filter: { userId: "pat" } },
  { what: "audit log of rejections", user: "admin", query: LOG, filter: { actions: ["REJECTED"] } },
  { what: "audit log, of what one person may see", user: "pat", query: LOG },
  {
    what: "audit log of one person's actions, of what they may see",
    user: "pat",
    query: LOG,
    filter: { userId: "pat" },
  },
  {
    what: "audit log of creations, of what one person may see",
    user: "pat",
    query: LOG,
    filter: { actions: ["CREATED"] },
  },
  { what: "inbox of someone with one request in 50", user: "person-1", query: INBOX, grows: true },
  { what: "list of someone with one request in 50", user: "person-1", query: LIST, grows: true },
  { what: "search for a word that all hold", user: "admin", query: LIST, filter: { search: "deploy" }, grows: true },
  { what: "summary of someone with one request in 50", user: "person-1", query: SUMMARY, grows: true },
  { what: "names that the history suggests", user: "admin", query: NAMES, grows: true },
  { what: "statistics of a year", user: "admin", query: YEAR, grows: true },
];

/** Runs every query on both tables in turn, so that other load on the machine affects both; in ms. */
async function ask(apis: readonly [Api, Api], rounds: number): Promise<[number[], number[]][]> {
  const agent = keepAliveAgent(1);
  const tokens = {
    pat: await tokenFor("pat"),
    admin: await tokenFor("admin", { scope: "approvals:admin" }),
    "person-1": await tokenFor("person-1", { roles: ["role-1"] }),
  };
  const took = QUESTIONS.map((): [number[], number[]] => [[], []]);
  for (let round = -10; round < rounds; round++) {
    for (const [place, { user, query, filter }] of QUESTIONS.entries()) {
      for (const [side, api] of apis.entries()) {
        const from = performance.now();
        const body = JSON.stringify({ query, variables: { filter } });
        const text = await post(agent, `${api.url}/graphql`, tokens[user], body);
        if (text.includes('"errors"')) throw new Error(text);
        if (round >= 0) took[place]?.[side]?.push(performance.now() - from);
      }
    }
  }
  agent.destroy();
  return took;
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const many = quick ? 20_000 : MANY;
  const [small, large] = [await startDatabase(running), await startDatabase(running)];
  await fill(small, FEW);
  const from = performance.now();
  await fill(large, many);
  say(`${many.toLocaleString("en-US")} requests were made in ${seconds(performance.now() - from)}`);
  const [few, all] = [await startApi(running, small), await startApi(running, large)];
  const took = await ask([few, all], quick ? 5 : 100);
  return QUESTIONS.map(({ what, grows = false }, place) => {
    const [short = Number.NaN, long = Number.NaN] = took[place]?.map(median) ?? [];
    return {
      what: `${what}, ${many.toLocaleString("en-US")} requests`,
      value: ms(long),
      against: `${FEW.toLocaleString("en-US")} requests: ${ms(short)}`,
      result: times(long / short),
      ...(grows ? {} : { bar: "≤ 1.2 ×", met: long <= 1.2 * short }),
    };
  });
}

export const scale: Measurement = {
  name: "scale",
  about:
    "Questions over HTTP to a table of 1,000,000 requests and to one of 1,000. Where the answer is the same in both " +
    "there is a bar; where it grows with the table there is none.",
  run,
};
