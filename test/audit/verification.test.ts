/** Changes to the audit log by the owner of the tables, and the findings of the verification. */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApprovalManager } from "../../src/approvals/manager.ts";
import { AuditChains, hashOf } from "../../src/audit/chain.ts";
import type { Anchor, Finding } from "../../src/audit/check.ts";
import type { ChainedRow } from "../../src/db/queries/audit-chain.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { admin, callerOf, inputOf } from "../support/approvals/requests.ts";
import { chainOf, tamper, verifyDatabase } from "../support/audit/audit.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

let database: TestDatabase;
let core: Core;
let manager: ApprovalManager;

beforeAll(async () => {
  database = await createTestDatabase({ max: 20 });
  core = await startCore(database.url);
  manager = core.manager;
});
afterAll(async () => {
  await core.close();
  await database.drop();
});

const ann = callerOf("ann");
const bob = callerOf("bob");

/** A request with five rows: CREATED, COMMENTED, COMMENTED, EXTENDED, APPROVED. */
async function makeChain(): Promise<string> {
  const { request } = await manager.createRequest(inputOf(), ann);
  await manager.comment(request.id, ann, "please");
  await manager.comment(request.id, bob, "looking");
  await manager.extend(request.id, callerOf(admin), new Date(request.expiresAt.getTime() + 1));
  await manager.approve(request.id, { comment: "fine", reason: "tested" }, bob);
  return request.id;
}

const findingOf = async (id: string, anchors: Anchor[] | null = null): Promise<Finding | undefined> =>
  (await verifyDatabase(database.url, anchors)).findings.find((finding) => finding.requestId === id);

/** Deletes a broken request, so that the next test starts with a correct log. */
const forget = (id: string) => database.pool.query("delete from approval_requests where id = $1", [id]);

async function anchorOf(id: string): Promise<Anchor> {
  const last = (await chainOf(database.url, id)).at(-1) as ChainedRow;
  return { requestId: id, first: 1, length: last.position as number, head: last.hash as string };
}

/** Overwrites a chain with one that is hashed by the rules. */
async function recompute(id: string, rows: readonly ChainedRow[]): Promise<void> {
  let previousHash: string | null = null;
  for (const [index, row] of rows.entries()) {
    const made = { ...row, position: index + 1, previousHash };
    const hash = hashOf(made);
    await tamper(
      database.url,
      `update approval_audit_log set comment = $2, chain_position = $3, previous_hash = decode($4, 'hex'),
         hash = decode($5, 'hex') where id = $1`,
      [row.id, row.comment, made.position, previousHash, hash],
    );
    previousHash = hash;
  }
  await tamper(
    database.url,
    "update approval_requests set audit_length = $2, audit_head = decode($3, 'hex') where id = $1",
    [id, rows.length, previousHash],
  );
}

const ROW = "approval_request_id = $1 and chain_position";

describe("an unchanged audit log", () => {
  it("is verified, and the report states what it cannot prove without an anchor", async () => {
    const id = await makeChain();
    const rows = await chainOf(database.url, id);
    expect(rows.map((row) => row.action)).toEqual(["CREATED", "COMMENTED", "COMMENTED", "EXTENDED", "APPROVED"]);
    expect(rows.map((row) => row.position)).toEqual([1, 2, 3, 4, 5]);
    const report = await verifyDatabase(database.url);
    expect(report).toMatchObject({ ok: true, rows: 5, requests: 1, broken: 0, findings: [], anchored: null });
    expect(report.notProved.join()).toMatch(/Without --anchor .*cut short.*recomputed.*removed/);
    expect(await verifyDatabase(database.url, [await anchorOf(id)])).toMatchObject({
      ok: true,
      anchored: 1,
      notProved: [],
    });
  });

  it("is verified if a request was created with psql and has no row yet, and continues from there", async () => {
    const { rows } = await database.pool.query<{ id: string }>(
      `insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms,
         expires_at, notify_users) values ('w', 'j', 'by hand', 'Deploy', 'ann', 'ann', 1000, now() + '1 hour', '{bob}')
       returning id`,
    );
    const { id } = rows[0] as { id: string };
    expect(await verifyDatabase(database.url)).toMatchObject({ ok: true });
    await manager.approve(id, {}, bob);
    expect(await verifyDatabase(database.url)).toMatchObject({ ok: true });
    await forget(id);
  });
});

