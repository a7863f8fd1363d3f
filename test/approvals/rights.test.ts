/** The rules of `policy.ts` and the conditions of `db/queries/rights.ts` agree for every row. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as policy from "../../src/approvals/policy.ts";
import { listAudit } from "../../src/db/queries/audit.ts";
import {
  countInbox,
  countRequests,
  inboxVersions,
  listInbox,
  listRequests,
  type RequestFilter,
} from "../../src/db/queries/request-lists.ts";
import { userSummary } from "../../src/db/queries/statistics.ts";
import type { ApprovalRequest, RequestHead, Viewer } from "../../src/model/approvals.ts";
import { byName } from "../../src/model/same-person.ts";
import { viewerOf } from "../support/approvals/requests.ts";
import { COUNT, fillCases, VIEWERS } from "../support/approvals/rights-cases.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

let database: TestDatabase;
let requests: ApprovalRequest[];
let now: Date;
beforeAll(async () => {
  database = await createTestDatabase();
  ({ requests, now } = await fillCases(database.pool));
});
afterAll(() => database.drop());

const idsOf = (rows: readonly { id: string }[]) => rows.map((row) => row.id).sort();
const where = (holds: (request: ApprovalRequest) => boolean) => idsOf(requests.filter(holds));
const newest = { field: "CREATED_AT", direction: "DESC" } as const;
const list = async (viewer: Viewer, filter: RequestFilter = {}) =>
  idsOf((await listRequests(database.pool, viewer, filter, newest, null, COUNT)).items);
const auditor = viewerOf("auditor", { scopes: ["approvals:read"] });

describe("for every kind of viewer and request", () => {
  it("lists and counts have what the viewer may read", async () => {
    for (const viewer of VIEWERS) {
      const readable = where((request) => policy.mayRead(request, viewer));
      expect(await list(viewer), JSON.stringify(viewer)).toEqual(readable);
      expect(await countRequests(database.pool, viewer, {}, COUNT)).toBe(readable.length);
    }
  });

  it("the audit log shows the rows of requests that the viewer may read", async () => {
    for (const viewer of VIEWERS) {
      const { items } = await listAudit(database.pool, viewer, {}, null, COUNT);
      const readable = where((request) => policy.mayRead(request, viewer));
      expect(items.map((row) => row.approvalRequestId).sort(), JSON.stringify(viewer)).toEqual(readable);
    }
  });

  it("the inbox, its count, its versions and the summary have what the viewer can decide now", async () => {
    for (const viewer of VIEWERS) {
      const decidable = where((request) => policy.canDecideNow(request, viewer, now, byName));
      const { items } = await listInbox(database.pool, viewer, null, COUNT);
      expect(idsOf(items), JSON.stringify(viewer)).toEqual(decidable);
      expect(items.map((request) => request.expiresAt.getTime())).toEqual(
        items.map((request) => request.expiresAt.getTime()).sort((a, b) => a - b),
      );
      expect(await countInbox(database.pool, viewer)).toBe(decidable.length);
      expect(idsOf(await inboxVersions(database.pool, viewer))).toEqual(decidable);
      expect(await userSummary(database.pool, viewer)).toMatchObject({ pendingCount: decidable.length });
    }
  });

  it("everyone who can decide a request may read it", () => {
    for (const viewer of VIEWERS) {
      for (const request of requests) {
        if (policy.mayDecide(request, viewer, byName)) expect(policy.mayRead(request, viewer)).toBe(true);
      }
    }
  });

  it("the filter by approver finds requests that a person may decide by the policy, or has decided", async () => {
    for (const person of VIEWERS.filter((viewer) => viewer.scopes.length === 0)) {
      const filter = { approver: { id: person.userId, roles: [...person.roles] } };
      const expected = where(
        (request) => policy.mayDecide(request, person, byName) || request.voters.includes(person.userId),
      );
      expect(await list(auditor, filter), JSON.stringify(person)).toEqual(expected);
    }
  });

  it("get_user_pending_approvals returns the open requests that name the user, and whether they can be decided", async () => {
    for (const { userId, roles } of VIEWERS.filter((viewer) => viewer.scopes.length === 0)) {
      const { rows } = await database.pool.query<{ id: string; can_approve: boolean }>(
        "select id, can_approve from get_user_pending_approvals($1, $2)",
        [userId, roles],
      );
      const person = viewerOf(userId, { roles });
      const can = where((request) => policy.canDecideNow(request, person, now, byName));
      expect(idsOf(rows.filter((row) => row.can_approve)), JSON.stringify(person)).toEqual(can);
      const byPolicy = (request: ApprovalRequest) =>
        policy.mayRead({ ...request, requestedBy: "", voters: [] }, person);
      const named = where(
        (request) => ["PENDING", "ESCALATED"].includes(request.status) && request.expiresAt > now && byPolicy(request),
      );
      expect(idsOf(rows), JSON.stringify(person)).toEqual(named);
    }
  });

  it("pages after a cursor have everything once, in order", async () => {
    for (const viewer of [auditor, viewerOf("bob", { roles: ["ops"] })]) {
      for (const direction of ["ASC", "DESC"] as const) {
        const all = await listRequests(database.pool, viewer, {}, { field: "EXPIRES_AT", direction }, null, COUNT);
        const paged: RequestHead[] = [];
        for (;;) {
          const last = paged.at(-1);
          const after = last === undefined ? null : { at: last.expiresAt, id: last.id };
          const page = await listRequests(database.pool, viewer, {}, { field: "EXPIRES_AT", direction }, after, 37);
          paged.push(...page.items);
          if (!page.hasNextPage) break;
        }
        expect(paged.map((request) => request.id)).toEqual(all.items.map((request) => request.id));
      }
    }
  });
});
