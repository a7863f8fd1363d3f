import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ManagerOptions } from "../../src/approvals/manager.ts";
import { listAudit } from "../../src/db/queries/audit.ts";
import { LISTEN_APPLICATION_NAME } from "../../src/hub/listen-connection.ts";
import type { ApprovalRequest, ApprovalRequestInput, ApprovalStatus } from "../../src/model/approvals.ts";
import { MAX_DURATION_MS } from "../../src/model/durations.ts";
import { CommandError } from "../../src/model/errors.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf, orchestrator, reader } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

/** So long that the sweep does not run during a test. */
const NEVER = 2 ** 40;
const caller = callerOf(orchestrator);
const bob = callerOf("bob");

let database: TestDatabase;
let cores: Core[];
let core: Core;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  cores = [];
  core = await start();
});
afterEach(async () => {
  await Promise.all(cores.map((one) => one.close()));
  await database.pool.query("delete from approval_requests");
});

/** A process with its clock running. */
async function start(options: Partial<ManagerOptions> = {}, clock = true): Promise<Core> {
  const one = await startCore(database.url, { timeoutCheckInterval: NEVER, ...options });
  cores.push(one);
  if (clock) await one.manager.startTimeoutChecker();
  return one;
}

const create = async (more: Partial<ApprovalRequestInput> = {}, by = core): Promise<ApprovalRequest> =>
  (await by.manager.createRequest(inputOf({ escalateToUsers: ["eve"], ...more }), caller)).request;

/** Waits over the hub until the request has this status, and returns it. */
async function reached(id: string, status: ApprovalStatus, by = core): Promise<ApprovalRequest> {
  for (;;) {
    const changed = Promise.withResolvers<void>();
    const ends = [
      by.hub.onChange((changes) => changes.some((change) => change.id === id) && changed.resolve()),
      // A busy machine may answer so late that the hub reconnects, which can miss a change.
      by.hub.onResync(changed.resolve),
    ];
    try {
      const request = (await by.manager.getRequest(id)) as ApprovalRequest;
      if (request.status === status) return request;
      await changed.promise;
    } finally {
      for (const end of ends) end();
    }
  }
}
const eventsOf = async (requestId: string) =>
  (await listAudit(database.pool, reader, { requestId }, null, 100)).items
    .reverse()
    .map((row) => [row.action, row.newStatus]);

/** Runs a statement as another program would with psql. */
const sql = (text: string, values: unknown[]) => database.pool.query(text, values);

/** Lets a request expire soon, after everything that must come before. */
async function bringForward(id: string): Promise<Date> {
  const { rows } = await sql(
    "update approval_requests set expires_at = clock_timestamp() + interval '30 ms' where id = $1 returning expires_at",
    [id],
  );
  return rows[0].expires_at;
}

describe("at the expiry", () => {
  it("APPROVE approves", async () => {
    const { id, expiresAt } = await create({ timeoutMs: 40, timeoutAction: "APPROVE" });
    const request = await reached(id, "APPROVED");
    expect(request).toMatchObject({ version: 2, decision: "APPROVE", decisionSource: "TIMEOUT", decidedBy: null });
    expect(request.decidedAt?.getTime()).toBeGreaterThanOrEqual(expiresAt.getTime());
    expect(await eventsOf(id)).toEqual([
      ["CREATED", "PENDING"],
      ["TIMEOUT", "APPROVED"],
    ]);
  });

  it("REJECT makes the request TIMEOUT", async () => {
    const { id, expiresAt } = await create({ timeoutMs: 40, timeoutAction: "REJECT" });
    const request = await reached(id, "TIMEOUT");
    expect(request).toMatchObject({ version: 2, decision: null, decisionSource: "TIMEOUT", decidedBy: null });
    expect(request.decidedAt?.getTime()).toBeGreaterThanOrEqual(expiresAt.getTime());
  });

  it("ESCALATE escalates the request, and the second time makes it TIMEOUT", async () => {
    const { id } = await create({ timeoutMs: 60, timeoutAction: "ESCALATE" });
    const request = await reached(id, "TIMEOUT");
    expect(request).toMatchObject({ version: 3, escalationLevel: 1, decisionSource: "TIMEOUT" });
    expect(request.expiresAt.getTime()).toBeGreaterThanOrEqual(request.createdAt.getTime() + 120);
    expect(await eventsOf(id)).toEqual([
      ["CREATED", "PENDING"],
      ["ESCALATED", "ESCALATED"],
      ["TIMEOUT", "TIMEOUT"],
    ]);
  });

  it("ESCALATE makes a manually escalated request TIMEOUT, without a change of the expiry", async () => {
    const { id } = await create({ timeoutAction: "ESCALATE" });
    await core.manager.escalate(id, caller, null);
    const expiresAt = await bringForward(id);
    expect(await reached(id, "TIMEOUT")).toMatchObject({ version: 4, expiresAt });
  });
});