describe("a row of the audit log", () => {
  it.each([
    ["comment", "comment = 'never mind'"],
    ["status", "new_status = 'REJECTED'"],
    ["action", "action = 'CANCELLED'"],
    ["author", "user_id = 'mallory'"],
    ["time", "created_at = created_at + interval '1 millisecond'"],
    ["time, to none", "created_at = 'infinity'"],
    ["metadata", "metadata = '{\"a\": 1}'"],
    ["metadata, in a digit that no double holds", "metadata = '{\"a\": 1.00000000000000000001}'"],
    ["id", "id = gen_random_uuid()"],
    ["e-mail", "user_email = 'eve@example.org'"],
    ["IP address alone, to none", "ip_address = null"],
    ["hash", "hash = sha256('x')"],
  ])("whose %s was changed is named", async (_what, change) => {
    const id = await makeChain();
    await tamper(database.url, `update approval_audit_log set ${change} where ${ROW} = 3`, [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "changed", position: 3 });
    await forget(id);
  });

  it("that was changed and rehashed is named, because the next row shows it", async () => {
    const id = await makeChain();
    const row = { ...((await chainOf(database.url, id))[2] as ChainedRow), comment: "never mind" };
    const values = [row.id, row.comment, hashOf(row)];
    await tamper(
      database.url,
      "update approval_audit_log set comment = $2, hash = decode($3, 'hex') where id = $1",
      values,
    );
    expect(await findingOf(id)).toMatchObject({ problem: "changed", position: 3, action: "COMMENTED", rowId: row.id });
    await forget(id);
  });

  it("that is the last, was changed and rehashed is named, because the request shows it", async () => {
    const id = await makeChain();
    const row = { ...((await chainOf(database.url, id))[4] as ChainedRow), comment: "never mind" };
    const values = [row.id, row.comment, hashOf(row)];
    await tamper(
      database.url,
      "update approval_audit_log set comment = $2, hash = decode($3, 'hex') where id = $1",
      values,
    );
    expect(await findingOf(id)).toMatchObject({ problem: "changed", position: 5, action: "APPROVED" });
    await forget(id);
  });

  it("whose hash was removed is named", async () => {
    const id = await makeChain();
    await tamper(database.url, `update approval_audit_log set hash = null where ${ROW} = 3`, [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "changed", position: 3, action: "COMMENTED" });
    await forget(id);
  });
});

describe("rows that were removed from the audit log", () => {
  it.each([
    ["the first", "= 1", 1],
    ["one in the middle", "= 3", 3],
    ["two in the middle", "in (2, 3)", 2],
    ["the last", "= 5", 5],
    ["all", "> 0", 1],
  ])("are named: %s", async (_which, positions, first) => {
    const id = await makeChain();
    await tamper(database.url, `delete from approval_audit_log where ${ROW} ${positions}`, [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "removed", position: first, action: null });
    await forget(id);
  });

  it("are named when the rows after them were renumbered", async () => {
    const id = await makeChain();
    await tamper(database.url, `delete from approval_audit_log where ${ROW} = 3`, [id]);
    const renumber = `update approval_audit_log set chain_position = chain_position - 1 where ${ROW} > 3`;
    await tamper(database.url, renumber, [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "removed", position: 3 });
    await forget(id);
  });

  it("are named only with an anchor when the request was changed to have the shorter chain", async () => {
    const id = await makeChain();
    await manager.comment(id, bob, "done");
    const anchor = await anchorOf(id);
    const rows = await chainOf(database.url, id);
    await tamper(database.url, `delete from approval_audit_log where ${ROW} = 6`, [id]);
    await recompute(id, rows.slice(0, 5));
    expect(await findingOf(id)).toBeUndefined();
    expect(await findingOf(id, [anchor])).toMatchObject({ problem: "removed", position: 6 });
    await forget(id);
  });

  it("are named only with an anchor when their request was removed as well", async () => {
    const id = await makeChain();
    const anchor = await anchorOf(id);
    await forget(id);
    expect(await findingOf(id)).toBeUndefined();
    expect(await findingOf(id, [anchor])).toMatchObject({ problem: "removed", position: 1 });
  });

  it("are the request alone when the others remain, which is named", async () => {
    const id = await makeChain();
    await tamper(database.url, "delete from approval_requests where id = $1", [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "removed", detail: "the request of this row is missing" });
    await tamper(database.url, "delete from approval_audit_log where approval_request_id = $1", [id]);
  });
});

