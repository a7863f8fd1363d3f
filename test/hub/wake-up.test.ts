import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insert, insertRequest } from "../support/db/rows.ts";

let database: TestDatabase;
let listener: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  await listener.query("listen countersign");
});
afterAll(async () => {
  await listener.end();
  await database.drop();
});

describe("the payload of a change", () => {
  /** Waits until all earlier notifications have arrived. */
  async function mark(): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      listener.on("notification", function look({ payload }) {
        if (payload !== "mark") return;
        listener.off("notification", look);
        resolve();
      });
    });
    await database.pool.query("select pg_notify('countersign', 'mark')");
    await arrived;
  }

  /** The payloads of the work. */
  async function payloadsOf(work: () => Promise<unknown>): Promise<string[]> {
    await mark();
    const payloads: string[] = [];
    const collect = ({ payload = "" }: pg.Notification) => payloads.push(payload);
    listener.on("notification", collect);
    await work();
    await mark();
    listener.off("notification", collect);
    return payloads.filter((payload) => payload !== "mark");
  }

  it("has id, version, status and expiry of a row that is written by hand", async () => {
    const expires_at = new Date("2040-01-02T03:04:05.678Z");
    let id = "";
    const created = await payloadsOf(async () => {
      id = await insertRequest(database.pool, { expires_at });
    });
    expect(created).toEqual([`${id}:1:PENDING:${expires_at.getTime()}`]);
    const cancelled = await payloadsOf(() =>
      database.pool.query("update approval_requests set status = 'CANCELLED' where id = $1", [id]),
    );
    expect(cancelled).toEqual([`${id}:2:CANCELLED:${expires_at.getTime()}`]);
  });

  it("comes once for a whole statement, in parts of limited size", async () => {
    const payloads = await payloadsOf(() =>
      database.pool.query(`
        insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms, expires_at)
        select 'bulk', 'job', n, 'Deploy', 'alice', 'alice', 1000, now() + interval '1 year' from generate_series(1, 250) n`),
    );
    expect(payloads.map((payload) => payload.split(",").length).sort()).toEqual([110, 110, 30]);
    expect(Math.max(...payloads.map((payload) => payload.length))).toBeLessThan(8_000);
    expect(new Set(payloads.flatMap((payload) => payload.split(","))).size).toBe(250);
  });

  it("does not come for a statement that changes nothing, nor for one that is rolled back", async () => {
    const payloads = await payloadsOf(async () => {
      await database.pool.query("update approval_requests set version = version where false");
      await database.pool.query("begin; update approval_requests set version = version; rollback");
    });
    expect(payloads).toEqual([]);
  });

  it("is sent to followers of the audit log for events without a new version", async () => {
    const approval_request_id = await insertRequest(database.pool);
    const payloads = await payloadsOf(() =>
      insert(database.pool, "approval_audit_log", { approval_request_id, action: "COMMENTED" }),
    );
    expect(payloads).toEqual(["log"]);
  });
});
