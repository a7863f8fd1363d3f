/** Requests that notify very many people: their messages must not prevent a decision. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { batchOf, TooManyNotifications } from "../../src/approvals/commands/batch.ts";
import type { Applied } from "../../src/approvals/commands/command.ts";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import { noteDelivered } from "../../src/approvals/notifications.ts";
import { UnavailableError } from "../../src/model/errors.ts";
import { NOBODY_KNOWN } from "../../src/model/known-people.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { at, callerOf, inputOf, requestOf, START } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

const ann = callerOf("ann");
const EVERYWHERE = ["IN_APP", "EMAIL", "SLACK"] as const;
const THOUSAND = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
const LONGEST = "Ä".repeat(100_000);

let database: TestDatabase;
let core: Core;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  core = await startCore(database.url, { destinations: { slackChannel: "#all", webhook: "https://hooks.example" } });
});
afterEach(async () => {
  await core.close();
  await database.pool.query("delete from approval_requests");
  await database.pool.query("delete from people");
});

/** Repeats a command as a client does: a busy machine may need more time for ten thousand rows than a command has. */
async function untilAvailable<T>(command: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
  }
}

const told = async (kind: string) =>
  (
    await database.pool.query(
      `select channel, count(*)::int as n, max(length(metadata ->> 'comment')) as said
         from approval_notifications where kind = $1 group by 1 order by 1`,
      [kind],
    )
  ).rows;

describe("a request that notifies a thousand people on every channel", () => {
  it("accepts the longest comment, of which messages to people quote a part and programs receive all", async () => {
    const input = inputOf({ notifyUsers: THOUSAND, notifyChannels: [...EVERYWHERE, "WEBHOOK"] });
    const { request } = await core.manager.createRequest(input, ann);
    const rejected = await core.manager.reject(request.id, { comment: LONGEST }, callerOf("user-5"));
    expect(rejected).toMatchObject({ status: "REJECTED", comment: LONGEST });
    expect(await told("DECIDED")).toEqual([
      { channel: "EMAIL", n: 1_000, said: 300 },
      { channel: "IN_APP", n: 1_000, said: 300 },
      { channel: "SLACK", n: 1_002, said: 300 },
      { channel: "WEBHOOK", n: 1, said: 100_000 },
    ]);
  });

  it("accepts many comments, and an escalation with a reason", async () => {
    const input = inputOf({ notifyUsers: THOUSAND, escalateToUsers: THOUSAND, notifyChannels: ["IN_APP"] });
    const { request } = await core.manager.createRequest(input, ann);
    await core.manager.comment(request.id, callerOf("user-1"), `${"a".repeat(2_998)}😀${LONGEST.slice(0, 90_000)}`);
    await core.manager.escalate(request.id, ann, LONGEST);
    expect(await told("COMMENTED")).toEqual([{ channel: "IN_APP", n: 1, said: 2_999 }]);
    expect(await told("ESCALATED")).toContainEqual({ channel: "IN_APP", n: 1_000, said: 3_000 });
  });
});

describe("requests to a role that ten thousand people have", () => {
  beforeEach(() =>
    database.pool.query("insert into people (id, roles) select 'p' || n, '{ops}' from generate_series(1, 10000) n"),
  );

  it("are created and decided in a separate transaction each, if many arrive at once", async () => {
    const inputs = [1, 2, 3].map(() => inputOf({ notifyUsers: [], notifyRoles: ["ops"] }));
    const made = await Promise.all(inputs.map((input) => untilAvailable(() => core.manager.createRequest(input, ann))));
    const { rows } = await database.pool.query(
      "select count(*)::int as n, count(distinct xmin::text)::int as transactions from approval_notifications where channel = 'IN_APP'",
    );
    expect(rows).toEqual([{ n: 30_000, transactions: 3 }]);
    const holder = callerOf({ ...callerOf("p7").viewer, roles: ["ops"] });
    await Promise.all(made.map(({ request }) => untilAvailable(() => core.manager.approve(request.id, {}, holder))));
    expect(await told("DECIDED")).toContainEqual({ channel: "IN_APP", n: 30_000, said: null });
  });

  it("store a receipt without reading the people with the role", async () => {
    const input = inputOf({ notifyUsers: [], notifyRoles: ["ops"], notifyChannels: ["EMAIL"] });
    const { request } = await core.manager.createRequest(input, ann);
    const { rows } = await database.pool.query("select id from approval_notifications where channel = 'EMAIL' limit 1");
    const asked: string[] = [];
    core.pool.on("acquire", (client) => {
      const query = client.query;
      client.query = ((sent: { name?: string }, ...rest: unknown[]) => {
        asked.push(sent.name ?? "");
        return (query as (...all: unknown[]) => unknown).call(client, sent, ...rest);
      }) as typeof client.query;
    });
    const sent = { subject: null, body: null, externalId: null, externalUrl: null };
    const receipt = { ...sent, id: rows[0].id, kind: "REQUESTED", channel: "EMAIL", recipient: "p1" } as const;
    await core.manager.note(request.id, (found) => noteDelivered(found, [receipt]));
    expect(asked).toContain("lock-free-requests");
    expect(asked).not.toContain("addressees-about");
  });
});

it("messages are counted before all of them are created", () => {
  const people = new Map(
    Array.from({ length: 9_000 }, (_, index) => {
      const id = `p${index}`;
      const known = { email: null, roles: ["ops"], locale: null, zone: null, mutedChannels: [] };
      return [id, { id, ...known }];
    }),
  );
  const apply = (): Applied => {
    const before = {
      ...requestOf({ notifyUsers: [], notifyRoles: ["ops"] }),
      auditLength: 0,
      auditHead: null,
      holdings: null,
    };
    const command = { key: before.id, requestId: before.id, caller: ann, apply: () => effects };
    const effects = lifecycle.cancel(before, ann.viewer, null, at(1));
    return { pending: { command, since: 0, attempts: 0, resolve() {}, reject() {} }, before, effects };
  };
  const writing = { auditDetail: true, destinations: { slackChannel: null, webhook: null } };
  const together = (count: number) =>
    batchOf(
      Array.from({ length: count }, apply),
      { audience: { people, commenters: new Map() }, people: NOBODY_KNOWN, now: START },
      writing,
    );
  expect(together(2).notifications).toHaveLength(18_000);
  expect(() => together(3)).toThrow(TooManyNotifications);
});