describe("rows that were added to the audit log", () => {
  const insert = (id: string) =>
    database.pool.query(
      "insert into approval_audit_log (approval_request_id, action, user_id) values ($1, 'COMMENTED', 'mallory')",
      [id],
    );

  it("with psql are named, and the rows of later commands are verified", async () => {
    const id = await makeChain();
    await insert(id);
    const added = { problem: "added", position: 6, action: "COMMENTED" };
    expect(await findingOf(id)).toMatchObject(added);
    await manager.comment(id, bob, "what was that?");
    expect(await findingOf(id)).toMatchObject(added);
    await forget(id);
  });

  it("with a hash of their own are named: a second row at the same place, before or after the first", async () => {
    for (const tx of ["tx", "(tx::text::bigint - 1)::text::xid8"]) {
      const id = await makeChain();
      const [first, second] = (await chainOf(database.url, id)) as [ChainedRow, ChainedRow];
      const forged = new AuditChains([{ id, auditLength: 1, auditHead: first.hash }]).append({
        ...second,
        comment: "forged",
        createdAt: new Date(second.createdAt),
      });
      await tamper(
        database.url,
        `insert into approval_audit_log (tx, id, approval_request_id, action, user_id, user_email, ip_address, user_agent,
           old_status, new_status, comment, metadata, created_at, chain_position, previous_hash, hash, personal_digest,
           personal_salt)
         select ${tx}, $3, approval_request_id, action, user_id, user_email, ip_address, user_agent, old_status,
                new_status, $4, metadata, created_at, 2, previous_hash, decode($5, 'hex'), decode($6, 'hex'), $7
           from approval_audit_log where id = $2 and approval_request_id = $1`,
        [id, second.id, forged.id, "forged", forged.hash, forged.personalDigest, forged.personalSalt],
      );
      expect(await findingOf(id)).toMatchObject({ problem: "added", position: 2, rowId: forged.id });
      await forget(id);
    }
  });

  it("after the chain of the request are named", async () => {
    const id = await makeChain();
    const rows = await chainOf(database.url, id);
    await tamper(
      database.url,
      "update approval_requests set audit_length = 4, audit_head = decode($2, 'hex') where id = $1",
      [id, rows[3]?.hash],
    );
    expect(await findingOf(id)).toMatchObject({ problem: "added", position: 5, action: "APPROVED" });
    await forget(id);
  });
});

describe("rows of the audit log that were reordered", () => {
  it("are named when two exchanged their places in the log", async () => {
    const id = await makeChain();
    const swap = `update approval_audit_log l set tx = o.tx from approval_audit_log o
      where l.approval_request_id = $1 and o.approval_request_id = $1
        and (l.chain_position, o.chain_position) in ((2, 3), (3, 2))`;
    await tamper(database.url, swap, [id]);
    expect((await chainOf(database.url, id)).map((row) => row.position)).toEqual([1, 3, 2, 4, 5]);
    expect(await findingOf(id)).toMatchObject({ problem: "reordered", position: 3, action: "COMMENTED" });
    await forget(id);
  });

  it("are named when two exchanged their numbers", async () => {
    const id = await makeChain();
    const swap = `update approval_audit_log set chain_position = 7 - chain_position where ${ROW} in (3, 4)`;
    await tamper(database.url, swap, [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "reordered", position: 4, action: "COMMENTED" });
    await forget(id);
  });
});

describe("a request", () => {
  it("whose status was changed without an audit row is named", async () => {
    const { request } = await manager.createRequest(inputOf(), ann);
    await database.pool.query(
      "update approval_requests set status = 'APPROVED', decision_source = 'AUTO' where id = $1",
      [request.id],
    );
    expect(await findingOf(request.id)).toMatchObject({
      problem: "changed",
      position: null,
      detail: "the request is APPROVED, but its log ends with PENDING",
    });
    await forget(request.id);
  });

  it("whose whole chain was recomputed is verified, but not with its anchor", async () => {
    const id = await makeChain();
    const anchor = await anchorOf(id);
    const rows = await chainOf(database.url, id);
    await recompute(id, rows.with(1, { ...(rows[1] as ChainedRow), comment: "never mind" }));
    expect(await findingOf(id)).toBeUndefined();
    expect(await findingOf(id, [anchor])).toMatchObject({ problem: "changed", position: 5 });
    await forget(id);
  });

  it("that continued after its anchor is verified", async () => {
    const id = await makeChain();
    const anchor = await anchorOf(id);
    await manager.comment(id, bob, "done");
    expect(await findingOf(id, [anchor])).toBeUndefined();
    await forget(id);
  });
});

