/**
 * For the API's role, every query has the same plan as for the owner of the tables, because a policy that is true does not
 * appear in a plan. Only the estimates of a search differ, because it is not leakproof and has no statistics.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_ROLE } from "../../src/db/api-role.ts";
import { listAudit, readLog } from "../../src/db/queries/audit.ts";
import {
  countInbox,
  countRequests,
  inboxVersions,
  listInbox,
  listRequests,
} from "../../src/db/queries/request-lists.ts";
import {
  lockDueRequests,
  lockFreeRequests,
  lockRequests,
  nextDue,
  requestsById,
} from "../../src/db/queries/requests.ts";
import { userSummary } from "../../src/db/queries/statistics.ts";
import { emptyBatch, writeBatch } from "../../src/db/queries/write.ts";
import type { Queryable } from "../../src/db/query.ts";
import { admin, viewerOf } from "../support/approvals/requests.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { beforeEachQuery } from "../support/db/explain.ts";
import { createDatabaseOfManyRequests } from "../support/db/many-requests.ts";

let database: TestDatabase;
let ids: string[];
beforeAll(async () => {
  database = await createDatabaseOfManyRequests({ query_timeout: 120_000 });
  const { rows } = await database.pool.query("select id from approval_requests where status = 'PENDING' limit 3");
  ids = rows.map(({ id }) => id);
}, 240_000);
afterAll(() => database.drop());

interface Plan {
  "Node Type": string;
  "Index Name"?: string;
  "Relation Name"?: string;
  "Index Cond"?: string;
  Filter?: string;
  Plans?: Plan[];
}

/** The steps of a plan without their costs. The conditions of a filter may be in another order. */
const shapeOf = (plan: Plan): unknown => [
  ...[plan["Node Type"], plan["Relation Name"], plan["Index Name"], plan["Index Cond"]],
  plan.Filter?.split(/[()]+| AND /).sort(),
  ...(plan.Plans ?? []).map(shapeOf),
];

/** Runs a function of a query module as the role. Returns the plans of its queries, for the owner and for the role. */
async function plansOf(run: (db: Queryable) => Promise<unknown>): Promise<{ owner: unknown[]; api: unknown[] }> {
  const owner: unknown[] = [];
  const api: unknown[] = [];
  await beforeEachQuery(database.pool, run, async (db, text, values) => {
    const explain = async () => (await db.query(`explain (format json) ${text}`, values)).rows[0]["QUERY PLAN"][0].Plan;
    await db.query("reset role");
    owner.push(shapeOf(await explain()));
    await db.query(`set local role ${API_ROLE}`);
    api.push(shapeOf(await explain()));
  });
  return { owner, api };
}

const person = viewerOf("user-20", { roles: ["role-3"] });
const newest = { field: "CREATED_AT", direction: "DESC" } as const;
const search = (viewer: typeof person, text: string) => (db: Queryable) =>
  listRequests(db, viewer, { search: text }, newest, null, 20);

describe("countersign_api has the same query plan as the owner for", () => {
  it.each<[string, (db: Queryable) => Promise<unknown>]>([
    ["the lock of a decision", (db) => lockFreeRequests(db, ids)],
    ["the lock of a decision by itself", (db) => lockRequests(db, ids)],
    [
      "the write of a decision",
      async (db) => {
        const [request] = await requestsById(database.pool, ids);
        if (request === undefined) throw new Error("no open request");
        const { id: approvalRequestId } = request;
        const decided = { approver: "user-1", decision: "APPROVE", comment: null, reason: null, decidedAt: new Date() };
        await writeBatch(db, {
          ...emptyBatch(),
          updates: [{ ...request, approvers: ["user-1"] }],
          decisions: [{ approvalRequestId, ...decided, decision: "APPROVE" }],
        });
      },
    ],
    ["an inbox", (db) => listInbox(db, person, null, 20)],
    ["the count of an inbox", (db) => countInbox(db, person)],
    ["the versions of an inbox", (db) => inboxVersions(db, person)],
    ["a summary", (db) => userSummary(db, person)],
    ["a list", (db) => listRequests(db, person, {}, newest, null, 20)],
    ["a search for one", search(admin, "release 7777 of")],
    ["a search for some", search(admin, "service 42")],
    ["a search for many", search(admin, "urgent fix")],
    ["a search for none", search(admin, "xyzzy")],
    ["a person's search", search(person, "release 7777 of")],
    ["the count of a search", (db) => countRequests(db, admin, { search: "release 7777 of" }, 1_000)],
    ["the clock", (db) => lockDueRequests(db, 2_000)],
    ["the next to expire", (db) => nextDue(db)],
    ["the latest of the log", (db) => listAudit(db, person, {}, null, 20)],
    ["the stream of the log", (db) => readLog(db, person, {}, { tx: "0", seq: "0" }, 100)],
  ])("%s", async (_what, run) => {
    const { owner, api } = await plansOf(run);
    expect(owner.length).toBeGreaterThan(0);
    expect(api).toEqual(owner);
  });
});
