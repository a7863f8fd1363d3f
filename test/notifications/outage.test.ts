/** The log lines and the metrics of a channel on which nothing can be sent. */

import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeliveryError } from "../../src/notifications/channel.ts";
import { unconfigured } from "../../src/notifications/channels/unconfigured.ts";
import { createOutage } from "../../src/notifications/outage.ts";
import { createWorker } from "../../src/notifications/worker.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { oddChannel } from "../support/notifications/odd-channel.ts";

const WARN = 40;
const NOTHING = "nothing can be sent on this channel; notifications will be retried";
const AGAIN = "notifications are sent on this channel again";

describe("an outage of a channel", () => {
  const told: object[] = [];
  const log = { info: (line: object) => void told.push(line), warn: (line: object) => void told.push(line) };

  it("is logged once after three failed attempts, and once when it ends", () => {
    let now = 5_000;
    const outage = createOutage("EMAIL", log, () => now);
    expect(outage.seconds()).toBe(0);
    expect([1, 2].map(() => outage.failed("no answer"))).toEqual([false, false]);
    expect(told).toEqual([]);
    now += 60_000;
    expect([3, 4, 5].map(() => outage.failed("no answer"))).toEqual([true, true, true]);
    expect(told.splice(0)).toEqual([{ channel: "EMAIL", reason: "no answer" }]);
    expect(outage.seconds()).toBe(60);
    now += 9_000;
    outage.sent();
    outage.sent();
    expect(told.splice(0)).toEqual([{ channel: "EMAIL", seconds: 69 }]);
    expect(outage.seconds()).toBe(0);
  });

  it("does not include failures of single messages", () => {
    const outage = createOutage("EMAIL", log);
    for (const reason of ["greylisted", "greylisted"]) {
      expect([outage.failed(reason), outage.failed(reason)]).toEqual([false, false]);
      outage.sent();
    }
    expect(told).toEqual([]);
  });
});

describe("the log of a worker", () => {
  let database: TestDatabase;
  let core: Core;
  let lines: { level: number; msg: string; [field: string]: unknown }[];
  const log = () => pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  beforeAll(async () => {
    database = await createTestDatabase();
    core = await startCore(database.url, { destinations: { slackChannel: null, webhook: null } });
  });
  afterAll(async () => {
    await core.close();
    await database.drop();
  });
  const ask = async (more: object) => (await core.manager.createRequest(inputOf(more), callerOf("ann"))).request;
  const hurry =
    "update approval_notifications set next_attempt_at = clock_timestamp() where next_attempt_at is not null";
  const allSent = () =>
    eventually(async () => {
      const { rows } = await core.pool.query(`${hurry} returning id`);
      return rows.length === 0 || undefined;
    });

  it("has one line for each failing message, two for the channel, and none for each attempt", async () => {
    lines = [];
    const mail = oddChannel("EMAIL", async (_delivery, attempt) => {
      if (attempt < 7) throw new DeliveryError("The mail server cannot be reached.");
      return {};
    });
    const worker = createWorker({ ...core, channels: [mail], log: log() });
    worker.start();
    const { id } = await ask({ notifyChannels: ["EMAIL"], notifyUsers: ["bob"] });
    await mail.until(3);
    expect(worker.failingSeconds().get("EMAIL")).toBeGreaterThanOrEqual(0);
    await allSent();
    await worker.stop();
    expect(lines.map(({ msg, channel }) => [channel, msg])).toEqual([
      ["EMAIL", "a notification could not be sent and will be retried"],
      ["EMAIL", NOTHING],
      ["EMAIL", AGAIN],
    ]);
    expect(lines[0]).toMatchObject({ request: id, kind: "REQUESTED", reason: "The mail server cannot be reached." });
    expect(worker.failingSeconds().get("EMAIL")).toBe(0);
  });

  it("names messages that failed permanently, except those of a channel that the startup log has named", async () => {
    lines = [];
    const slack = unconfigured("SLACK", "SLACK_BOT_TOKEN is not set");
    const mail = oddChannel("EMAIL", async () => Promise.reject(new DeliveryError("no mailbox", { permanent: true })));
    const worker = createWorker({ ...core, channels: [slack, mail], log: log() });
    worker.start();
    await ask({ notifyChannels: ["EMAIL", "SLACK"], notifyUsers: ["bob"] });
    await eventually(async () => {
      const { rows } = await core.pool.query("select from approval_notifications where status = 'FAILED'");
      return rows.length === 2 || undefined;
    });
    await worker.stop();
    expect(lines.map(({ level, channel, reason }) => ({ level, channel, reason }))).toEqual([
      { level: WARN, channel: "EMAIL", reason: "no mailbox" },
    ]);
  });
});