describe("personal fields in the audit log", () => {
  it("can be erased, and the chain is still verified", async () => {
    const id = await makeChain();
    const erased = await database.pool.query("select erase_audit_personal(p_user_id => 'bob') as n");
    expect(Number(erased.rows[0].n)).toBeGreaterThanOrEqual(2);
    for (const row of await chainOf(database.url, id)) {
      const { userEmail, ipAddress, userAgent, personalSalt, personalDigest } = row;
      const none = row.userId === "bob";
      expect([userEmail, ipAddress, userAgent, personalSalt].every((field) => (field === null) === none)).toBe(true);
      expect(personalDigest).not.toBeNull();
    }
    expect(await verifyDatabase(database.url)).toMatchObject({ ok: true, erased: Number(erased.rows[0].n) });
    const again = await database.pool.query("select erase_audit_personal('bob', $1, now() + '1 hour') as n", [id]);
    expect(again.rows).toEqual([{ n: 0 }]);
    await forget(id);
  });

  it.each([
    "update approval_audit_log set user_email = null, ip_address = null, user_agent = null, personal_salt = null",
    "select set_config('countersign.erasing', 'on', true); update approval_audit_log set ip_address = null",
    `select set_config('countersign.erasing', 'on', true);
     update approval_audit_log set user_email = null, ip_address = null, user_agent = null, personal_salt = null, comment = 'x'`,
    "select set_config('countersign.erasing', 'on', true); delete from approval_audit_log",
  ])("cannot be changed in any other way: %s", async (sql) => {
    const id = await makeChain();
    await expect(database.pool.query(sql)).rejects.toMatchObject({ constraint: "approval_audit_log_append_only" });
    await forget(id);
  });

  it("are not erased by a call that names neither a person nor a request", async () => {
    await expect(database.pool.query("select erase_audit_personal()")).rejects.toThrow("needs a user");
  });

  it("are not revealed by their digest, which differs in every row for the same fields", async () => {
    const id = await makeChain();
    const digests = (await chainOf(database.url, id)).map((row) => row.personalDigest);
    expect(new Set(digests).size).toBe(5);
    await forget(id);
  });
});

