/** The migration to keys per creator: rows stay valid, and processes of the earlier version are rejected. */

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import { inputDigestOf } from "../../src/model/json.ts";
import { startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insertRequest } from "../support/db/rows.ts";

const MIGRATION = "0018_request_keys";
const long = "🔑".repeat(200);
const input = inputOf();

let database: TestDatabase;
let id: string;
let longId: string;
let log: { level: "info" | "warn"; more: object; text: string }[];
let earlier: pg.Client;
/** Migrates a database to the earlier version, over a connection that does not belong to a Countersign process. */
async function migrateAsBefore(url: string, more: (client: pg.Client) => Promise<void> = async () => {}) {
  const client = new pg.Client({ connectionString: url, application_name: "tests" });
  await client.connect();
  for (const { name, sql } of listMigrations()) if (name < MIGRATION) await client.query(sql);
  await more(client);
  await client.end();
}

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const key = { workflow_id: input.workflowId, job_id: input.jobId, execution_id: input.executionId };
  const more = { created_by: "ann", requested_by: "ann", input_digest: inputDigestOf(input) };
  const longest = { workflow_id: long, job_id: long, execution_id: long, requested_by: long, created_by: long };
  await migrateAsBefore(database.url, async (client) => {
    id = await insertRequest(client as never, { ...key, ...more });
    longId = await insertRequest(client as never, longest);
  });
  earlier = new pg.Client({ connectionString: database.url, application_name: "countersign listen" });
  await earlier.connect();
  log = [];
  const note = (level: "info" | "warn") => (first: object | string, text?: string) =>
    void log.push(
      typeof first === "string" ? { level, more: {}, text: first } : { level, more: first, text: text ?? "" },
    );
  await migrate(database.url, { log: { info: note("info"), warn: note("warn") } as never });
});
afterAll(async () => {
  await earlier.end();
  await database.drop();
});

/** How processes of the earlier version create a request. */
const EARLIER_INSERT = `
insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms, expires_at)
values ('w', 'j', 'e', 'Deploy?', 'ann', 'ann', 1000, now())
on conflict (workflow_id, job_id, execution_id) do nothing`;

describe("the migration to keys per creator", () => {
  it("logs that processes of the earlier version must have stopped, and how many connections are open", () => {
    expect(log).toContainEqual({
      level: "warn",
      more: { connections: 1 },
      text: expect.stringMatching(
        /^processes of the earlier version must have stopped before migration 0018_request_keys, but 1 connection/,
      ),
    });
  });

  it("logs it in one line if no connection is open, and nothing on a new database", async () => {
    for (const [isNew, expected] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const other = await createTestDatabase({ migrated: false });
      if (!isNew) await migrateAsBefore(other.url);
      const lines: string[] = [];
      const note = (text: unknown) => void lines.push(String(text));
      await migrate(other.url, { log: { info: note, warn: note } as never });
      expect(lines.filter((line) => line.startsWith("processes of the earlier version"))).toHaveLength(expected);
      await other.drop();
    }
  });

  it("refuses what a process of the earlier version tries to create, and writes nothing", async () => {
    const count = async () => (await database.pool.query("select count(*) from approval_requests")).rows[0].count;
    const before = await count();
    await expect(earlier.query(EARLIER_INSERT)).rejects.toMatchObject({ code: "42P10" });
    expect(await count()).toBe(before);
  });

  it("keeps the rows: a repeat finds them, and another creator gets a request of their own", async () => {
    const core = await startCore(database.url);
    try {
      const repeat = await core.manager.createRequest(input, callerOf("ann"));
      expect(repeat).toMatchObject({ created: false, request: { id } });
      const other = await core.manager.createRequest(input, callerOf("cleo"));
      expect(other.created).toBe(true);
      const longest = inputOf({ workflowId: long, jobId: long, executionId: long });
      await expect(core.manager.createRequest(longest, callerOf(long))).rejects.toMatchObject({ code: "CONFLICT" });
      expect((await core.manager.getRequest(longId))?.status).toBe("PENDING");
    } finally {
      await core.close();
    }
  });
});
