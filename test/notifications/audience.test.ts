/** The recipients of notifications, by the people in the database: their roles, muted channels and comments. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { admins } from "../../src/db/queries/audience.ts";
import { putPeople, upsertPerson } from "../../src/db/queries/directory.ts";
import { muteChannels } from "../../src/db/queries/preferences.ts";
import type { ApprovalRequest, ApprovalRequestInput, Person } from "../../src/model/approvals.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf, viewerOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

const ann = callerOf("ann");

let database: TestDatabase;
let core: Core;

beforeAll(async () => {
  database = await createTestDatabase();
  core = await startCore(database.url, { destinations: { slackChannel: null, webhook: null } });
});
afterAll(async () => {
  await core.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query("delete from people");
  await know({ rolf: ["ops"], rita: ["ops", "dev"], sam: ["sales"] });
});

/** Adds people with their roles to the directory. */
const know = (roles: Record<string, string[]>) =>
  putPeople(
    database.pool,
    Object.entries(roles).map(([id, held]): Omit<Person, "seenAt"> => {
      return { id, email: null, roles: held, locale: null, zone: null };
    }),
  );
const ask = async (more: Partial<ApprovalRequestInput> = {}): Promise<ApprovalRequest> =>
  (await core.manager.createRequest(inputOf(more), ann)).request;
const say = (id: string, by: string) => core.manager.comment(id, callerOf(by), "Why?");

/** `KIND recipient` of all notifications of a request so far, sorted. */
async function told({ id }: ApprovalRequest): Promise<string[]> {
  const { rows } = await database.pool.query<{ told: string }>(
    `select kind || ' ' || recipient as told from approval_notifications
      where approval_request_id = $1 order by kind, recipient`,
    [id],
  );
  return rows.map((row) => row.told);
}

describe("people with a role that a request names", () => {
  it("are notified, separately for each request of a batch", async () => {
    const [ops, sales, both] = await Promise.all([
      ask({ notifyUsers: [], notifyRoles: ["ops"] }),
      ask({ notifyRoles: ["sales"] }),
      ask({ notifyUsers: ["rita"], notifyRoles: ["dev", "ops", "sales"] }),
    ]);
    expect(await told(ops)).toEqual(["REQUESTED rita", "REQUESTED rolf"]);
    expect(await told(sales)).toEqual(["REQUESTED bob", "REQUESTED sam"]);
    expect(await told(both)).toEqual(["REQUESTED rita", "REQUESTED rolf", "REQUESTED sam"]);
  });

  it("are notified of the outcome, also if they got the role in the meantime", async () => {
    const request = await ask({ notifyUsers: [], notifyRoles: ["ops"] });
    await know({ sam: ["ops"] });
    await core.manager.cancel(request.id, ann);
    expect((await told(request)).filter((one) => one.startsWith("CANCELLED"))).toEqual([
      "CANCELLED rita",
      "CANCELLED rolf",
      "CANCELLED sam",
    ]);
  });

  it("are reminded while they have not decided", async () => {
    const request = await ask({ notifyUsers: ["bob"], notifyRoles: ["ops"], requireMinApprovers: 2 });
    await core.manager.approve(request.id, {}, callerOf(viewerOf("rita", { roles: ["ops"] })));
    await database.pool.query("update approval_requests set remind_at = clock_timestamp() where id = $1", [request.id]);
    await core.manager.checkTimeouts();
    expect((await told(request)).filter((one) => !one.startsWith("REQUESTED"))).toEqual([
      "REMINDER bob",
      "REMINDER rolf",
    ]);
  });
});

describe("at its expiry", () => {
  it("a request notifies its escalation users, then everyone who was asked", async () => {
    const more = { timeoutAction: "ESCALATE", escalateToUsers: ["esther"], notifyUsers: [], notifyRoles: ["sales"] };
    const request = await ask(more as Partial<ApprovalRequestInput>);
    const expire = async () => {
      const sql = "update approval_requests set expires_at = clock_timestamp() where id = $1";
      await database.pool.query(sql, [request.id]);
      await core.manager.checkTimeouts();
    };
    await expire();
    expect(await told(request)).toEqual(["ESCALATED esther", "REQUESTED sam"]);
    await expire();
    expect((await told(request)).filter((one) => one.startsWith("TIMED_OUT"))).toEqual([
      "TIMED_OUT ann",
      "TIMED_OUT esther",
      "TIMED_OUT sam",
    ]);
  });
});

describe("a comment", () => {
  it("notifies earlier commenters of the same request only", async () => {
    const notifyUsers = ["bob", "cleo", "dan"];
    const [request, other] = [await ask({ notifyUsers }), await ask({ notifyUsers })];
    await say(other.id, "dan");
    await say(request.id, "bob");
    await say(request.id, "cleo");
    expect((await told(request)).filter((one) => one.startsWith("COMMENTED"))).toEqual([
      "COMMENTED ann",
      "COMMENTED ann",
      "COMMENTED bob",
    ]);
  });
});

describe("a muted channel", () => {
  it("is not used from then on, also for people who are not in the directory", async () => {
    await muteChannels(database.pool, "bob", ["IN_APP"]);
    await muteChannels(database.pool, "rolf", ["IN_APP"]);
    const request = await ask({ notifyUsers: ["bob", "cleo"], notifyRoles: ["ops"] });
    expect(await told(request)).toEqual(["REQUESTED cleo", "REQUESTED rita"]);
    await muteChannels(database.pool, "bob", []);
    await core.manager.cancel(request.id, ann);
    expect((await told(request)).filter((one) => one.startsWith("CANCELLED"))).toEqual([
      "CANCELLED bob",
      "CANCELLED cleo",
      "CANCELLED rita",
    ]);
  });
});

describe("no person is notified", () => {
  it("of a request that already existed, nor of a command that changes nothing or is refused", async () => {
    const input = inputOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const twice = () => core.manager.createRequest(input, ann);
    const [{ request }] = [await twice(), await twice(), ...(await Promise.all([twice(), twice()]))];
    await core.manager.approve(request.id, {}, callerOf("bob"));
    await core.manager.approve(request.id, {}, callerOf("bob"));
    await expect(core.manager.reject(request.id, {}, callerOf("mallory"))).rejects.toThrow();
    expect(await told(request)).toEqual(["REQUESTED bob", "REQUESTED cleo"]);
  });
});

describe("admins", () => {
  it("are the users who recently used an admin's token", async () => {
    const seen = (id: string, isAdmin: boolean) =>
      upsertPerson(database.pool, { id, email: null, roles: [], issuedAt: null, statesRoles: false, isAdmin });
    await seen("adam", true);
    await seen("alva", true);
    // Adam's other tokens do not change that.
    await seen("adam", false);
    await seen("bob", false);
    await database.pool.query("update people set admin_seen_at = admin_seen_at - interval '91 days' where id = 'alva'");
    expect((await admins(database.pool, 90)).map(({ id }) => id)).toEqual(["adam"]);
    await seen("alva", true);
    expect((await admins(database.pool, 90)).map(({ id }) => id).sort()).toEqual(["adam", "alva"]);
  });
});