describe("the timeout clock", () => {
  it("processes at its start the requests that are already due", async () => {
    await core.manager.stopTimeoutChecker();
    const ids = await Promise.all([create({ timeoutMs: 1 }), create({ timeoutMs: 2 })]);
    await core.manager.startTimeoutChecker();
    for (const { id } of ids) await reached(id, "TIMEOUT");
  });

  it("is set again by requests that expire sooner, and by extensions", async () => {
    const later = await create({ timeoutMs: 2_000 });
    const sooner = await create({ timeoutMs: 30 });
    const extended = new Date(later.expiresAt.getTime() + 50);
    await core.manager.extend(later.id, caller, extended);
    await reached(sooner.id, "TIMEOUT");
    const request = await reached(later.id, "TIMEOUT");
    expect(request.decidedAt?.getTime()).toBeGreaterThanOrEqual(extended.getTime());
    expect(request.version).toBe(3);
  });

  it("does not change a request that was decided in time", async () => {
    const decided = await create({ notifyUsers: ["bob"] });
    await core.manager.approve(decided.id, {}, bob);
    await bringForward(decided.id);
    const beacon = await create({ timeoutMs: 80 });
    await reached(beacon.id, "TIMEOUT");
    expect(await core.manager.getRequest(decided.id)).toMatchObject({ status: "APPROVED", version: 3 });
  });

  it("is notified of an expiry that is changed or inserted with psql", async () => {
    const { id } = await create();
    await sql("update approval_requests set expires_at = clock_timestamp() + interval '30 ms' where id = $1", [id]);
    await reached(id, "TIMEOUT");
    const { rows } = await sql(
      `insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms, expires_at)
       values ('w', 'j', 'e', 'Deploy?', 'ann', 'ann', 1, clock_timestamp() - $1::interval) returning id`,
      ["1 hour"],
    );
    await reached(rows[0].id, "TIMEOUT");
  });

  it("sleeps longer than a timer's longest delay, without waking at once", async () => {
    const warnings: string[] = [];
    const warn = (warning: Error) => warnings.push(warning.name);
    process.on("warning", warn);
    const far = await Promise.all([create({ timeoutMs: 2 ** 31 + 5 }), create({ timeoutMs: MAX_DURATION_MS })]);
    const fresh = await start();
    let used = 0;
    fresh.pool.on("acquire", () => used++);
    for (let trip = 0; trip < 50; trip++) await sql("select $1::int", [trip]);
    expect(used).toBe(0);
    const beacon = await create({ timeoutMs: 20 });
    await reached(beacon.id, "TIMEOUT");
    for (const { id } of far)
      expect(await core.manager.getRequest(id)).toMatchObject({ status: "PENDING", version: 1 });
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });

  it("finds with its sweep the requests that it was not notified of", async () => {
    const swept = await start({ timeoutCheckInterval: 20 });
    await core.manager.stopTimeoutChecker();
    const { id } = await create();
    const silently = await database.pool.connect();
    await silently.query("set session_replication_role = replica");
    await silently.query("update approval_requests set expires_at = clock_timestamp() where id = $1", [id]);
    silently.release(true);
    await reached(id, "TIMEOUT", swept);
  });

  it("looks for due requests when it listens again after its connection was lost", async () => {
    const { id } = await create();
    const silently = await database.pool.connect();
    await silently.query("set session_replication_role = replica");
    await silently.query("update approval_requests set expires_at = clock_timestamp() where id = $1", [id]);
    silently.release(true);
    const ended = reached(id, "TIMEOUT");
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()",
      [LISTEN_APPLICATION_NAME],
    );
    await ended;
  });

  it("does not spin while another transaction has locked a due request, and processes it afterwards", async () => {
    await core.manager.stopTimeoutChecker();
    const { id } = await create({ timeoutMs: 1 });
    const holder = await database.pool.connect();
    await holder.query("begin");
    await holder.query("select from approval_requests where id = $1 for update", [id]);
    await core.manager.startTimeoutChecker();
    expect(await core.manager.getRequest(id)).toMatchObject({ status: "PENDING" });
    let used = 0;
    core.pool.on("acquire", () => used++);
    for (let trip = 0; trip < 3_000; trip++) await holder.query("select 1");
    expect(used).toBeLessThan(100);
    await holder.query("commit");
    holder.release();
    await reached(id, "TIMEOUT");
  });

  it("processes the other requests if the database rejects one", async () => {
    const errors: unknown[] = [];
    const own = await start({ onError: (error) => errors.push(error) }, false);
    await core.manager.stopTimeoutChecker();
    const [refused, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => create({ timeoutMs: 1, timeoutAction: "APPROVE" })),
    );
    await sql(
      `alter table approval_requests add constraint refused check (id <> '${refused?.id}' or status = 'PENDING')`,
      [],
    );
    const ended = others.map(({ id }) => reached(id, "APPROVED", own));
    await own.manager.startTimeoutChecker();
    await Promise.all(ended);
    await expect.poll(() => errors.length, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(errors[0]).toMatchObject({ constraint: "refused" });
    await sql("alter table approval_requests drop constraint refused", []);
    await reached(refused?.id as string, "APPROVED", own);
  });

  it("stops, and can be started again", async () => {
    await core.manager.stopTimeoutChecker();
    await core.manager.stopTimeoutChecker();
    const { id } = await create({ timeoutMs: 1 });
    const watcher = await start({}, false);
    const beacon = await create({ timeoutMs: 5 });
    expect((await core.manager.handleTimeout(beacon.id))?.id).toBe(beacon.id);
    await expect.poll(async () => (await core.manager.handleTimeout(beacon.id))?.status).toBe("TIMEOUT");
    expect(await watcher.manager.getRequest(id)).toMatchObject({ status: "PENDING" });
    await Promise.all([core.manager.startTimeoutChecker(), core.manager.startTimeoutChecker()]);
    await reached(id, "TIMEOUT");
  });

  it("can be called directly, and returns the processed requests", async () => {
    await core.manager.stopTimeoutChecker();
    const due = await create({ timeoutMs: 1, timeoutAction: "ESCALATE" });
    const open = await create();
    await expect
      .poll(() => core.manager.checkTimeouts())
      .toMatchObject([{ id: due.id, status: "ESCALATED", version: 2 }]);
    expect(await core.manager.handleTimeout(open.id)).toMatchObject({ status: "PENDING", version: 1 });
    expect(await core.manager.handleTimeout("unknown")).toBeNull();
  });
});