describe("the chain's length and head", () => {
  it("change without a version, a notification or a refusal on a final request", async () => {
    const id = await makeChain();
    const before = await manager.getRequest(id);
    const seen: string[] = [];
    const end = core.hub.onChange((changes) => seen.push(...changes.map((change) => change.id)));
    // Notifications arrive in order, so after the last one all earlier ones have arrived.
    const received = async () => {
      const { request } = await manager.createRequest(inputOf(), ann);
      await expect.poll(() => seen, { timeout: 60_000 }).toContain(request.id);
    };
    await received();
    seen.length = 0;
    await manager.comment(id, bob, "done");
    await received();
    end();
    expect(seen).not.toContain(id);
    expect(await manager.getRequest(id)).toEqual(before);
    const { rows } = await database.pool.query("select audit_length from approval_requests where id = $1", [id]);
    expect(rows).toEqual([{ audit_length: 6 }]);
    expect(await findingOf(id)).toBeUndefined();
  });

  it("are the only columns that change without a new version, besides the time of the reminder", async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `select a.attname as name from pg_attribute a
        where a.attrelid = 'approval_requests'::regclass and a.attnum > 0 and not a.attisdropped
          and not exists (select from pg_trigger t
                           where t.tgname in ('approval_requests_before_update', 'approval_requests_frozen')
                             and a.attnum = any (t.tgattr::int2[])) order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(["audit_head", "audit_length", "remind_at"]);
  });
});

describe("commands that are executed", () => {
  it("leave the chain complete when sixty race", async () => {
    const voters = Array.from({ length: 60 }, (_, index) => `voter-${index}`);
    const other = await startCore(database.url);
    const input = inputOf({ notifyUsers: voters, requireMinApprovers: 60 });
    const { request } = await manager.createRequest(input, ann);
    await Promise.all(
      voters.map((voter, index) =>
        (index % 2 === 0 ? manager : other.manager).approve(request.id, {}, callerOf(voter)),
      ),
    );
    await other.close();
    expect(await findingOf(request.id)).toBeUndefined();
    const rows = await chainOf(database.url, request.id);
    expect(rows.map((row) => row.position)).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
    expect(new Set(rows.map((row) => row.previousHash)).size).toBe(61);
  });

  const command = fc.oneof(
    fc.record({ do: fc.constant("comment"), text: fc.string({ minLength: 1, unit: "grapheme" }) }),
    fc.record({
      do: fc.constantFrom("approve", "reject", "cancel", "escalate"),
      text: fc.string({ unit: "grapheme" }),
    }),
    fc.record({ do: fc.constant("extend"), text: fc.constant("") }),
    fc.record({ do: fc.constant("conditions"), text: fc.string(), value: fc.jsonValue({ maxDepth: 2 }) }),
  );

  it("write rows that are verified, whatever their sequence", async () => {
    const run = async (conditional: boolean, commands: { do: string; text: string; value?: unknown }[]) => {
      const input = inputOf({
        notifyUsers: ["bob", "cleo"],
        requireMinApprovers: 2,
        escalateToUsers: ["dan"],
        ...(conditional && {
          approvalType: "CONDITIONAL",
          autoApproveConditions: [{ field: "context.a", operator: "EQ", value: 1 }],
        }),
      });
      const { request } = await manager.createRequest(input, callerOf(admin));
      const { id } = request;
      const settled = commands.map(({ do: what, text, value }, index) => {
        const person = callerOf(index % 2 === 0 ? "bob" : "cleo");
        if (what === "comment") return manager.comment(id, person, text);
        if (what === "approve") return manager.approve(id, { comment: text }, person);
        if (what === "reject") return manager.reject(id, { reason: text }, person);
        if (what === "cancel") return manager.cancel(id, callerOf(admin), text);
        if (what === "escalate") return manager.escalate(id, callerOf(admin), text);
        if (what === "extend") {
          return manager.extend(id, callerOf(admin), new Date(request.expiresAt.getTime() + index + 1));
        }
        const condition = { field: "context.b", operator: "EQ" as const, value: (value ?? null) as null };
        return manager.updateConditions(id, callerOf(admin), [condition]);
      });
      await Promise.allSettled(settled);
      const rows = await chainOf(database.url, id);
      expect(rows.every((row) => hashOf(row) === row.hash)).toBe(true);
      expect(await findingOf(id)).toBeUndefined();
      await forget(id);
    };
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.array(command, { maxLength: 12 }), run), { numRuns: 25 });
  });

  it("of the timeout clock write rows that are verified", async () => {
    const input = inputOf({ timeoutMs: 1, timeoutAction: "ESCALATE", escalateToUsers: ["dan"] });
    const { request } = await manager.createRequest(input, ann);
    const ended = async () => {
      await manager.checkTimeouts();
      return (await manager.getRequest(request.id))?.status;
    };
    await expect.poll(ended, { timeout: 60_000 }).toBe("TIMEOUT");
    expect((await chainOf(database.url, request.id)).map((row) => row.action)).toEqual([
      "CREATED",
      "ESCALATED",
      "TIMEOUT",
    ]);
    expect(await findingOf(request.id)).toBeUndefined();
  });

  it("write rows that are verified when the audit detail is off", async () => {
    const plain = await startCore(database.url, { enableAuditLog: false });
    const { request } = await plain.manager.createRequest(inputOf(), ann);
    await plain.manager.reject(request.id, { reason: "not today" }, callerOf({ ...bob.viewer, email: null }));
    await plain.close();
    const rows = await chainOf(database.url, request.id);
    expect(rows.map((row) => [row.ipAddress, row.metadata.reason, row.personalDigest === null])).toEqual([
      [null, undefined, false],
      [null, undefined, true],
    ]);
    expect(await findingOf(request.id)).toBeUndefined();
  });

  it("may write an event without a new version, which lengthens the chain", async () => {
    const { CommandQueue } = await import("../../src/approvals/commands/queue.ts");
    const { request } = await manager.createRequest(inputOf(), ann);
    const event = {
      requestId: request.id,
      action: "NOTIFIED" as const,
      byCaller: false,
      oldStatus: request.status,
      newStatus: request.status,
      comment: null,
      metadata: { channel: "EMAIL" },
    };
    await new CommandQueue({ pool: database.pool }).execute({
      key: request.id,
      requestId: request.id,
      caller: null,
      apply: (row) => ({ request: row as typeof request, events: [event] }),
    });
    expect(await manager.getRequest(request.id)).toEqual(request);
    expect((await chainOf(database.url, request.id)).map((row) => row.action)).toEqual(["CREATED", "NOTIFIED"]);
    expect(await findingOf(request.id)).toBeUndefined();
  });
});

it("the whole file leaves an audit log that is verified", async () => {
  expect(await verifyDatabase(database.url)).toMatchObject({ ok: true });
});
