/** Pages of lists: walking and gathering both find the page that a plain query returns. */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAudit } from "../../src/db/queries/audit.ts";
import { Parameters } from "../../src/db/queries/parameters.ts";
import {
  countRequests,
  listInbox,
  listRequests,
  type RequestFilter,
  type RequestOrder,
} from "../../src/db/queries/request-lists.ts";
import { decidableBy, inInboxOf, readableBy } from "../../src/db/queries/rights.ts";
import type { Queryable } from "../../src/db/query.ts";
import type { Viewer } from "../../src/model/approvals.ts";
import { admin, viewerOf } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { fillRequests } from "../support/db/many-requests.ts";

/** More rows than the longest bounded walk reads. */
const COUNT = 25_000;
let database: TestDatabase;
let queries = 0;
const db = {
  query: (...query: [text: string, values?: unknown[]]) => {
    queries += 1;
    return database.pool.query(...query);
  },
} as unknown as Queryable;

beforeAll(async () => {
  database = await createTestDatabase();
  await allowRewriting(database.pool);
  await fillRequests(database.url, COUNT);
  // Two roles that see more rows than a bounded gathering reads: one from the middle on, the other only the oldest.
  await database.pool.query(
    `update approval_requests r
        set notify_roles = r.notify_roles || case when n between 9000 and 13000 then '{middle}'::text[] else '{past}' end
       from (select id, substr(execution_id, 5)::int as n from approval_requests) row
      where row.id = r.id and (n between 9000 and 13000 or n > 21000)`,
  );
  await database.pool.query("analyze approval_requests");
});
afterAll(() => database.drop());

const VIEWERS: Viewer[] = [
  admin,
  viewerOf("nobody"),
  viewerOf("user-20"),
  viewerOf("user-20", { roles: ["role-3", "role-4"] }),
  viewerOf("nobody", { roles: ["middle"] }),
  viewerOf("nobody", { roles: ["past"] }),
  viewerOf("orchestrator", { scopes: ["approvals:request"] }),
];
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3, nil: null });
const at = fc.integer({ min: 1, max: COUNT }).map((n) => new Date(Date.now() - n * 60_000));
const filters: fc.Arbitrary<RequestFilter> = fc.record({
  statuses: maybe(fc.subarray(["PENDING", "ESCALATED", "APPROVED", "TIMEOUT"] as const, { minLength: 1 })),
  workflowId: maybe(fc.constantFrom("workflow-7", "none")),
  decidedBy: maybe(fc.constantFrom("user-21", "none")),
  approver: maybe(fc.constantFrom({ id: "user-21", roles: ["role-3"] }, { id: "none", roles: [] })),
  search: maybe(fc.constantFrom("release 777", "URGENT", "service 42", "xyzzy", "50%_")),
  createdAfter: maybe(at),
  createdBefore: maybe(at),
});
const orders: fc.Arbitrary<RequestOrder> = fc.record({
  field: fc.constantFrom("CREATED_AT", "EXPIRES_AT", "UPDATED_AT"),
  direction: fc.constantFrom("ASC", "DESC"),
});
const AT = { CREATED_AT: "createdAt", EXPIRES_AT: "expiresAt", UPDATED_AT: "updatedAt" } as const;
const COLUMN = { CREATED_AT: "created_at", EXPIRES_AT: "expires_at", UPDATED_AT: "updated_at" } as const;

/** The conditions, written plainly. */
function conditionsOf(viewer: Viewer, filter: RequestFilter, parameters: Parameters): string {
  const { statuses, workflowId, decidedBy, approver, search, createdAfter, createdBefore } = filter;
  const all = [readableBy(viewer, parameters, "walk")];
  if (statuses != null) all.push(`r.status = any (${parameters.add(statuses)})`);
  if (workflowId != null) all.push(`r.workflow_id = ${parameters.add(workflowId)}`);
  if (decidedBy != null) all.push(`r.decided_by = ${parameters.add(decidedBy)}`);
  if (approver != null) {
    const may = decidableBy({ userId: approver.id, roles: approver.roles }, parameters);
    const has = `select approval_request_id from approval_decisions where approver = ${parameters.add(approver.id)}`;
    all.push(`${may} or r.id in (${has})`);
  }
  if (search != null) {
    const text = parameters.add(search.toLowerCase());
    all.push(`strpos(lower(r.title || ' ' || coalesce(r.description, '')), ${text}) > 0`);
  }
  if (createdAfter != null) all.push(`r.created_at >= ${parameters.add(createdAfter)}`);
  if (createdBefore != null) all.push(`r.created_at < ${parameters.add(createdBefore)}`);
  return all.map((condition) => `(${condition})`).join(" and ");
}