describe("several processes", () => {
  it("process each expired request once", async () => {
    const second = await start();
    const requests = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        create({ timeoutMs: 100 + (index % 40) }, index % 2 === 0 ? core : second),
      ),
    );
    for (const { id } of requests) expect(await reached(id, "TIMEOUT")).toMatchObject({ version: 2 });
    const { rows } = await sql(
      "select count(*)::int as events, count(distinct approval_request_id)::int as requests from approval_audit_log where action = $1",
      ["TIMEOUT"],
    );
    expect(rows).toEqual([{ events: 200, requests: 200 }]);
  });

  it("agree with people who decide at the last moment on the outcome of each request", async () => {
    const second = await start();
    const requests = await Promise.all(Array.from({ length: 60 }, (_, index) => create({ timeoutMs: 60 + index })));
    const answers = await Promise.all(
      requests.map(async ({ id, expiresAt }, index) => {
        await new Promise((resolve) =>
          setTimeout(resolve, Math.max(0, expiresAt.getTime() - Date.now() - 3 + (index % 6))),
        );
        const by = index % 2 === 0 ? core : second;
        return by.manager.approve(id, {}, bob).then(
          () => "APPROVED",
          (error) => {
            if (error instanceof CommandError) return error.code;
            throw error;
          },
        );
      }),
    );
    for (const [index, { id }] of requests.entries()) {
      const status = answers[index] === "APPROVED" ? "APPROVED" : "TIMEOUT";
      expect(["APPROVED", "EXPIRED"]).toContain(answers[index]);
      expect(await reached(id, status)).toMatchObject({ version: 2 });
      expect(await eventsOf(id)).toHaveLength(2);
    }
  });
});
