/** Endpoints that fail for days: disabled, reported to admins, shown without secrets, and enabled again. */

import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../src/notifications/channel.ts";
import type { DisabledEndpoint } from "../../src/notifications/channels/webhook.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { channelOf, deliveryOf, failureOf, newSecret, patient } from "../support/notifications/webhook-deliveries.ts";
import {
  answer,
  type Behaviour,
  cut,
  hang,
  startWebhookReceiver,
  type WebhookReceiver,
} from "../support/notifications/webhook-receiver.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const ENABLE = `mutation ($id: ID!) {
  answer: enableWebhookEndpoint(input: { id: $id }) {
    ... on EnableWebhookEndpointPayload { endpoint { id url failingSince disabledAt errorMessage } }
    ... on Error { code message }
  }
}`;

let server: TestServer;
let receiver: WebhookReceiver;
let channel: Channel;
let admin: string;
let disabled: DisabledEndpoint[];
let logged: string;
const secret = newSecret();
/** The full address, which is never shown. */
const address = () => `${receiver.url.replace("//", "//agent:hunter2@")}?token=hunter2`;

beforeAll(async () => {
  server = await startServer();
  admin = await tokenFor("adam", { scope: "approvals:admin" });
});
afterAll(() => server.stop());
beforeEach(async () => {
  receiver = await startWebhookReceiver({ secrets: [secret] });
  disabled = [];
  logged = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const onDisabled = async (endpoint: DisabledEndpoint) => void disabled.push(endpoint);
  channel = channelOf(server.database.pool, { url: address(), secret }, { onDisabled, log: pino(sink) });
});
afterEach(async () => {
  await receiver.stop();
  await server.database.pool.query("delete from approval_webhook_endpoints");
  expect(logged).not.toContain("hunter2");
});

const sends = (delivery = deliveryOf()) => channel.send(delivery, patient());
async function fails(behaviour: Behaviour = answer(500), delivery = deliveryOf()) {
  receiver.behave(behaviour);
  return failureOf(sends(delivery));
}
const rows = async (): Promise<Data[]> =>
  (await server.database.pool.query("select * from approval_webhook_endpoints order by url")).rows;
/** Moves the first failure of an endpoint into the past. */
const ago = (hours: number) =>
  server.database.pool.query(
    "update approval_webhook_endpoints set failing_since = clock_timestamp() - make_interval(hours => $1)",
    [hours],
  );

describe("a webhook endpoint that fails", () => {
  it("is stored with its first failure and its last error, until it works", async () => {
    await fails(answer(404));
    const [first] = await rows();
    expect(first).toMatchObject({ url: address(), disabled_at: null, error_message: expect.stringContaining("404") });
    await fails(cut);
    const [second] = await rows();
    expect(second?.failing_since).toEqual(first?.failing_since);
    expect(second?.error_message).toContain("closed the connection");
    await sends();
    expect(await rows()).toEqual([]);
  });

  it.each([400, 409, 413, 415, 422])("is not one that refuses a message with %i", async (status) => {
    await fails(answer(status));
    expect(await rows()).toEqual([]);
  });

  it("is disabled after three days, once, and admins are notified", async () => {
    await fails();
    await ago(71);
    await fails();
    expect(disabled).toEqual([]);
    await ago(73);
    const [one, other] = [deliveryOf(), deliveryOf()];
    // The second had begun before the first failed.
    await fails(answer(503), one);
    await fails(answer(503), other);
    expect(disabled).toEqual([
      {
        url: address(),
        display: receiver.url,
        requestId: one.request.id,
        error: `127.0.0.1:${receiver.port} responded with 503.`,
      },
    ]);
  });

  it("is disabled once, however many messages fail at the same time", async () => {
    // A callback's address too, as it is the same.
    const attempts = Array.from({ length: 8 }, (_, index) =>
      deliveryOf(index % 2 === 0 ? {} : { callbackUrl: address() }),
    );
    receiver.behave(...attempts.map(() => hangUntilAll(attempts.length)));
    await Promise.all(attempts.map((delivery) => failureOf(sends(delivery))));
    await ago(73);
    const processes = [channel, channel, channel].map(() =>
      channelOf(
        server.database.pool,
        { url: address(), secret },
        { onDisabled: async (endpoint) => void disabled.push(endpoint) },
      ),
    );
    receiver.behave(...processes.map(() => hangUntilAll(attempts.length + processes.length)));
    await Promise.all(processes.map((one) => failureOf(one.send(deliveryOf(), patient()))));
    expect(disabled.length).toBe(1);
  });

  it("is logged once a day for all callbacks of its host, and always if it is not a callback", async () => {
    const callbacks = [1, 2, 3].map((n) => `${receiver.url.replace("//", `//agent:hunter2-${n}@`)}/${n}`);
    for (const callbackUrl of callbacks) await fails(answer(500), deliveryOf({ callbackUrl }));
    await fails();
    await ago(73);
    for (const callbackUrl of callbacks) await fails(answer(500), deliveryOf({ callbackUrl }));
    expect(disabled.map(({ display }) => display)).toEqual([`${receiver.url}/1`]);
    expect((await rows()).filter(({ disabled_at: at }) => at !== null)).toHaveLength(3);
    await fails();
    expect(disabled.map(({ display }) => display)).toEqual([`${receiver.url}/1`, receiver.url]);
    await server.database.pool.query(
      "update approval_webhook_endpoints set disabled_at = disabled_at - interval '25 h'",
    );
    const another = `${receiver.url}/4`;
    await fails(answer(500), deliveryOf({ callbackUrl: another }));
    await ago(73);
    await fails(answer(500), deliveryOf({ callbackUrl: another }));
    expect(disabled.map(({ display }) => display).at(-1)).toBe(another);
  });

  it("is removed from the list if it failed a week ago and not since", async () => {
    await fails();
    await ago(169);
    await fails();
    expect([disabled, (await rows())[0]?.disabled_at]).toEqual([[], null]);
    await ago(169);
    // Another one's failure does away with it altogether.
    await fails(answer(500), deliveryOf({ callbackUrl: receiver.url }));
    expect((await rows()).map(({ url }) => url)).toEqual([receiver.url]);
  });

  it("is one that does not answer in time, but not one whose attempt was aborted early", async () => {
    receiver.behave(hang, hang);
    const attempt = new AbortController();
    const broken = failureOf(channel.send(deliveryOf(), attempt.signal));
    await receiver.until(1);
    attempt.abort();
    await broken;
    expect(await rows()).toEqual([]);
    const late = failureOf(channel.send(deliveryOf(), AbortSignal.timeout(100)));
    await channel.close();
    expect((await late).message).toContain("did not answer in time");
    expect((await rows())[0]).toMatchObject({ error_message: expect.stringContaining("in time") });
  });

  it("does not make a message fail that arrived, even if its state cannot be stored", async () => {
    const { pool } = server.database;
    const rename = (from: string, to: string) => pool.query(`alter table ${from} rename to ${to}`);
    receiver.behave((res) => {
      rename("approval_webhook_endpoints", "elsewhere").then(() => answer(204)(res));
    });
    await sends();
    await rename("elsewhere", "approval_webhook_endpoints");
    expect(logged).toContain("could not be stored");
  });
});

/** Fails after this number of requests. */
const hangUntilAll =
  (count: number): Behaviour =>
  (res) =>
    void receiver.until(count).then(() => answer(500)(res));

describe("a webhook endpoint that answers 410", () => {
  it("is disabled at once", async () => {
    const failure = await fails(answer(410));
    expect([failure.permanent, disabled.length]).toEqual([true, 1]);
    expect((await failureOf(sends())).message).toContain("has been disabled");
  });

  it("is stored but not disabled if it is a request's callback", async () => {
    const failure = await fails(answer(410), deliveryOf({ callbackUrl: address() }));
    expect([failure.permanent, disabled]).toEqual([true, []]);
    expect((await rows())[0]).toMatchObject({ disabled_at: null });
  });
});

describe("a disabled webhook endpoint", () => {
  const disable = async () => {
    await fails();
    await ago(73);
    await fails();
  };

  it("is not connected to, and each message has the instructions to enable it", async () => {
    await disable();
    const connections = receiver.connections();
    const { permanent, message } = await failureOf(sends());
    expect(permanent).toBe(true);
    const [, id] = /POST \/api\/notifications\/endpoints\/(endpoint_\w+)\/enable/.exec(message) ?? [];
    expect(message).toMatch(/disabled since \d{4}-.*enableWebhookEndpoint/);
    expect(message).not.toContain("hunter2");
    expect(receiver.connections()).toBe(connections);

    const { status, body } = await restClient(server, admin).post(`/notifications/endpoints/${id}/enable`);
    const enabled = { id, url: receiver.url, failingSince: null, disabledAt: null, errorMessage: null };
    expect([status, body]).toEqual([200, enabled]);
    await sends();
    expect(await rows()).toEqual([]);
  });

  it("starts to count its days again at its next failure once it is enabled", async () => {
    await disable();
    const [endpoint] = (await restClient(server, admin).get("/notifications/endpoints")).body.items;
    const enable = async () => (await server.data(admin, ENABLE, { id: endpoint.id })).answer.endpoint;
    const enabled = { id: endpoint.id, url: receiver.url, failingSince: null, disabledAt: null, errorMessage: null };
    expect(await enable()).toEqual(enabled);
    await ago(73);
    await fails();
    expect(disabled.length).toBe(1);
    const failing = await enable();
    expect(failing).toMatchObject({ disabledAt: null, errorMessage: expect.stringContaining("500") });
    expect(Date.parse(failing.failingSince)).toBeGreaterThan(Date.now() - 3_600_000);
  });

  it("is not disabled while admins cannot be notified", async () => {
    let broken = true;
    const onDisabled = async (endpoint: DisabledEndpoint) => {
      if (broken) throw new Error("no notice");
      disabled.push(endpoint);
    };
    channel = channelOf(server.database.pool, { url: address(), secret }, { onDisabled });
    await disable();
    expect((await rows())[0]).toMatchObject({ disabled_at: null });
    broken = false;
    await fails();
    expect([disabled.length, (await rows())[0]?.disabled_at]).toEqual([1, expect.any(Date)]);
  });
});

describe("the list of webhook endpoints", () => {
  const LIST = `query ($first: Int, $after: String, $disabled: Boolean) {
    webhookEndpoints(first: $first, after: $after, disabled: $disabled) {
      edges { cursor node { id url failingSince disabledAt errorMessage } } pageInfo { endCursor hasNextPage }
    }
  }`;

  it("has those that fail without their secrets, the newest first, page by page", async () => {
    const paths = ["/a", "/b", "/c", "/d", "/e"];
    for (const path of paths) {
      await fails(answer(500), deliveryOf({ callbackUrl: address().replace("/hook", path) }));
    }
    const reader = await tokenFor("audrey", { scope: "approvals:read" });
    const found: string[] = [];
    let after: string | null = null;
    do {
      const { webhookEndpoints } = await server.data(reader, LIST, { first: 2, after });
      expect(JSON.stringify(webhookEndpoints)).not.toMatch(/hunter2|agent|token/);
      expect(Buffer.from(webhookEndpoints.pageInfo.endCursor, "base64url").toString()).not.toContain("hunter2");
      found.push(...webhookEndpoints.edges.map(({ node }: Data) => new URL(node.url).pathname));
      after = webhookEndpoints.pageInfo.hasNextPage ? webhookEndpoints.pageInfo.endCursor : null;
    } while (after !== null);
    expect(found).toEqual(paths.toReversed());
    const { status, body } = await restClient(server, reader).get("/notifications/endpoints?first=5");
    expect([status, body.items.length, body.hasNextPage]).toEqual([200, 5, false]);
  });

  it("can be filtered by the disabled ones, or by the others", async () => {
    await fails(answer(410));
    await fails(answer(500), deliveryOf({ callbackUrl: receiver.url }));
    const rest = restClient(server, admin);
    for (const [flag, count] of [
      ["true", 1],
      ["false", 1],
    ]) {
      const { body } = await rest.get(`/notifications/endpoints?disabled=${flag}`);
      expect(body.items.length).toBe(count);
      expect(body.items[0].disabledAt !== null).toBe(flag === "true");
    }
    expect((await rest.get("/notifications/endpoints")).body.items.length).toBe(2);
  });

  it.each(["endpoint_", `endpoint_${"0".repeat(32)}`, "endpoint_\u0000", "1", "%"])(
    "has no endpoint %j to enable",
    async (id) => {
      expect((await server.data(admin, ENABLE, { id })).answer.code).toBe("NOT_FOUND");
      const path = `/notifications/endpoints/${encodeURIComponent(id)}/enable`;
      const { status, body } = await restClient(server, admin).post(path);
      expect([status, body.code]).toEqual([404, "NOT_FOUND"]);
    },
  );

  it("does not accept a cursor of another list", async () => {
    const foreign = Buffer.from(JSON.stringify(["pending", 1, `endpoint_${"0".repeat(32)}`])).toString("base64url");
    const { status, body } = await restClient(server, admin).get(`/notifications/endpoints?after=${foreign}`);
    expect([status, body.code]).toEqual([422, "VALIDATION"]);
  });
});
