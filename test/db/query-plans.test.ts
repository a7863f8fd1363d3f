/** With 100,000 requests, no list, inbox or search reads the whole table: their plans use indexes and read few rows. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditFilter, listAudit } from "../../src/db/queries/audit.ts";
import {
  countInbox,
  countRequests,
  inboxVersions,
  listInbox,
  listRequests,
  type RequestFilter,
  type RequestOrder,
} from "../../src/db/queries/request-lists.ts";
import { lockDueRequests, nextDue, requestByKey } from "../../src/db/queries/requests.ts";
import { approvalStatistics, userSummary } from "../../src/db/queries/statistics.ts";
import {
  busiestApprovers,
  busiestWorkflows,
  decisionTimesOf,
  statisticsByInterval,
  statisticsOfWorkflows,
} from "../../src/db/queries/statistics-groups.ts";
import type { Queryable } from "../../src/db/query.ts";
import { admin, viewerOf } from "../support/approvals/requests.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { expectFewByIndex, explain as explainAt, mostLookedAt } from "../support/db/explain.ts";
import { createDatabaseOfManyRequests } from "../support/db/many-requests.ts";

const COUNT = 100_000;
/** Most rows that a page may read: the window of a list and the open requests, not the whole table. */
const FEW = 5_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabaseOfManyRequests({ query_timeout: 120_000 });
  // So many later entries that reading backwards does not find the first ones.
  await database.pool.query(
    `insert into approval_audit_log (approval_request_id, action, user_id, new_status)
       select id, 'NOTIFIED', 'somebody', status from approval_requests limit 20000`,
  );
  // More than a short walk reads, about requests that user-20 may not see.
  await database.pool.query(
    `insert into approval_audit_log (approval_request_id, action, user_id, new_status)
       select id, 'COMMENTED', 'stranger', status from approval_requests
        where notify_roles = '{}' and requested_by <> 'user-20'
          and not notify_users || allowed_approvers || voters || escalate_to_users @> '{user-20}' limit 1000`,
  );
  await database.pool.query("vacuum analyze approval_audit_log");
}, 240_000);
afterAll(() => database.drop());

const explain = (run: (db: Queryable) => Promise<unknown>) => explainAt(database.pool, run);

const NEWEST: RequestOrder = { field: "CREATED_AT", direction: "DESC" };
// One of 500 people, with one of 40 roles: some 2,000 requests, a few of them open.
const person = viewerOf("user-20", { roles: ["role-3"] });
const nobody = viewerOf("nobody");
// Tokens often carry roles that no request has ever named.
const strangerOfManyRoles = viewerOf("nobody", { roles: Array.from({ length: 20 }, (_, n) => `other-${n}`) });
const list =
  (viewer: typeof person, filter: RequestFilter = {}, order = NEWEST) =>
  (db: Queryable) =>
    listRequests(db, viewer, filter, order, null, 20);
const count =
  (viewer: typeof person, filter: RequestFilter = {}) =>
  (db: Queryable) =>
    countRequests(db, viewer, filter, 1_000);
const log =
  (viewer: typeof person, filter: AuditFilter = {}) =>
  (db: Queryable) =>
    listAudit(db, viewer, filter, null, 20);