/** The ids from a plain query. */
async function plainly(text: (parameters: Parameters) => string): Promise<string[]> {
  const parameters = new Parameters();
  const { rows } = await database.pool.query<{ id: string }>(text(parameters), parameters.values);
  return rows.map(({ id }) => id);
}

/** Reads all pages: about six, whatever the length. */
async function paged<T extends { id: string }>(
  length: number,
  next: (last: T | undefined, first: number) => Promise<{ items: T[]; hasNextPage: boolean }>,
): Promise<string[]> {
  const found: T[] = [];
  for (;;) {
    const page = await next(found.at(-1), Math.floor(length / 5) + 1);
    found.push(...page.items);
    if (!page.hasNextPage) return found.map(({ id }) => id);
  }
}

describe("read page by page to the end,", () => {
  it("a list has the rows of a plain query in its order, and a correct count", async () => {
    const attempts = new Set<number>();
    const searches = ["release 777", "URGENT", "service 42", "xyzzy"].map(
      (search) => [{ search }, { field: "CREATED_AT", direction: "DESC" }] as const,
    );
    const cases = [...searches, ...fc.sample(fc.tuple(filters, orders), { numRuns: 12, seed: 5 })];
    for (const viewer of VIEWERS) {
      for (const [filter, order] of [[{}, { field: "CREATED_AT", direction: "DESC" }] as const, ...cases]) {
        const { field, direction } = order;
        const expected = await plainly(
          (parameters) => `select r.id from approval_requests r where ${conditionsOf(viewer, filter, parameters)}
                            order by r.${COLUMN[field]} ${direction}, r.id ${direction}`,
        );
        const found = await paged(expected.length, async (last: Row | undefined, first) => {
          queries = 0;
          const after = last === undefined ? null : { at: last[AT[field]], id: last.id };
          const page = await listRequests(db, viewer, filter, order, after, first);
          attempts.add(queries);
          return page;
        });
        const what = JSON.stringify({ viewer, filter, order });
        expect(found, what).toEqual(expected);
        const cap = 3_000;
        expect(await countRequests(db, viewer, filter, cap), what).toBe(Math.min(expected.length, cap + 1));
      }
    }
    // Every step was necessary for some viewer.
    expect([...attempts].sort()).toEqual([1, 2, 3, 4]);
  });

  it("the audit log has the rows of a plain query in its order", async () => {
    const attempts = new Set<number>();
    for (const viewer of VIEWERS) {
      for (const filter of [{}, { userId: "user-20" }, { userId: "none" }]) {
        const expected = await plainly((parameters) => {
          const user = filter.userId === undefined ? "true" : `l.user_id = ${parameters.add(filter.userId)}`;
          return `select l.id from approval_audit_log l join approval_requests r on r.id = l.approval_request_id
                   where ${user} and (${readableBy(viewer, parameters, "walk")}) order by l.tx desc, l.seq desc`;
        });
        const found = await paged(expected.length, async (last: Entry | undefined, first) => {
          queries = 0;
          const page = await listAudit(db, viewer, filter, last?.position ?? null, first);
          attempts.add(queries);
          return page;
        });
        expect(found, JSON.stringify({ viewer, filter })).toEqual(expected);
      }
    }
    expect(attempts).toContain(2);
  });

  it("an inbox has the rows of a plain query in its order", async () => {
    for (const viewer of VIEWERS) {
      const expected = await plainly(
        (parameters) =>
          `select r.id from approval_requests r where ${inInboxOf(viewer, parameters)} order by r.expires_at, r.id`,
      );
      const found = await paged(expected.length, (last: Row | undefined, first) =>
        listInbox(db, viewer, last === undefined ? null : { at: last.expiresAt, id: last.id }, first),
      );
      expect(found, JSON.stringify(viewer)).toEqual(expected);
    }
  });
});

describe("a search for fewer than three letters", () => {
  it("searches the newest 1,000 requests that the viewer may see and that match the other conditions", async () => {
    for (const viewer of VIEWERS) {
      const order = { field: "CREATED_AT", direction: "ASC" } as const;
      const filter = { statuses: ["APPROVED"] as const };
      const { items } = await listRequests(db, viewer, { ...filter, search: "1 " }, order, null, 1_000);
      const expected = await plainly(
        (parameters) => `
          select id from (select r.* from approval_requests r where ${conditionsOf(viewer, filter, parameters)}
                           order by r.created_at desc, r.id desc limit 1000) newest
           where title || ' ' || description ilike '%1%' order by created_at, id`,
      );
      expect(
        items.map(({ id }) => id),
        viewer.userId,
      ).toEqual(expected);
      expect(await countRequests(db, viewer, { ...filter, search: "1" }, 1_000)).toBe(expected.length);
    }
  });
});

type Row = Awaited<ReturnType<typeof listRequests>>["items"][number];
type Entry = Awaited<ReturnType<typeof listAudit>>["items"][number];
