/** Webhooks may not be sent into the private networks of the server, on no surface. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { displayUrl } from "../../src/model/display-url.ts";
import { isPublicAddress } from "../../src/notifications/channels/public-address.ts";
import { post } from "../../src/notifications/channels/webhook-answer.ts";
import type { Lookup, Reach } from "../../src/notifications/channels/webhook-request.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { channelOf, deliveryOf, failureOf, patient } from "../support/notifications/webhook-deliveries.ts";
import { redirect, startWebhookReceiver, type WebhookReceiver } from "../support/notifications/webhook-receiver.ts";

describe("an address is public", () => {
  it.each(["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::200e"])(
    "if it is %s",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each<[string, string[]]>([
    ["loopback", ["127.0.0.1", "127.8.9.10", "::1"]],
    ["private", ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"]],
    ["link-local, metadata services among it", ["169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0"]],
    ["of a zone", ["2606:4700::1111%eth0"]],
    ["of the old sites", ["fec0::1"]],
    ["shared by a provider's customers", ["100.64.0.1", "100.127.255.254"]],
    ["unspecified or of this network", ["0.0.0.0", "0.1.2.3", "::"]],
    ["multicast or broadcast", ["224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1"]],
    ["for documentation", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"]],
    ["for measurements", ["198.18.0.1", "198.19.255.255", "2001:2::1"]],
    ["reserved", ["192.0.0.1", "192.88.99.1", "240.0.0.1", "100::1", "4000::1", "8000::1", "2001:20::1", "5f00::1"]],
    ["mapped from IPv4", ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1"]],
    ["compatible with IPv4", ["::127.0.0.1", "::7f00:1", "::8.8.8.8", "::a00:1"]],
    ["of 6to4", ["2002:7f00:1::", "2002:808:808::1"]],
    ["of Teredo", ["2001:0:4136:e378:8000:63bf:3fff:fdd2"]],
    ["of NAT64", ["64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1"]],
    ["none", ["", "localhost", "127.1", "2130706433", "0x7f.1", "1.1.1.1.1", "[::1]", "::1::"]],
  ])("but is not if it is %s", (_what, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

describe("the display form of a webhook's address", () => {
  it.each([
    ["https://agent:hunter2@hooks.example.com:8443/a/b?token=hunter2#hunter2", "https://hooks.example.com:8443/a/b"],
    ["http://127.1", "http://127.0.0.1/"],
    ["hunter2 is none", "not a valid URL"],
    [`https://hooks.example.com/${"ü".repeat(1_000)}`, expect.stringMatching(/^https:.{493}…$/)],
  ])("is short and contains no secret: %#", (url, shown) => expect(displayUrl(url)).toEqual(shown));
});

describe("a literal IP address in a webhook's URL", () => {
  let database: TestDatabase;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await startWebhookReceiver({ host: "::" });
  });
  afterAll(async () => {
    await receiver.stop();
    await database.drop();
  });
  const LITERALS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "localhost",
    "LOCALHOST",
  ];

  it.each(LITERALS)("as %s is refused permanently and not connected to", async (host) => {
    const url = `http://${host}:${receiver.port}/`;
    for (const sending of [{ url }, { callbackUrl: url }]) {
      const channel = channelOf(database.pool, { url: sending.url ?? null, allowPrivate: false });
      const { permanent, message } = await failureOf(channel.send(deliveryOf(sending), patient()));
      expect(permanent).toBe(true);
      expect(message).toBe(`${new URL(url).host} has no public address; ${REASON}`);
    }
    expect(receiver.connections()).toBe(0);
  });

  it("with a zone is not a valid address", async () => {
    const sending = { callbackUrl: `http://[fe80::1%25lo]:${receiver.port}/` };
    const channel = channelOf(database.pool, { allowPrivate: false });
    expect(await failureOf(channel.send(deliveryOf(sending), patient()))).toMatchObject({ permanent: true });
  });

  it("is accepted if private addresses are allowed", async () => {
    const channel = channelOf(database.pool, { url: `http://[::ffff:127.0.0.1]:${receiver.port}/` });
    await channel.send(deliveryOf(), patient());
    expect(receiver.received.length).toBe(1);
  });
});

const REASON = "others are refused unless WEBHOOK_ALLOW_PRIVATE is true.";

// 127.0.0.1 plays the internet here, and 127.0.0.2 a network behind it.
describe("a host name in a webhook's address", () => {
  const PUBLIC = { address: "127.0.0.1", family: 4 };
  const PRIVATE = { address: "127.0.0.2", family: 4 };
  const message = { body: "{}", headers: {} };
  let outside: WebhookReceiver;
  let inside: WebhookReceiver;

  const within = (lookup: Lookup): Reach => ({ lookup, allows: (address) => address === PUBLIC.address });
  const send = (reach: Reach, name = "hooks.test") =>
    post(new URL(`http://${name}:${outside.port}/`), message, reach, patient());
  const refused = (name: string) => ({
    permanent: true,
    message: `${name}:${outside.port} has no public address; ${REASON}`,
  });
  /** Answers one after the other, then the last. */
  const inTurn = (...answers: (readonly (typeof PUBLIC)[])[]) => {
    const asked: string[] = [];
    const lookup: Lookup = async (name) => {
      asked.push(name);
      return answers[Math.min(asked.length, answers.length) - 1] ?? [];
    };
    return { asked, lookup };
  };

  const start = async () => {
    outside = await startWebhookReceiver({ host: PUBLIC.address });
    onTestFinished(() => outside.stop());
    inside = await startWebhookReceiver({ host: PRIVATE.address, port: outside.port });
    onTestFinished(() => inside.stop());
  };

  it("that resolves to a private address is refused permanently, without naming the address", async () => {
    await start();
    const failure = await failureOf(send(within(async () => [PRIVATE])));
    expect(failure).toMatchObject(refused("hooks.test"));
    expect(JSON.stringify(failure)).not.toContain(PRIVATE.address);
    expect(inside.connections()).toBe(0);
  });

  it("that resolves to public and private addresses is connected to only at the public ones", async () => {
    await start();
    for (const found of [
      [PRIVATE, PUBLIC],
      [PUBLIC, PRIVATE],
    ]) {
      expect(await send(within(async () => found))).toMatchObject({ status: 204 });
    }
    await outside.stop();
    // Nothing answers at the public address now, and the private one is not used instead.
    expect(await failureOf(send(within(async () => [PUBLIC, PRIVATE])))).toMatchObject({ permanent: false });
    expect(inside.connections()).toBe(0);
    outside = await startWebhookReceiver({ host: PUBLIC.address, port: outside.port });
  });

  it("that resolves differently the next time is resolved once per connection", async () => {
    await start();
    const { asked, lookup } = inTurn([PUBLIC], [PRIVATE]);
    expect(await send(within(lookup))).toMatchObject({ status: 204 });
    expect(asked).toEqual(["hooks.test"]);
    expect(await failureOf(send(within(lookup)))).toMatchObject(refused("hooks.test"));
    expect([outside.connections(), inside.connections()]).toEqual([1, 0]);
  });

  it("that resolves differently on a redirect is checked again", async () => {
    await start();
    const { asked, lookup } = inTurn([PUBLIC], [PRIVATE]);
    outside.behave(redirect("/again"));
    expect(await failureOf(send(within(lookup)))).toMatchObject(refused("hooks.test"));
    expect(asked).toEqual(["hooks.test", "hooks.test"]);
    expect([outside.connections(), inside.connections()]).toEqual([1, 0]);
  });

  it("whose server redirects to a private address is not followed, by name or by address", async () => {
    await start();
    const lookup: Lookup = async (name) => [name === "hooks.test" ? PUBLIC : PRIVATE];
    for (const host of ["internal.test", PRIVATE.address, "[::1]", "[::ffff:127.0.0.2]", "0x7f.2", "localhost"]) {
      const location = `http://${host}:${outside.port}/`;
      outside.behave(redirect("/first"), redirect(location, 308));
      const failure = await failureOf(send(within(lookup)));
      expect(failure).toMatchObject(refused(new URL(location).hostname));
    }
    expect(inside.connections()).toBe(0);
  });

  it("without an address is retried", async () => {
    await start();
    const { permanent, message } = await failureOf(send(within(async () => [])));
    expect([permanent, message]).toEqual([false, expect.stringContaining("has no address in DNS")]);
  });
});
