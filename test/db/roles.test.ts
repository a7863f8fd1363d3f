/** Creating and taking the roles of the database, on a separate server, because roles belong to the whole server. */

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createClient } from "graphql-ws";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { loadConfig } from "../../src/config/config.ts";
import { type EmbeddedDatabase, startEmbedded } from "../../src/db/embedded/embedded.ts";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import { createPool } from "../../src/db/pool.ts";
import { buildApp } from "../../src/server/app.ts";
import { fillCases } from "../support/approvals/rights-cases.ts";
import { asPerson, expectTheApisAnswers } from "../support/db/persons.ts";
import { withDatabase } from "../support/global-setup.ts";
import { SECRET, tokenFor } from "../support/server/server.ts";

const DATABASES = 10;
const DENIED = { code: "42501" };
const dataDir = join(tmpdir(), `countersign-roles-${randomBytes(6).toString("hex")}`);

let server: EmbeddedDatabase;
beforeAll(async () => {
  server = await startEmbedded({ dataDir, durable: false });
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

const urlOf = (user: string, database: string) => {
  const url = new URL(withDatabase(server.url, database));
  url.username = user;
  url.password = "secret";
  return url.href;
};

async function run(url: string, ...statements: string[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}
const asSuperuser = (...statements: string[]) => run(server.url, ...statements);

function listen() {
  const lines: { level: number; msg: string; reason?: string; hint?: string }[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(chunk));
      done();
    },
  });
  const warnings = () => lines.filter(({ level }) => level >= 40);
  return { log: pino({ level: "debug" }, sink), warnings };
}

