/** People who use the database without the API see what the API would show, and cannot change anything. */

import type { GraphQLObjectType } from "graphql";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayRead } from "../../src/approvals/policy.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { schema } from "../../src/schema/index.ts";
import { admin, reader, viewerOf } from "../support/approvals/requests.ts";
import { fillCases } from "../support/approvals/rights-cases.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { asPerson, claimsOf, expectTheApisAnswers, rowsVisibleTo } from "../support/db/persons.ts";
import { insert } from "../support/db/rows.ts";

const PERSON = "countersign_person";
const NOTHING = { requests: [], decisions: [], comments: [], audit: [] };
const bob = viewerOf("bob");

let database: TestDatabase;
let client: pg.Client;
let requests: ApprovalRequest[];

beforeAll(async () => {
  database = await createTestDatabase();
  ({ requests } = await fillCases(database.pool));
  await database.pool.query("insert into people (id, email) values ('ann', 'ann@example.org'), ('bob', null)");
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const ask = async (claims: object | string | null, sql: string) =>
  (await asPerson(client, PERSON, claims, () => client.query(sql))).rows;

describe("under the role countersign_person", () => {
  it("every viewer sees the requests, decisions, comments and audit rows that the API would show", async () => {
    await expectTheApisAnswers(client, PERSON, requests);
  });

  it.each<[string, object | string | null]>([
    ["no claims", null],
    ["empty claims", ""],
    ["no JSON", "{bob"],
    ["a character that no text may hold", '{"sub": "bob\\u0000"}'],
    ["JSON too deep to read", "[".repeat(100_000)],
    ["a text", '"bob"'],
    ["a list", '["bob"]'],
    ["null", "null"],
    ["an empty object", {}],
    ["an empty user", { sub: "" }],
    [
      "no user, but roles and every scope",
      { roles: ["ops"], scope: "approvals:request approvals:read approvals:admin" },
    ],
    ["a user that is a list", { sub: ["bob"], scope: "approvals:admin" }],
    ["a user that is an object", { sub: { id: "bob" } }],
    ["Supabase's public key", { iss: "supabase", role: "anon", roles: ["ops"] }],
  ])("%s returns nothing and raises no error", async (_what, claims) => {
    expect(await rowsVisibleTo(client, PERSON, claims)).toEqual(NOTHING);
    const tables = ["approval_notifications", "people", "approval_audit_detail"];
    const counts = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`);
    expect(await ask(claims, `select ${counts}`)).toEqual([Object.fromEntries(tables.map((table) => [table, 0]))]);
  });

  it("claims are read as the API reads a token", async () => {
    const both = viewerOf("mallory", { roles: ["ops", "security"] });
    const all = (await rowsVisibleTo(client, PERSON, claimsOf(both))).requests;
    expect(all).toHaveLength(requests.filter((request) => mayRead(request, both)).length);
    for (const roles of ["ops security", "ops,security", " ops, security ", ["ops", "security", 7, null, ""]]) {
      expect((await rowsVisibleTo(client, PERSON, { sub: "mallory", roles })).requests).toEqual(all);
    }
    for (const roles of [{ ops: true }, 7, null, true]) {
      expect((await rowsVisibleTo(client, PERSON, { sub: "mallory", roles })).requests).toEqual([]);
    }
    for (const scope of ["approvals:read", "openid approvals:read", ["approvals:read"]]) {
      expect((await rowsVisibleTo(client, PERSON, { sub: "mallory", scope })).requests).toHaveLength(requests.length);
    }
    for (const scope of ["approvals:reader", "approvals", "approvals:read,approvals:admin", { read: true }, null]) {
      expect((await rowsVisibleTo(client, PERSON, { sub: "mallory", scope })).requests).toEqual([]);
    }
  });

  it("the functions that read the claims can be replaced, as AUTH_ROLES_CLAIM or logins of people ask for", async () => {
    const own = await createTestDatabase();
    const { requests: theirs } = await fillCases(own.pool);
    const person = new pg.Client({ connectionString: own.url });
    await person.connect();
    const ops = viewerOf("mallory", { roles: ["ops"] });
    const forOps = theirs.filter((request) => mayRead(request, ops)).length;
    await own.pool.query(`create or replace function countersign_roles() returns text[] language sql stable
      return countersign_texts(countersign_claim('app_metadata.roles'), '[\\s,]+')`);
    expect((await rowsVisibleTo(person, PERSON, { sub: "mallory", roles: ["ops"] })).requests).toEqual([]);
    for (const more of [{ app_metadata: { roles: ["ops"] } }, { "app_metadata.roles": "ops" }]) {
      expect((await rowsVisibleTo(person, PERSON, { sub: "mallory", ...more })).requests).toHaveLength(forOps);
    }
    // As in Keycloak, below the id of a client.
    await own.pool.query(`create or replace function countersign_roles() returns text[] language sql stable
      return countersign_texts(countersign_claim('resource_access.approvals\\.company\\.com.roles'), '[\\s,]+')`);
    const nested = { approvals: { "company.com": { roles: ["ops"] }, company: { com: { roles: ["ops"] } } } };
    expect((await rowsVisibleTo(person, PERSON, { sub: "mallory", resource_access: nested })).requests).toEqual([]);
    const named = { "approvals.company.com": { roles: ["ops"] } };
    expect((await rowsVisibleTo(person, PERSON, { sub: "mallory", resource_access: named })).requests).toHaveLength(
      forOps,
    );
    await own.pool.query(`
      create or replace function countersign_user() returns text language sql stable return session_user::text;
      create or replace function countersign_roles() returns text[] language sql stable return '{}'::text[];
      create or replace function countersign_scopes() returns text[] language sql stable return '{}'::text[]`);
    const forged = { sub: "bob", roles: ["ops"], scope: "approvals:admin" };
    expect((await rowsVisibleTo(person, PERSON, forged)).requests).toEqual([]);
    await person.end();
    await own.drop();
  });

  it.each([
    ["approval_requests", "ApprovalRequest", []],
    ["approval_audit_log", "AuditLogEntry", ["approval_request_id", "seq", "tx"]],
    ["approval_decisions", "ApproverDecision", ["approval_request_id", "approver_key"]],
  ])("of %s the columns that the API shows can be read, and no others", async (table, type, more) => {
    const { rows } = await database.pool.query<{ name: string; granted: boolean }>(
      `select attname as name, has_column_privilege($1, attrelid, attnum, 'select') as granted
         from pg_attribute where attrelid = $2::regclass and attnum > 0 and not attisdropped`,
      [PERSON, table],
    );
    const fields = Object.keys((schema.getType(type) as GraphQLObjectType).getFields());
    const onlyForThoseWhoSeeEverything = ["ipAddress", "userAgent"];
    // Requests of an earlier version do not have it. A reader of the content can compute it.
    const notForReaders = ["contextDigest"];
    const shown = ({ name }: { name: string }) => {
      const field = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      return fields.includes(field) && ![...onlyForThoseWhoSeeEverything, ...notForReaders].includes(field);
    };
    const expected = [...rows.filter(shown).map(({ name }) => name), ...more].sort();
    expect(
      rows
        .filter(({ granted }) => granted)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(expected);
  });

  it("people see themselves, and those who see everything see everyone", async () => {
    expect(await ask(claimsOf(bob), "select id, email from people")).toEqual([{ id: "bob", email: null }]);
    for (const viewer of [reader, admin]) {
      expect(await ask(claimsOf(viewer), "select id from people order by id")).toEqual([{ id: "ann" }, { id: "bob" }]);
    }
  });

  it("people see the notifications sent to them about what they may read", async () => {
    const readable = requests.find((request) => mayRead(request, bob) && mayRead(request, viewerOf("ann")));
    const hidden = requests.find((request) => !mayRead(request, bob));
    for (const [request, recipient] of [
      [readable, "bob"],
      [readable, "ann"],
      [hidden, "bob"],
    ] as const) {
      const row = { approval_request_id: request?.id, kind: "REQUESTED", channel: "IN_APP", recipient };
      await insert(database.pool, "approval_notifications", row);
    }
    const sent = "select approval_request_id as about, recipient from approval_notifications";
    expect(await ask(claimsOf(bob), sent)).toEqual([{ about: readable?.id, recipient: "bob" }]);
    expect(await ask(claimsOf(reader), sent)).toHaveLength(3);
    await expect(ask(claimsOf(reader), "select error_message from approval_notifications")).rejects.toMatchObject(
      DENIED,
    );
  });

  it("only people who see everything see the audit detail", async () => {
    const detail =
      "select count(*)::int as rows, min(ip_address) as ip, min(user_agent) as agent from approval_audit_detail";
    for (const viewer of [reader, admin]) {
      const all = { rows: requests.length, ip: "192.0.2.7", agent: "tests/1.0" };
      expect(await ask(claimsOf(viewer), detail)).toEqual([all]);
    }
    for (const viewer of [bob, viewerOf("orchestrator", { roles: ["ops"], scopes: ["approvals:request"] })]) {
      expect(await ask(claimsOf(viewer), detail)).toEqual([{ rows: 0, ip: null, agent: null }]);
    }
  });

  it.each([
    "select ip_address from approval_audit_log",
    "select user_agent from approval_audit_log",
    "select personal_salt from approval_audit_log",
    "select config from approval_requests",
    "select results from approval_requests",
    "select callback_url from approval_requests",
    "select version from countersign_migrations",
    "update approval_requests set status = 'APPROVED'",
    "select id from approval_requests for update",
    "insert into approval_requests (workflow_id) values ('mine')",
    "delete from approval_requests",
    "truncate approval_requests cascade",
    "insert into approval_decisions select id, 'bob', 'APPROVE' from approval_requests",
    "update approval_decisions set decision = 'APPROVE'",
    "delete from approval_decisions",
    "insert into approval_comments (approval_request_id, author, body) select id, 'ann', 'yes' from approval_requests",
    "delete from approval_comments",
    "update approval_notifications set status = 'READ'",
    "insert into approval_audit_log (approval_request_id, action) select id, 'APPROVED' from approval_requests",
    "update approval_audit_log set comment = null",
    "delete from approval_audit_log",
    "truncate approval_audit_log",
    "update approval_audit_detail set ip_address = null",
    "delete from approval_audit_detail",
    "select erase_audit_personal(p_user_id => 'ann')",
    "update people set roles = '{ops}'",
    "insert into people (id) values ('mallory')",
    "update countersign_migrations set version = 99",
    "select countersign_grant_roles()",
    "create policy mine on approval_requests using (true)",
    "alter table approval_requests disable row level security",
  ])("even an admin is refused: %s", async (sql) => {
    await expect(ask(claimsOf(admin), sql)).rejects.toMatchObject(DENIED);
  });
});

const DENIED = { code: "42501" };

describe("of the tables", () => {
  it("every one has row level security", async () => {
    const { rows } = await database.pool.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and not relrowsecurity`,
    );
    expect(rows).toEqual([]);
  });

  it("every view either uses its reader's rights or checks who the reader is", async () => {
    const { rows } = await database.pool.query(
      "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')",
    );
    expect(rows).toEqual([{ relname: "approval_audit_detail" }]);
  });

  it("the owner sees and can change all rows with psql", async () => {
    const { rows } = await client.query("select count(*)::int as count from approval_requests");
    expect(rows).toEqual([{ count: requests.length }]);
    await client.query("begin");
    const { rowCount } = await client.query("update approval_requests set expires_at = expires_at");
    await client.query("rollback");
    expect(rowCount).toBe(requests.length);
  });
});
