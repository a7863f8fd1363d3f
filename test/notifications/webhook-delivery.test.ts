/** Webhooks from the receiver's side: their contents, the effect of each response, and misbehaving servers. */

import * as tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { NotificationKind } from "../../src/model/notifications.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { HOOKS_CERTIFICATE } from "../support/notifications/webhook-certificate.ts";
import {
  channelOf,
  deliveryOf,
  failureOf,
  newSecret,
  PUBLIC_URL,
  patient,
} from "../support/notifications/webhook-deliveries.ts";
import {
  answer,
  type Behaviour,
  cut,
  cutInBody,
  endless,
  hang,
  hangInBody,
  type ReceiverOptions,
  redirect,
  startWebhookReceiver,
  type WebhookReceiver,
} from "../support/notifications/webhook-receiver.ts";
import { startScript } from "../support/processes.ts";

let database: TestDatabase;
const secret = newSecret();
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function receiverOf(options: ReceiverOptions = {}): Promise<WebhookReceiver> {
  const receiver = await startWebhookReceiver({ secrets: [secret], ...options });
  onTestFinished(() => receiver.stop());
  return receiver;
}

const to = (url: string, more: Parameters<typeof channelOf>[2] = {}) => channelOf(database.pool, { url, secret }, more);

describe("a webhook", () => {
  it("has the message's id, the attempt's time and a signature that the standard's library verifies", async () => {
    const receiver = await receiverOf();
    const delivery = deliveryOf();
    const sent = await to(`${receiver.url}?tenant=7#part`).send(delivery, patient());
    const [webhook] = receiver.received;
    expect(sent).toEqual({ subject: "approval.decided" });
    expect(webhook).toMatchObject({ id: delivery.notification.id, path: "/hook?tenant=7", verifiedBy: [0] });
    expect(webhook?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^Countersign\/\d/),
      "webhook-timestamp": String(Math.floor(delivery.now.getTime() / 1_000)),
      connection: "close",
    });
    expect(webhook?.headers).not.toHaveProperty("accept-encoding");
  });

  it.each<[NotificationKind, string]>([
    ["REQUESTED", "approval.created"],
    ["DECIDED", "approval.decided"],
    ["ESCALATED", "approval.escalated"],
    ["TIMED_OUT", "approval.timed_out"],
    ["CANCELLED", "approval.cancelled"],
  ])("about %s is of the type %s, with time and request", async (kind, type) => {
    const receiver = await receiverOf();
    const delivery = deliveryOf({ kind, request: { title: 'Löschen "alles"?\n😀' } });
    await to(receiver.url).send(delivery, patient());
    const { id, title } = delivery.request;
    expect(receiver.received[0]?.payload).toMatchObject({
      type,
      timestamp: delivery.notification.createdAt.toISOString(),
      data: { request: { id, title }, url: `${PUBLIC_URL}/requests/${id}` },
    });
  });

  it("has the same id in every attempt, and the time of each attempt", async () => {
    const receiver = await receiverOf();
    receiver.behave(answer(503), cut, answer(200));
    const delivery = deliveryOf();
    const channel = to(receiver.url);
    const attempts = [0, 1_000, 2_000].map((ms) => ({ ...delivery, now: new Date(delivery.now.getTime() + ms) }));
    for (const attempt of attempts.slice(0, 2)) await failureOf(channel.send(attempt, patient()));
    await channel.send(attempts[2] as typeof delivery, patient());
    expect([...receiver.byId().keys()]).toEqual([delivery.notification.id]);
    expect(receiver.received.map(({ verifiedBy }) => verifiedBy)).toEqual([[0], [0], [0]]);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(3);
  });

  it.each([" ", ",", ", "])("is signed with both secrets during rotation, separated by %j", async (between) => {
    const older = newSecret().slice("whsec_".length);
    const receivers = await Promise.all([[secret], [older], [secret, older]].map((secrets) => receiverOf({ secrets })));
    for (const { url } of receivers) {
      await channelOf(database.pool, { url, secret: secret + between + older }).send(deliveryOf(), patient());
    }
    expect(receivers.map(({ received }) => received[0]?.verifiedBy)).toEqual([[0], [0], [0, 1]]);
  });

  it("is sent to the request's callback, with user and password if its address has them", async () => {
    const receiver = await receiverOf();
    const callbackUrl = receiver.url.replace("//", "//agent:p%40ss@");
    await to("http://127.0.0.1:9/").send(deliveryOf({ callbackUrl }), patient());
    expect(receiver.received[0]?.headers.authorization).toBe(`Basic ${btoa("agent:p@ss")}`);
  });

  it("is sent over TLS to a server with a trusted certificate", async () => {
    const before = tls.getCACertificates();
    tls.setDefaultCACertificates([...before, HOOKS_CERTIFICATE]);
    onTestFinished(() => tls.setDefaultCACertificates(before));
    const receiver = await receiverOf({ tls: true });
    const lookup = async () => [{ address: "127.0.0.1", family: 4 }];
    await to(receiver.url, { lookup }).send(deliveryOf(), patient());
    expect(receiver.received[0]?.verifiedBy).toEqual([0]);
  });

  it("ignores the proxies of the environment", async () => {
    const receiver = await receiverOf({ secrets: [] });
    // Node.js itself would use them.
    const proxies = { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" };
    const none = { NO_PROXY: "", no_proxy: "" };
    const sender = startScript("test/support/notifications/webhook-sender.ts", [receiver.url], { ...proxies, ...none });
    expect(await sender.line()).toBe("204");
    await sender.end();
    expect(receiver.received.length).toBe(1);
  });
});

