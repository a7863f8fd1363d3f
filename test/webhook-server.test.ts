/** Webhooks of the whole application: asked for, signed, delivered, and on the log. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer, tokenFor } from "./support/server.ts";
import { newSecret } from "./support/webhook-deliveries.ts";
import { answer, startWebhookReceiver, type WebhookReceiver } from "./support/webhook-receiver.ts";

const secret = newSecret();
let endpoint: WebhookReceiver;
let callback: WebhookReceiver;
let server: TestServer;
beforeAll(async () => {
  endpoint = await startWebhookReceiver({ secrets: [secret] });
  callback = await startWebhookReceiver({ secrets: [secret] });
  server = await startServer({
    WEBHOOK_URL: `${endpoint.url}?token=hunter2`,
    WEBHOOK_SECRET: secret,
    WEBHOOK_ALLOW_PRIVATE: "true",
  });
});
afterAll(async () => {
  await server.stop();
  await endpoint.stop();
  await callback.stop();
  expect(server.log()).not.toContain("hunter2");
});

it("tells the endpoint what happens and the callback the outcome, and tries again with the same id", async () => {
  const [ann, bob] = [await tokenFor("ann"), await tokenFor("bob")];
  endpoint.behave(answer(503), answer(204));
  const id = await server.ask(ann, { notifyChannels: ["WEBHOOK"], callbackUrl: `${callback.url}?token=hunter2` });
  await endpoint.until(2);
  await server.data(bob, "mutation ($id: ID!) { approveRequest(input: { requestId: $id }) { __typename } }", { id });
  await endpoint.until(3);
  await callback.until(1);
  expect(endpoint.received.map(({ payload }) => payload.type)).toEqual([
    "approval.created",
    "approval.created",
    "approval.decided",
  ]);
  expect([...endpoint.byId().values()].map(({ length }) => length)).toEqual([2, 1]);
  expect(callback.received[0]?.payload).toMatchObject({
    type: "approval.decided",
    data: { request: { id, status: "APPROVED" }, actor: "bob" },
  });
  const statuses = async () =>
    (
      await server.database.pool.query(
        `select kind, recipient, status, subject, retry_count from approval_notifications
          where channel = 'WEBHOOK' order by metadata->>'to', kind desc`,
      )
    ).rows;
  const sent = { status: "SENT", retry_count: 0 };
  await expect.poll(statuses, { timeout: 60_000 }).toEqual([
    { ...sent, kind: "DECIDED", recipient: callback.url, subject: "approval.decided" },
    { ...sent, kind: "REQUESTED", recipient: endpoint.url, subject: "approval.created", retry_count: 1 },
    { ...sent, kind: "DECIDED", recipient: endpoint.url, subject: "approval.decided" },
  ]);
});
