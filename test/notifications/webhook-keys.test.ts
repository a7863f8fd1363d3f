/** The keys of webhook endpoints: their derivation, the command that prints them, and the signatures of messages. */

import { createHash, hkdfSync } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointKey, formatKey, keyBelow, secretBelow, secretBytes } from "../../src/config/webhook-keys.ts";
import { runCommand } from "../support/cli/process.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { channelOf, deliveryOf, failureOf, newSecret, patient } from "../support/notifications/webhook-deliveries.ts";
import { answer, redirect, startWebhookReceiver } from "../support/notifications/webhook-receiver.ts";

const secret = newSecret();
const keyOf = (url: string, of = secret) => formatKey(endpointKey(secretBytes(of), new URL(url)));
const printed = (args: string[], held: string | null = secret) =>
  runCommand(["webhook-key", ...args], { env: held === null ? {} : { WEBHOOK_SECRET: held } });

describe("the key of a webhook endpoint", () => {
  it.each([
    "https://HOOKS.company.com/deploy",
    "https://hooks.company.com./deploy",
    "https://hooks.company.com:443/deploy",
    "https://user:pass@hooks.company.com/deploy?token=1#part",
    "https://hooks.company.com/x/../deploy",
  ])("is the same for %s as for the plain address", (url) => {
    expect(keyOf(url)).toBe(keyOf("https://hooks.company.com/deploy"));
  });

  it.each([
    "http://hooks.company.com/deploy",
    "https://hooks.company.com:8443/deploy",
    "https://hooks.company.com/deploy/",
    "https://hooks.company.com/Deploy",
    "https://hooks.company.com/",
    "https://hooks.company.com//deploy",
    "https://company.com/deploy",
  ])("is a different key for %s", (url) => {
    expect(keyOf(url)).not.toBe(keyOf("https://hooks.company.com/deploy"));
  });

  it("is derived as documented in docs/notifications.md", () => {
    const step = (from: Uint8Array, label: string, part: string) => {
      const info = `countersign webhook ${label} ${createHash("sha256").update(part).digest("hex")}`;
      return Buffer.from(hkdfSync("sha256", from, "", info, 32));
    };
    const origin = step(secretBytes(secret), "origin", "https://hooks.company.com");
    const key = step(step(step(origin, "segment", "a"), "segment", "b"), "key", "");
    expect(keyOf("https://hooks.company.com/a/b")).toBe(formatKey(key));
  });

  it("accepts very long addresses", () => {
    expect(keyOf(`https://x.example/${"a".repeat(2_000)}`)).toMatch(/^whsec_.{44}$/);
  });

  it("can be derived from the secret of a parent address and from no other key", () => {
    const below = secretBelow(secretBytes(secret), new URL("http://127.0.0.1:8080/countersign/"));
    const key = keyOf("http://127.0.0.1:8080/countersign/sign_1/outcome");
    expect(formatKey(keyBelow(below, "sign_1/outcome"))).toBe(key);
    expect(formatKey(below)).not.toBe(keyOf("http://127.0.0.1:8080/countersign"));
    const root = secretBelow(secretBytes(secret), new URL("http://127.0.0.1:8080"));
    expect(formatKey(keyBelow(root, "countersign/sign_1/outcome"))).toBe(key);
  });
});

describe("countersign webhook-key", () => {
  it("prints the key of an address, and of each secret while there are two", async () => {
    const url = "https://hooks.company.com/deploy";
    expect(await printed([url])).toEqual({ code: 0, stdout: `${keyOf(url)}\n`, stderr: "" });
    const older = newSecret();
    const both = await printed([url], `${secret} ${older}`);
    expect(both.stdout).toBe(`${keyOf(url)}\n${keyOf(url, older)}\n`);
  });

  it("prints the secret for all addresses below an address", async () => {
    const url = "http://127.0.0.1:8080/countersign";
    const below = formatKey(secretBelow(secretBytes(secret), new URL(url)));
    expect(await printed(["--below", url])).toEqual({ code: 0, stdout: `${below}\n`, stderr: "" });
  });

  it.each<[string, string[], string | null, RegExp]>([
    ["no address", ["hooks"], secret, /^countersign: URL is "hooks"; it must be an http:\/\/ or https:\/\/ URL/],
    ["another scheme", ["ftp://u:hunter2@x"], secret, /URL is "ftp:\/\/u:\*\*\*@x\/"; it must be/],
    ["no operand", [], secret, /URL is not given/],
    ["no secret", ["https://x.example"], null, /WEBHOOK_SECRET is ""; it must be one secret/],
    ["a secret that is not base64", ["https://x.example"], "hunter2!", /WEBHOOK_SECRET is set to a hidden value/],
    [
      "three secrets",
      ["https://x.example"],
      `${secret} ${secret} ${secret}`,
      /WEBHOOK_SECRET is set to a hidden value/,
    ],
  ])("refuses %s with exit code 4 and without showing a secret", async (_, args, held, why) => {
    const { code, stdout, stderr } = await printed(args, held);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(why);
    expect(stderr).not.toContain("hunter2");
    expect(stderr).not.toContain(secret.slice(6));
  });

  it("warns of a short secret on standard error, and prints only the key to standard output", async () => {
    const { code, stdout, stderr } = await printed(["https://x.example"], Buffer.alloc(12, 1).toString("base64"));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "countersign: warning: WEBHOOK_SECRET is shorter than 24 bytes and may be guessed; use a random one\n",
    });
    expect(stdout).toMatch(/^whsec_[\w+/]+=\n$/);
  });

  it("prints a help text", async () => {
    expect((await printed(["--help"])).stdout).toContain("Usage: countersign webhook-key URL [options]");
  });
});