describe("with 100,000 requests", () => {
  it.each<[string, RegExp, (db: Queryable) => Promise<unknown>]>([
    ["an inbox", /open_(people|expires)/, (db) => listInbox(db, person, null, 20)],
    ["an inbox of nothing", /open_(people|expires)/, (db) => listInbox(db, nobody, null, 20)],
    ["an inbox of many roles", /open_(people|expires)/, (db) => listInbox(db, strangerOfManyRoles, null, 20)],
    ["the count of an inbox", /open_(people|expires)/, (db) => countInbox(db, person)],
    ["the versions of an inbox", /open_(people|expires)/, (db) => inboxVersions(db, person)],
    ["a person's summary", /open_(people|expires)/, (db) => userSummary(db, person)],
    ["an admin's list, newest first", /_created$/, list(admin)],
    [
      "an admin's list, soonest to expire first",
      /_expires$/,
      list(admin, {}, { field: "EXPIRES_AT", direction: "ASC" }),
    ],
    ["an admin's list by change", /_updated$/, list(admin, {}, { field: "UPDATED_AT", direction: "DESC" })],
    [
      "an admin's list behind a cursor",
      /_created$/,
      (db) => {
        const position = {
          at: new Date(Date.now() - (COUNT / 2) * 60_000),
          id: "80000000-0000-4000-8000-000000000000",
        };
        return listRequests(db, admin, {}, NEWEST, position, 20);
      },
    ],
    ["a list by status", /./, list(admin, { statuses: ["PENDING"] })],
    ["a list by a rare status", /status/, list(admin, { statuses: ["ESCALATED"] })],
    ["a list by workflow", /workflow/, list(admin, { workflowId: "workflow-7" })],
    ["a list of an unknown workflow", /workflow/, list(admin, { workflowId: "none" })],
    ["a list by execution", /execution/, list(admin, { executionId: "run-777" })],
    ["a list by requester", /requester/, list(admin, { requestedBy: "nobody" })],
    ["a list by decider", /decider/, list(admin, { decidedBy: "nobody" })],
    ["a list by an approver", /people/, list(admin, { approver: { id: "user-20", roles: ["role-3"] } })],
    ["a list by an approver of nothing", /people/, list(admin, { approver: { id: "nobody", roles: [] } })],
    ["an ordinary viewer's list", /_created$/, list(person)],
    ["an ordinary viewer's list by change", /_updated$/, list(person, {}, { field: "UPDATED_AT", direction: "ASC" })],
    ["the list of someone who sees nothing", /people/, list(nobody)],
    ["the list of someone with many roles who sees nothing", /people/, list(strangerOfManyRoles)],
    ["the list of a workflow that sees nothing", /people/, list(viewerOf("nobody", { scopes: ["approvals:request"] }))],
    [
      "the list of someone who sees nothing, soonest to expire first",
      /people/,
      list(nobody, {}, { field: "EXPIRES_AT", direction: "ASC" }),
    ],
    ["a search for one", /search/, list(admin, { search: "release 77777 of" })],
    ["a search for some", /./, list(admin, { search: "service 42" })],
    ["a search for many", /./, list(admin, { search: "urgent fix" })],
    ["a search for none", /search/, list(admin, { search: "xyzzy" })],
    ["a search by an ordinary viewer", /./, list(person, { search: "release 77777 of" })],
    ["a search by someone who sees nothing", /people|search/, list(nobody, { search: "urgent fix" })],
    ["a search for two letters", /_created$/, list(admin, { search: "zq" })],
    ["a search for two letters by someone who sees little", /people/, list(viewerOf("user-20"), { search: "zq" })],
    ["an exact count up to the cap", /./, count(admin)],
    ["an ordinary viewer's count", /people/, count(person)],
    ["a count of nothing", /people/, count(nobody)],
    ["a count of nothing for many roles", /people/, count(strangerOfManyRoles)],
    ["the count of a search", /search/, count(admin, { search: "release 77777 of" })],
    ["the count of a search for many", /_created$/, count(admin, { search: "service" })],
    ["the count of a search for two letters", /_created$/, count(admin, { search: "zq" })],
    ["the next to expire", /open_expires/, (db) => nextDue(db)],
    [
      "the request with a key",
      /requests_key/,
      (db) =>
        requestByKey(db, {
          createdBy: "orchestrator",
          workflowId: "workflow-7",
          jobId: "approval",
          executionId: "run-7",
        }),
    ],
    [
      "the request with a key that is too long for an index",
      /long_key/,
      (db) =>
        requestByKey(db, {
          createdBy: "🔑".repeat(200),
          workflowId: "🔑".repeat(200),
          jobId: "🔑".repeat(200),
          executionId: "🔑".repeat(200),
        }),
    ],
    ["a list of what nobody created", /creator|requester/, list(admin, { createdBy: "nobody" })],
    ["a list of what a person created", /./, list(admin, { createdBy: "user-20" })],
    [
      "a list of what an orchestrator created, of a viewer who sees little",
      /people|creator|requester|_created$/,
      list(person, { createdBy: "orchestrator" }),
    ],
    [
      "get_user_pending_approvals",
      /open_(people|expires)/,
      (db) => db.query("select * from get_user_pending_approvals($1, $2)", ["user-20", ["role-3"]]),
    ],
    ["the latest of the log", /position_key/, log(admin)],
    ["the log of an ordinary viewer", /position_key/, log(person)],
    ["the log of someone who sees nothing", /people/, log(nobody)],
    ["the log of someone with many roles who sees nothing", /people/, log(strangerOfManyRoles)],
    ["the log by user", /log_user/, log(admin, { userId: "nobody" })],
    ["the log by user, of someone who sees nothing", /people|log_user/, log(nobody, { userId: "user-20" })],
    ["the log by a user whose entries are old", /log_user/, log(admin, { userId: "user-20" })],
    ["the log of an action whose entries are old", /log_action/, log(admin, { actions: ["CREATED", "CREATED"] })],
    ["the log of several actions", /log_action/, log(admin, { actions: ["CREATED", "NOTIFIED", "EXTENDED"] })],
    ["a person's log of an action whose entries are old", /log_action/, log(person, { actions: ["CREATED"] })],
    ["the log of a rare action", /log_action/, log(admin, { actions: ["EXTENDED"] })],
    ["the log of long ago", /log_created/, log(admin, { createdBefore: new Date("2020-01-01") })],
  ])("%s uses an index and reads few rows", async (_what, index, run) => {
    const nodes = await explain(run);
    expectFewByIndex(nodes, index, FEW);
  });

  const scansOf = async (index: string, run: (db: Queryable) => Promise<unknown>) =>
    (await explain(run)).filter((node) => node["Index Name"] === index && node["Actual Loops"] > 0);

  it("a person's log of another user looks up entries request by request of few requests only", async () => {
    // The person may see some 1,500 requests, none of which has an entry of this user.
    const scans = await scansOf("approval_audit_log_request", log(person, { userId: "stranger" }));
    expect(scans).toHaveLength(1);
    for (const scan of scans) expect(scan["Actual Loops"]).toBeLessThanOrEqual(501);
  });

  it("a search for two letters reads no row of a request that does not match", async () => {
    const nodes = await explain(list(admin, { search: "zq" }));
    const scans = nodes.filter((node) => node["Relation Name"] === "approval_requests" && mostLookedAt([node]) > 0);
    expect(scans.map((scan) => scan["Node Type"])).toEqual(["Index Only Scan"]);
  });

  // A month of 70 days.
  const month = { from: new Date(Date.now() - 30 * 86_400_000), to: null, requester: null };
  it.each<[string, (db: Queryable) => Promise<unknown>]>([
    ["the statistics of a period", (db) => approvalStatistics(db, month.from, month.to, null)],
    ["the statistics by day", (db) => statisticsByInterval(db, month, "DAY", "Europe/Berlin")],
    ["the workflows with the most requests", (db) => busiestWorkflows(db, month, 20)],
    [
      "the statistics of half of the workflows",
      (db) =>
        statisticsOfWorkflows(
          db,
          month,
          Array.from({ length: 100 }, (_, n) => `workflow-${n}`),
        ),
    ],
    ["the people with the most decisions", (db) => busiestApprovers(db, month, 20)],
    ["the decision times of people", (db) => decisionTimesOf(db, month, ["user-1", "user-2"])],
  ])("%s read requests from an index only", async (_what, run) => {
    const scans = (await explain(run)).filter((node) => node["Relation Name"] === "approval_requests");
    expect(scans.length).toBeGreaterThan(0);
    for (const scan of scans) expect(scan["Node Type"]).toBe("Index Only Scan");
  });

  it("the people with the most decisions of all time are counted without reading requests", async () => {
    const nodes = await explain((db) => busiestApprovers(db, { from: null, to: null, requester: null }, 100));
    expect(nodes.flatMap((node) => node["Relation Name"] ?? [])).toEqual(["approval_decisions"]);
  });

  it("the clock reads only rows that are due", async () => {
    for (const node of await explain((db) => lockDueRequests(db, 2_000))) {
      expect(node["Rows Removed by Filter"] ?? 0).toBe(0);
      expect(node["Actual Rows"]).toBeLessThanOrEqual(1);
    }
  });
});
