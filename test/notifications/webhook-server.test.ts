/** Webhooks with the whole application: requested, signed, delivered and logged. */

import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Data } from "../support/graphql/graphql.ts";
import { newSecret } from "../support/notifications/webhook-deliveries.ts";
import { answer, startWebhookReceiver, type WebhookReceiver } from "../support/notifications/webhook-receiver.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const patiently = { timeout: 60_000 };
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

it("the server sends events to the endpoint and the outcome to the callback, and retries with the same id", async () => {
  const [ann, bob] = [await tokenFor("ann", { scope: "approvals:request" }), await tokenFor("bob")];
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
  await expect.poll(statuses, patiently).toEqual([
    { ...sent, kind: "DECIDED", recipient: callback.url, subject: "approval.decided" },
    { ...sent, kind: "REQUESTED", recipient: endpoint.url, subject: "approval.created", retry_count: 1 },
    { ...sent, kind: "DECIDED", recipient: endpoint.url, subject: "approval.decided" },
  ]);
});

it("the server notifies admins of an endpoint that has failed for days, who enable it and resend the failed messages", async () => {
  const failing = await startWebhookReceiver({ secrets: [secret] });
  const own = await startServer({
    WEBHOOK_URL: failing.url,
    WEBHOOK_SECRET: secret,
    WEBHOOK_ALLOW_PRIVATE: "true",
  });
  onTestFinished(async () => {
    await own.stop();
    await failing.stop();
  });
  const adam = restClient(own, await tokenFor("adam", { scope: "approvals:admin" }));
  const ask = async () => own.ask(await tokenFor("ann"), { notifyChannels: ["WEBHOOK"] });
  const listed = async (path: string): Promise<Data[]> => (await adam.get(path)).body.items;
  // A response of 404 is permanent, so each request's message is sent once.
  failing.behave(answer(404), answer(404));
  await ask();
  await expect.poll(() => listed("/notifications/endpoints?disabled=false"), patiently).toHaveLength(1);
  await own.database.pool.query(
    "update approval_webhook_endpoints set failing_since = clock_timestamp() - interval '73 hours'",
  );
  const last = await ask();
  await expect.poll(() => listed("/notifications"), patiently).toHaveLength(1);
  const [told] = await listed("/notifications");
  expect(told).toMatchObject({ kind: "ENDPOINT_DISABLED", status: "SENT", request: { id: last } });
  expect(told?.subject).not.toBeNull();

  const [disabled] = await listed("/notifications/endpoints?disabled=true");
  expect(disabled).toMatchObject({ url: failing.url, errorMessage: expect.stringContaining("404") });
  await ask();
  const givenUp = () => listed("/notifications/deliveries?channels=WEBHOOK&givenUpOnly=true");
  await expect.poll(givenUp, patiently).toHaveLength(3);
  const [unsent] = await givenUp();
  expect(unsent?.errorMessage).toContain("has been disabled since");
  expect(failing.received).toHaveLength(2);

  expect((await adam.post(`/notifications/endpoints/${disabled?.id}/enable`, {})).status).toBe(200);
  for (const { id } of await givenUp()) await adam.post(`/notifications/deliveries/${id}/resend`, {});
  await failing.until(5);
  await expect.poll(givenUp, patiently).toEqual([]);
  await expect.poll(() => listed("/notifications/endpoints"), patiently).toEqual([]);
});