describe("a webhook that cannot be sent", () => {
  it("fails permanently without an address or with invalid JSON", async () => {
    const receiver = await receiverOf();
    const callback = deliveryOf({ callbackUrl: receiver.url });
    const refused = async (webhook: Parameters<typeof channelOf>[1], delivery: typeof callback, more = {}) => {
      const { message, permanent } = await failureOf(channelOf(database.pool, webhook, more).send(delivery, patient()));
      expect(permanent).toBe(true);
      return message;
    };
    expect(await refused({ url: null }, deliveryOf())).toBe("WEBHOOK_URL is not set.");
    expect(await refused({}, deliveryOf({ callbackUrl: "mailto:x" }))).toContain("not an http or https URL");
    const templates = { render: () => "{" };
    expect(await refused({}, callback, { templates })).toContain("webhook/payload");
    expect(receiver.connections()).toBe(0);
  });
});

describe("an answer to a webhook", () => {
  it.each([200, 201, 202, 204, 299])("of %i is a success", async (status) => {
    const receiver = await receiverOf();
    receiver.behave(answer(status));
    await to(receiver.url).send(deliveryOf(), patient());
  });

  it.each([408, 429, 500, 502, 503, 504, 599])("of %i is a temporary failure", async (status) => {
    const receiver = await receiverOf();
    receiver.behave(answer(status));
    const { permanent, message, retryAfterMs } = await failureOf(to(receiver.url).send(deliveryOf(), patient()));
    expect([permanent, message, retryAfterMs]).toEqual([
      false,
      `127.0.0.1:${receiver.port} responded with ${status}.`,
      null,
    ]);
  });

  it.each([400, 401, 403, 404, 405, 413, 422, 451])("of %i is a permanent failure", async (status) => {
    const receiver = await receiverOf();
    receiver.behave(answer(status, { "Retry-After": "60" }));
    const { permanent, retryAfterMs } = await failureOf(to(receiver.url).send(deliveryOf(), patient()));
    expect([permanent, retryAfterMs]).toEqual([true, null]);
  });

  it.each([400, 401, 404, 409, 422])("of %i is temporary if a workflow waits for its callback", async (status) => {
    const receiver = await receiverOf();
    receiver.behave(answer(status, { "Retry-After": "60" }));
    const delivery = deliveryOf({ callbackUrl: receiver.url });
    const { permanent, retryAfterMs } = await failureOf(to(receiver.url).send(delivery, patient()));
    expect([permanent, retryAfterMs]).toEqual([false, 60_000]);
  });

  it("of 410 to a callback is permanent", async () => {
    const receiver = await receiverOf();
    receiver.behave(answer(410));
    const delivery = deliveryOf({ callbackUrl: receiver.url });
    expect((await failureOf(to(receiver.url).send(delivery, patient()))).permanent).toBe(true);
  });

  it("may ask for a pause, in seconds or as a date, which is respected for at most a day", async () => {
    const receiver = await receiverOf();
    const delivery = deliveryOf();
    const waitOf = async (status: number, value: string) => {
      receiver.behave(answer(status, { "Retry-After": value }));
      return (await failureOf(to(receiver.url).send(delivery, patient()))).retryAfterMs;
    };
    const inTwoMinutes = new Date(delivery.now.getTime() + 120_000).toUTCString();
    expect(await waitOf(429, "30")).toBe(30_000);
    expect(await waitOf(503, "7200")).toBe(7_200_000);
    expect(await waitOf(503, inTwoMinutes)).toBe(Date.parse(inTwoMinutes) - delivery.now.getTime());
    expect(await waitOf(503, "99999999999999999999")).toBe(86_400_000);
    for (const nothing of ["0", "-5", "soon", "2030-01-01", "1.5", new Date(0).toUTCString()]) {
      expect([nothing, await waitOf(503, nothing)]).toEqual([nothing, null]);
    }
  });
});

