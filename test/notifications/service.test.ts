import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  ApprovalManager,
  type ApprovalManagerConfig,
  type NotificationService,
  type OutgoingMessage,
} from "../../src/handler/entry.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";

let database: TestDatabase;
const open: ApprovalManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((manager) => manager.close()));
});
afterAll(() => database.drop());

function managerWith(notificationService: ApprovalManagerConfig["notificationService"]): ApprovalManager {
  const manager = new ApprovalManager({ databaseUrl: database.url, notificationService });
  open.push(manager);
  return manager;
}

let executions = 0;
const ask = (manager: ApprovalManager, notifyChannels: ("slack" | "email" | "webhook" | "in_app")[]) =>
  manager.createRequest({
    workflowId: "wf",
    jobId: "gate",
    executionId: `e-${++executions}`,
    title: "Deploy 1.4.0?",
    notifyUsers: ["bob@company.com"],
    requestedBy: "ann",
    notifyChannels,
  });

const rowsOf = async (id: string) => {
  const { rows } = await database.pool.query(
    `select id, channel, status, subject, external_id, error_message, retry_count, next_attempt_at from approval_notifications
      where approval_request_id = $1 and channel <> 'IN_APP' and kind = 'REQUESTED' order by channel`,
    [id],
  );
  return rows;
};
const settled = (id: string) =>
  eventually(async () => {
    const rows = await rowsOf(id);
    return rows.length > 0 && rows.every(({ status }) => status !== "PENDING") ? rows : undefined;
  });

describe("a program's own notification service", () => {
  it("sends the rendered messages of its channels, and its answer is stored on the notification", async () => {
    const seen: OutgoingMessage[] = [];
    let closed = 0;
    const manager = managerWith({
      async send(message) {
        seen.push(message);
        return { externalId: "chat-1" };
      },
      close: () => closed++,
    });
    const request = await ask(manager, ["email", "in_app"]);
    const [row] = await settled(request.id);
    expect(row).toMatchObject({ channel: "EMAIL", status: "SENT", external_id: "chat-1", retry_count: 0 });
    const [message] = seen;
    expect(message).toMatchObject({
      id: row.id,
      channel: "EMAIL",
      kind: "REQUESTED",
      recipient: "bob@company.com",
      canDecide: true,
      person: { id: "bob@company.com" },
      request: { id: request.id, title: "Deploy 1.4.0?" },
      link: `http://127.0.0.1:4000/requests/${request.id}`,
    });
    expect(message?.subject).toContain("Deploy 1.4.0?");
    expect(message?.text).toContain(message?.link);
    expect(row.subject).toBe(message?.subject);

    await manager.approve(request.id, { userId: "bob@company.com", comment: "go" });
    await eventually(async () => seen.find(({ kind }) => kind === "DECIDED"));
    await manager.close();
    expect(closed).toBe(1);
  });

  it("is retried after a temporary failure, and not after a permanent one", async () => {
    const failures: unknown[] = [new Error("busy"), Object.assign(new Error("no such mailbox"), { permanent: true })];
    const attempts: string[] = [];
    const service: NotificationService = {
      channels: ["email"],
      async send({ id }) {
        attempts.push(id);
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
      },
    };
    const manager = managerWith(service);
    const { id } = await ask(manager, ["email"]);
    const given = await eventually(async () => {
      const [row] = await rowsOf(id);
      return row?.error_message === "no such mailbox" ? row : undefined;
    });
    expect(given).toMatchObject({ status: "FAILED", retry_count: 1, next_attempt_at: null });
    expect(attempts).toEqual([given.id, given.id]);
  });

  it("leaves the messages of other channels to other processes", async () => {
    const channels: string[] = [];
    const manager = managerWith({
      channels: ["WEBHOOK", "slack"],
      async send({ channel }) {
        channels.push(channel);
      },
    });
    const { id } = await ask(manager, ["slack", "email"]);
    await eventually(async () =>
      (await rowsOf(id)).find(({ channel, status }) => channel === "SLACK" && status === "SENT"),
    );
    expect(await rowsOf(id)).toMatchObject([
      { channel: "EMAIL", status: "PENDING" },
      { channel: "SLACK", status: "SENT" },
    ]);
    expect(channels).toEqual(["SLACK"]);
  });

  it.each<[string, unknown, RegExp]>([
    ["an object without send", {}, /method send/],
    ["a text", "teams", /method send/],
    [
      "a channel in the app",
      { send: async () => {}, channels: ["in_app"] },
      /"in_app"; it may contain SLACK, EMAIL, WEBHOOK/,
    ],
    ["channels that are not a list", { send: async () => {}, channels: "email" }, /must be a list/],
  ])("is refused before anything is opened: %s", (_case, service, message) => {
    expect(() => managerWith(service as NotificationService)).toThrow(message);
  });

  it.each([null, undefined])("may be omitted: %s", async (service) => {
    expect(await ask(managerWith(service), ["in_app"])).toMatchObject({ created: true });
  });
});