describe("a webhook message", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it("is signed with the secret and with the key of its endpoint, to WEBHOOK_URL and to a callback", async () => {
    const receiver = await startWebhookReceiver();
    try {
      const keys = [secret, keyOf(receiver.url)];
      await channelOf(database.pool, { url: `${receiver.url}?a=1`, secret }).send(deliveryOf(), patient());
      const delivery = deliveryOf({ callbackUrl: receiver.url });
      await channelOf(database.pool, { url: null, secret }).send(delivery, patient());
      for (const { body, headers } of receiver.received) {
        for (const key of keys) new Webhook(key).verify(body, headers as Record<string, string>);
        const other = new Webhook(keyOf(`${receiver.url}/other`));
        expect(() => other.verify(body, headers as Record<string, string>)).toThrow("No matching signature");
      }
      expect(receiver.received).toHaveLength(2);
    } finally {
      await receiver.stop();
    }
  });

  it("has both signatures of each secret while there are two", async () => {
    const receiver = await startWebhookReceiver();
    const older = newSecret();
    try {
      const channel = channelOf(database.pool, { url: receiver.url, secret: `${secret} ${older}` });
      await channel.send(deliveryOf(), patient());
      const [{ body, headers }] = receiver.received as [(typeof receiver.received)[0]];
      for (const key of [secret, older, keyOf(receiver.url), keyOf(receiver.url, older)]) {
        new Webhook(key).verify(body, headers as Record<string, string>);
      }
      expect(String(headers["webhook-signature"]).split(" ")).toHaveLength(4);
    } finally {
      await receiver.stop();
    }
  });

  it("has the creator, the requester and the policy as they were given", async () => {
    const receiver = await startWebhookReceiver();
    const policy = {
      createdBy: "bot",
      requestedBy: "ann",
      approvalType: "CONDITIONAL" as const,
      allowSelfApproval: true,
      allowedApprovers: ["bob"],
      notifyUsers: ["cleo"],
      notifyRoles: ["ops"],
      escalateToUsers: ["dan"],
      requireMinApprovers: 2,
      requireAllApprovers: true,
      approvalsRequired: 3,
      decisionSource: "APPROVER" as const,
      autoApproveConditions: [{ field: "context.size", operator: "LT" as const, value: 3 }],
    };
    try {
      await channelOf(database.pool, { url: receiver.url, secret }).send(deliveryOf({ request: policy }), patient());
      expect(receiver.received[0]?.payload.data.request).toMatchObject(policy);
    } finally {
      await receiver.stop();
    }
  });
});

describe("a redirect of a callback", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  const elsewhere = (url: string) => url.replace("127.0.0.1", "localhost");

  it.each<[string, readonly string[] | null, boolean]>([
    ["a host of CALLBACK_HOSTS", ["127.0.0.1", "localhost"], true],
    ["a host that CALLBACK_HOSTS does not allow", ["127.0.0.1", "*.localhost"], false],
    ["any host if CALLBACK_HOSTS is not set", null, true],
  ])("leads to %s", async (_, callbackHosts, isFollowed) => {
    const receiver = await startWebhookReceiver();
    try {
      receiver.behave(redirect(elsewhere(receiver.url)), answer(204));
      const channel = channelOf(database.pool, { url: null, secret, callbackHosts });
      const sending = channel.send(deliveryOf({ callbackUrl: receiver.url }), patient());
      if (isFollowed) await sending;
      else {
        const { message, permanent } = await failureOf(sending);
        expect([permanent, message]).toEqual([true, expect.stringContaining("which CALLBACK_HOSTS does not allow")]);
      }
      expect(receiver.received).toHaveLength(isFollowed ? 2 : 1);
    } finally {
      await receiver.stop();
    }
  });

  it("on its own host is followed, even if the list has changed since the request was created", async () => {
    const receiver = await startWebhookReceiver();
    try {
      receiver.behave(redirect(`${receiver.url}/2`), answer(204));
      const channel = channelOf(database.pool, { url: null, secret, callbackHosts: ["hooks.company.com"] });
      await channel.send(deliveryOf({ callbackUrl: receiver.url }), patient());
      expect(receiver.received).toHaveLength(2);
    } finally {
      await receiver.stop();
    }
  });

  it("of WEBHOOK_URL is not limited by CALLBACK_HOSTS", async () => {
    const receiver = await startWebhookReceiver();
    try {
      receiver.behave(redirect(elsewhere(receiver.url)), answer(204));
      const channel = channelOf(database.pool, { url: receiver.url, secret, callbackHosts: ["hooks.company.com"] });
      await channel.send(deliveryOf(), patient());
      expect(receiver.received).toHaveLength(2);
    } finally {
      await receiver.stop();
    }
  });
});