describe("a redirect of a webhook", () => {
  it.each([307, 308])("by %i is followed with method, body and signature, three times", async (status) => {
    const receiver = await receiverOf();
    receiver.behave(redirect("/a", status), redirect("/b", status), redirect(receiver.url, status), answer(202));
    await to(receiver.url).send(deliveryOf(), patient());
    expect(receiver.received.map(({ path }) => path)).toEqual(["/hook", "/a", "/b", "/hook"]);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  it.each<[string, Behaviour[], RegExp]>([
    ["more than three times", Array(4).fill(redirect("/on")), /more than 3 times/],
    ["by 301", [redirect("/on", 301)], /responded with 301; only the redirects 307 and 308/],
    ["by 302", [redirect("/on", 302)], /responded with 302/],
    ["by 303", [redirect("/on", 303)], /responded with 303/],
    ["by 300", [redirect("/on", 300)], /responded with 300/],
    ["to nowhere", [answer(307)], /without an http or https URL/],
    ["to another protocol", [redirect("file:///etc/passwd")], /without an http or https URL/],
  ])("%s is a permanent failure", async (_what, behaviours, words) => {
    const receiver = await receiverOf();
    receiver.behave(...behaviours);
    const { permanent, message } = await failureOf(to(receiver.url).send(deliveryOf(), patient()));
    expect([permanent, message]).toEqual([true, expect.stringMatching(words)]);
    expect(receiver.received.length).toBe(behaviours.length);
  });

  it("sends user and password only to the endpoint's own server", async () => {
    const own = await receiverOf();
    const other = await receiverOf();
    own.behave(redirect("/moved"), redirect(other.url.replace("//", "//x:y@")));
    await to(own.url.replace("//", "//agent:secret@")).send(deliveryOf(), patient());
    const told = [...own.received, ...other.received].map(({ headers }) => headers.authorization);
    expect(told).toEqual([`Basic ${btoa("agent:secret")}`, `Basic ${btoa("agent:secret")}`, undefined]);
  });

  it("is not followed from https to http", async () => {
    const before = tls.getCACertificates();
    tls.setDefaultCACertificates([...before, HOOKS_CERTIFICATE]);
    onTestFinished(() => tls.setDefaultCACertificates(before));
    const [secure, plain] = [await receiverOf({ tls: true }), await receiverOf()];
    secure.behave(redirect(plain.url));
    const lookup = async () => [{ address: "127.0.0.1", family: 4 }];
    const { permanent, message } = await failureOf(to(secure.url, { lookup }).send(deliveryOf(), patient()));
    expect([permanent, message]).toEqual([true, expect.stringContaining("from https to http")]);
    expect(plain.connections()).toBe(0);
  });
});

describe("a webhook to a server that", () => {
  it("does not answer fails at the timeout of the attempt", async () => {
    const receiver = await receiverOf();
    receiver.behave(hang);
    const time = new AbortController();
    const failing = failureOf(to(receiver.url).send(deliveryOf(), time.signal));
    await receiver.until(1);
    time.abort();
    const { permanent, message } = await failing;
    expect([permanent, message]).toEqual([false, `127.0.0.1:${receiver.port} did not answer in time.`]);
  });

  it("cuts the connection is retried", async () => {
    const receiver = await receiverOf();
    receiver.behave(cut);
    const { permanent, message } = await failureOf(to(receiver.url).send(deliveryOf(), patient()));
    expect([permanent, message]).toEqual([false, expect.stringContaining("closed the connection")]);
  });

  it("is down is retried, without naming its address", async () => {
    const receiver = await startWebhookReceiver();
    await receiver.stop();
    const lookup = async () => [{ address: "127.0.0.1", family: 4 }];
    const url = `http://hooks.test:${receiver.port}/`;
    const { permanent, message } = await failureOf(to(url, { lookup }).send(deliveryOf(), patient()));
    const words = `hooks.test:${receiver.port} refused the connection (ECONNREFUSED).`;
    expect([permanent, message]).toEqual([false, words]);
  });

  it("has a name that cannot be resolved is retried", async () => {
    const lookup = async () => Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }));
    const { permanent, message } = await failureOf(to("http://hooks.test/", { lookup }).send(deliveryOf(), patient()));
    expect([permanent, message]).toEqual([false, "hooks.test has no address in DNS (ENOTFOUND)."]);
  });

  it("has an untrusted certificate is retried", async () => {
    const receiver = await receiverOf({ tls: true });
    const lookup = async () => [{ address: "127.0.0.1", family: 4 }];
    const { permanent, message } = await failureOf(to(receiver.url, { lookup }).send(deliveryOf(), patient()));
    expect([permanent, message]).toEqual([false, expect.stringMatching(/no trusted TLS certificate \(.*SELF_SIGNED/)]);
    expect(receiver.received).toEqual([]);
  });

  it("does not support TLS for an https URL is retried", async () => {
    const receiver = await receiverOf();
    const { permanent, message } = await failureOf(
      to(receiver.url.replace("http:", "https:")).send(deliveryOf(), patient()),
    );
    expect([permanent, message]).toEqual([false, expect.stringContaining("no trusted TLS certificate")]);
  });

  it("answers without end reads the answer up to a limit, and the status counts", async () => {
    const receiver = await receiverOf();
    let sent = 0;
    const closed: Promise<void>[] = [];
    const count =
      (status: number): Behaviour =>
      (res) => {
        closed.push(new Promise((resolve) => res.once("close", () => resolve())));
        endless(status, (bytes) => {
          sent += bytes;
        })(res);
      };
    receiver.behave(count(200), count(500));
    await to(receiver.url).send(deliveryOf(), patient());
    expect(await failureOf(to(receiver.url).send(deliveryOf(), patient()))).toMatchObject({ permanent: false });
    await Promise.all(closed);
    // The socket buffers of both sides count as written, too.
    expect(sent).toBeLessThan(2 * 16_777_216);
  });

  it("sends interim responses without end reads them up to a limit", async () => {
    const receiver = await receiverOf();
    receiver.behave((res) => {
      const again = () => {
        if (res.destroyed) return;
        res.writeProcessing();
        setImmediate(again);
      };
      again();
    });
    expect(await failureOf(to(receiver.url).send(deliveryOf(), patient()))).toMatchObject({
      permanent: false,
      message: `127.0.0.1:${receiver.port} sent only interim responses.`,
    });
  });

  it.each<[string, (status: number) => Behaviour]>([
    ["cuts the connection within its answer", cutInBody],
    ["does not end its answer", hangInBody],
  ])("%s has its status counted", async (_what, behaviour) => {
    const receiver = await receiverOf();
    receiver.behave(behaviour(200), behaviour(500));
    await to(receiver.url).send(deliveryOf(), patient());
    expect(await failureOf(to(receiver.url).send(deliveryOf(), patient()))).toMatchObject({
      message: expect.stringContaining("responded with 500"),
    });
  });
});