/** Starts the application, creates a request, waits and decides. Returns its user in the database, and its warnings. */
async function useGate(env: { DATABASE_URL: string; DATABASE_LISTEN_URL?: string }) {
  const { log, warnings } = listen();
  const app = buildApp(loadConfig({ PORT: "0", AUTH_JWT_SECRET: SECRET, ...env }), log);
  const { url } = await app.start();
  const [ann, bob] = await Promise.all([tokenFor("ann"), tokenFor("bob")]);
  const post = async (token: string, query: string) => {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
    const { data, errors } = (await response.json()) as {
      data: Record<string, Record<string, never>>;
      errors?: object;
    };
    expect(errors).toBeUndefined();
    return data;
  };
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${ann}` },
  });
  try {
    const { createApprovalRequest } = await post(
      ann,
      `mutation { createApprovalRequest(input: { workflowId: "release", jobId: "approval",
         executionId: "${randomBytes(6).toString("hex")}", title: "Deploy?", notifyUsers: ["bob"] }) {
         ... on CreateApprovalRequestPayload { request { id } } } }`,
    );
    const { id } = (createApprovalRequest as unknown as { request: { id: string } }).request;
    const statuses: unknown[] = [];
    const query = `subscription { approvalRequestUpdated(id: "${id}") { status } }`;
    for await (const { data } of client.iterate<{ approvalRequestUpdated: { status: string } }>({ query })) {
      statuses.push(data?.approvalRequestUpdated.status);
      if (statuses.length === 1) {
        await post(
          bob,
          `mutation { addApprovalComment(input: { requestId: "${id}", body: "why now?" }) { __typename } }`,
        );
        await post(bob, `mutation { approveRequest(input: { requestId: "${id}" }) { __typename } }`);
      }
    }
    expect(statuses).toEqual(["PENDING", "APPROVED"]);
    await post(
      ann,
      `{ approvalRequests(filter: { search: "deploy" }) { edges { node { auditLog { edges { node { id } } } } } }
                       approvalStatistics { total } }`,
    );
    const { pool } = app.services;
    const { rows } = await pool.query("select current_user as user");
    const refusals: unknown[] = [];
    for (const sql of ["delete from approval_requests", "update approval_audit_log set comment = 'else'"]) {
      refusals.push(
        await pool.query(sql).then(
          () => "done",
          (error: pg.DatabaseError) => error.code,
        ),
      );
    }
    return { user: rows[0]?.user, warnings: warnings(), refusals };
  } finally {
    await client.dispose();
    await app.stop();
  }
}

describe("on a server without the roles", () => {
  it("an owner that may not create them can migrate, and the API works as the owner and warns once", async () => {
    await asSuperuser("create role plain login password 'secret'", "create database plain owner plain");
    const { log, warnings } = listen();
    const url = urlOf("plain", "plain");
    expect(await migrate(url, { log })).toHaveLength(listMigrations().length);
    expect(warnings()).toEqual(
      ["countersign_person", "countersign_api"].map((role) =>
        expect.objectContaining({
          msg: `warning from a migration: the role ${role} is missing and plain may not create it`,
          hint: expect.stringContaining(`create role ${role}`),
        }),
      ),
    );
    const gate = await useGate({ DATABASE_URL: url });
    expect(gate.user).toBe("plain");
    expect(gate.warnings).toEqual([
      expect.objectContaining({ msg: expect.stringMatching(/^the database is used without the role countersign_api/) }),
    ]);
  });

  it("many databases of an owner that may create them can migrate at once, and the API takes its role", async () => {
    await asSuperuser("create role maker login createrole password 'secret'");
    const names = Array.from({ length: DATABASES }, (_, n) => `made_${n}`);
    for (const name of names) await asSuperuser(`create database ${name} owner maker`);
    const { log, warnings } = listen();
    await Promise.all(names.map((name) => migrate(urlOf("maker", name), { log })));
    expect(warnings()).toEqual([]);
    for (const name of names) {
      const rows = await run(urlOf("maker", name), "select distinct roles::text from pg_policies order by 1");
      expect(rows).toEqual([{ roles: "{countersign_api}" }, { roles: "{countersign_person}" }]);
    }
    expect(await useGate({ DATABASE_URL: urlOf("maker", "made_0") })).toEqual({
      user: "countersign_api",
      warnings: [],
      refusals: [DENIED.code, DENIED.code],
    });
  });
});

describe("with roles that were created after the migrations", () => {
  it("the API does not take a role without privileges in this database, even if it could", async () => {
    await asSuperuser("grant countersign_api to plain");
    expect(await useGate({ DATABASE_URL: urlOf("plain", "plain") })).toMatchObject({ user: "plain" });
  });

  it("countersign_grant_roles grants them their privileges", async () => {
    const url = urlOf("plain", "plain");
    await run(url, "select countersign_grant_roles()");
    expect(await useGate({ DATABASE_URL: url })).toMatchObject({ user: "countersign_api", warnings: [] });
  });

  it("the API works with a login that owns nothing and is a member of countersign_api, poolers included", async () => {
    await asSuperuser("create role gate login password 'secret' in role countersign_api");
    const url = urlOf("gate", "plain");
    expect(await migrate(url)).toEqual([]);
    const refusals = [DENIED.code, DENIED.code];
    expect(await useGate({ DATABASE_URL: url })).toEqual({ user: "countersign_api", warnings: [], refusals });
    const pooled = { DATABASE_URL: url, DATABASE_LISTEN_URL: `${url}?application_name=direct` };
    expect(await useGate(pooled)).toEqual({ user: "gate", warnings: [], refusals });
    const owner = urlOf("plain", "plain");
    const asOwner = { DATABASE_URL: owner, DATABASE_LISTEN_URL: `${owner}?application_name=direct` };
    const reason = "a role cannot be taken behind a pooler, and this user owns the tables";
    expect(await useGate(asOwner)).toMatchObject({ user: "plain", warnings: [{ reason }] });
  });

  it("authenticated sees what the API would show, and nobody has rights from default privileges", async () => {
    const name = "made_1";
    const owner = urlOf("maker", name);
    const superuser = withDatabase(server.url, name);
    await asSuperuser("create role authenticated", "create role anon");
    await run(
      superuser,
      "grant all on all tables in schema public to anon, authenticated",
      "grant all on all functions in schema public to anon, authenticated",
    );
    await run(owner, "select countersign_grant_roles()");
    const pool = createPool(owner);
    const { requests } = await fillCases(pool);
    await pool.end();
    const client = new pg.Client({ connectionString: superuser });
    await client.connect();
    try {
      await expectTheApisAnswers(client, "authenticated", requests);
      const admin = { sub: "root", scope: "approvals:admin" };
      for (const [role, sql] of [
        ["anon", "select id from approval_requests"],
        ["anon", "select * from approval_audit_detail"],
        ["anon", "truncate people"],
        ["authenticated", "select ip_address from approval_audit_log"],
        ["authenticated", "update approval_requests set status = 'APPROVED'"],
        ["authenticated", "insert into approval_comments (author, body) values ('ann', 'yes')"],
        ["authenticated", "delete from approval_decisions"],
        ["authenticated", "truncate approval_audit_log"],
        ["authenticated", "select erase_audit_personal(p_user_id => 'ann')"],
        ["countersign_api", "select erase_audit_personal(p_user_id => 'ann')"],
      ] as const) {
        await expect(
          asPerson(client, role, admin, () => client.query(sql)),
          `${role}: ${sql}`,
        ).rejects.toMatchObject(DENIED);
      }
    } finally {
      await client.end();
    }
  });
});
