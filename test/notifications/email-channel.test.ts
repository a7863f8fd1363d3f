/** The email channel with a real SMTP server: the emails that arrive, and the errors of those that do not. */

import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Channel, type Delivery, DeliveryError } from "../../src/notifications/channel.ts";
import { createEmailChannel, type EmailOptions } from "../../src/notifications/channels/email.ts";
import {
  addressee,
  deliveryOf,
  freshRequest,
  linksOf,
  PUBLIC_URL,
  plainTemplates,
} from "../support/notifications/mail-deliveries.ts";
import { type MailServer, type MailServerOptions, startMailServer } from "../support/notifications/mail-server.ts";

const links = linksOf();
let server: MailServer;
let channel: Channel;
const ended: (() => Promise<unknown>)[] = [];

/** A server and a channel to it. Both are closed after the test. */
async function start(options: Partial<EmailOptions> & { server?: MailServerOptions; query?: string } = {}) {
  const { server: serverOptions, query = "", ...more } = options;
  server = await startMailServer(serverOptions);
  ended.push(server.stop);
  channel = createEmailChannel({
    mail: { smtpUrl: server.url + query, from: "Approvals <approvals@example.org>", links: "known" },
    templates: plainTemplates,
    publicUrl: () => PUBLIC_URL,
    links,
    log: pino({ level: "silent" }),
    ...more,
  });
  ended.unshift(channel.close);
}
beforeEach(() => start());
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});
const restart = async (options: Parameters<typeof start>[0]) => {
  for (const end of ended.splice(0)) await end();
  await start(options);
};

const send = (delivery: Delivery) => channel.send(delivery, new AbortController().signal);
/** The error of an email that was not sent. */
const refusal = async (delivery: Delivery): Promise<DeliveryError> => {
  const error = await send(delivery).then(
    () => expect.unreachable("it was sent"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
};

describe("an email", () => {
  test("is sent as HTML and as plain text, from MAIL_FROM to only this person", async () => {
    const request = freshRequest();
    await send(deliveryOf(request));
    const mail = await server.next();
    expect(mail.envelope).toEqual({ from: "approvals@example.org", to: ["bob@example.org"] });
    expect(mail.header("From")).toBe("Approvals <approvals@example.org>");
    expect(mail.header("To")).toBe("bob@example.org");
    expect(mail.header("Subject")).toBe(request.title);
    expect(mail.header("Content-Type")).toMatch(/^multipart\/alternative/);
    expect(mail.text).toContain(`${PUBLIC_URL}/requests/${request.id}`);
    expect(mail.html).toContain(`<p>${PUBLIC_URL}/requests/${request.id}</p>`);
  });

  test("has the id of its notification in every attempt, and suppresses automatic replies", async () => {
    const delivery = deliveryOf(freshRequest());
    const sent = await send(delivery);
    await send(delivery);
    const [first, second] = [await server.next(), await server.next()];
    expect(first.header("Message-ID")).toBe(`<${delivery.notification.id}@example.org>`);
    expect(second.header("Message-ID")).toBe(first.header("Message-ID"));
    expect(sent.externalId).toBe(first.header("Message-ID"));
    expect(first.header("X-Countersign-Notification")).toBe(delivery.notification.id);
    expect(first.header("Auto-Submitted")).toBe("auto-generated");
    expect(first.header("X-Auto-Response-Suppress")).toBe("All");
    expect(first.header("X-Mailer")).toBeUndefined();
    expect(first.text).toBe(second.text);
  });

  test("is marked as urgent if little time is left", async () => {
    await send(deliveryOf(freshRequest(), { kind: "URGENT" }));
    expect((await server.next()).header("Importance")).toBe("High");
  });

  test("has the link to decide only if the person can decide, and the row never has it", async () => {
    const request = freshRequest();
    const asked = await send(deliveryOf(request));
    const told = await send(deliveryOf(request, { kind: "DECIDED", canDecide: false }));
    const link = /https:\S+\/decide\?token=(\S+)/.exec((await server.next()).text) as RegExpExecArray;
    expect(await links.verify(link[1] as string)).toEqual({ state: "valid", userId: "bob", requestId: request.id });
    expect((await server.next()).raw).not.toContain("/decide");
    expect(asked.body).toContain("/decide?token=…");
    expect(asked.body).not.toContain(link[1]);
    expect(told.body).toContain("DECIDED");
  });

  test("reuses the connection of an earlier email", async () => {
    for (let i = 0; i < 3; i++) await send(deliveryOf(freshRequest()));
    expect(server.mails.length).toBe(3);
    expect(server.connections()).toBe(1);
  });
});

describe("the emails of one request to one person", () => {
  test("are one thread: they reply to the same message, and their subjects differ only in Re:", async () => {
    const request = freshRequest();
    const kinds = ["REQUESTED", "REMINDER", "URGENT", "COMMENTED", "DECIDED"] as const;
    for (const kind of kinds) await send(deliveryOf(request, { kind }));
    const mails = await Promise.all(kinds.map(() => server.next()));
    const root = mails[0]?.header("References") as string;
    expect(root).toMatch(new RegExp(`^<request-${request.id}\\.[0-9a-f]{16}@example\\.org>$`));
    for (const mail of mails) {
      expect([mail.header("References"), mail.header("In-Reply-To")]).toEqual([root, root]);
      expect((mail.header("Subject") as string).replace(/^Re: /, "")).toBe(request.title);
    }
    expect(mails.map((mail) => mail.header("Subject")?.startsWith("Re: "))).toEqual([false, true, true, true, true]);
    expect(new Set(mails.map((mail) => mail.header("Message-ID"))).size).toBe(kinds.length);
  });

  test("are in a different thread than those of another person or another request", async () => {
    const request = freshRequest();
    await send(deliveryOf(request));
    await send(deliveryOf(request, { person: addressee("cleo") }));
    await send(deliveryOf(freshRequest()));
    const roots = await Promise.all([1, 2, 3].map(async () => (await server.next()).header("References")));
    expect(new Set(roots).size).toBe(3);
  });

  test("do not include a notification about an endpoint", async () => {
    await send(deliveryOf(freshRequest(), { kind: "ENDPOINT_DISABLED", canDecide: false }));
    const mail = await server.next();
    expect([mail.header("References"), mail.header("In-Reply-To")]).toEqual([undefined, undefined]);
  });
});

describe("the text that people wrote", () => {
  test.each([
    ["CRLF", "Pay\r\nBcc: mallory@example.org\r\n\r\n<h1>Free money</h1>"],
    ["LF", "Pay\nBcc: mallory@example.org"],
    ["CR", "Pay\rBcc: mallory@example.org"],
    ["a separator of lines", "Pay\u2028Bcc: mallory@example.org\u0085X-Other: 1"],
  ])("adds no header by %s in a title", async (_what, title) => {
    await send(deliveryOf(freshRequest({ title })));
    const mail = await server.next();
    expect(mail.header("Bcc")).toBeUndefined();
    expect(mail.header("X-Other")).toBeUndefined();
    expect(mail.envelope.to).toEqual(["bob@example.org"]);
    expect(mail.parsed.subject).toMatch(/^Pay Bcc: mallory@example\.org/);
    expect(mail.header("Content-Type")).toMatch(/^multipart\/alternative/);
  });

  test("arrives in an email in every script", async () => {
    const title = "Überweisung 12.000 € an 株式会社 freigeben? 🧾 ".repeat(5).trim();
    await send(deliveryOf(freshRequest({ title })));
    const mail = await server.next();
    expect(mail.parsed.subject).toBe(title);
    expect(mail.text).toContain(title);
    for (const line of mail.raw.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
  });
});

describe("the recipient's email address", () => {
  test("is the person's, or their id if that is an address", async () => {
    await send(deliveryOf(freshRequest(), { person: addressee("bob", { email: "b.o.b+x@mail.example.org" }) }));
    await send(deliveryOf(freshRequest(), { person: addressee("cleo@example.org", { email: null }) }));
    await send({ ...deliveryOf(freshRequest(), { person: addressee("dan@example.org") }), person: null });
    const mails = await Promise.all([1, 2, 3].map(() => server.next()));
    expect(mails.map((mail) => mail.envelope.to)).toEqual([
      ["b.o.b+x@mail.example.org"],
      ["cleo@example.org"],
      ["dan@example.org"],
    ]);
  });

  test("causes a permanent failure if it is missing", async () => {
    const error = await refusal(deliveryOf(freshRequest(), { person: addressee("bob", { email: null }) }));
    expect([error.permanent, error.message]).toEqual([true, "No email address is known for bob."]);
  });

  test.each([
    "bob@example.org, mallory@example.org",
    "bob@example.org\r\nRCPT TO:<mallory@example.org>",
    "bob",
    "a@b@c",
  ])("is a single address: %j", async (email) => {
    const error = await refusal(deliveryOf(freshRequest(), { person: addressee("bob", { email }) }));
    expect([error.permanent, error.message]).toEqual([true, "The known email address of bob is not valid."]);
    expect(server.connections()).toBe(0);
  });
});

describe("without a usable MAIL_FROM", () => {
  test.each([
    [null, PUBLIC_URL, "countersign@approvals.example.com"],
    ["nobody in particular", PUBLIC_URL, "countersign@approvals.example.com"],
    [null, "http://127.0.0.1:4000", "countersign@[127.0.0.1]"],
    [null, "http://[::1]:4000", "countersign@[IPv6:::1]"],
    [null, "http://localhost:4000", "countersign@localhost"],
  ])("(%j), emails are from countersign at the host of %s", async (from, publicUrl, address) => {
    await restart({});
    const { url } = server;
    const warned: string[] = [];
    const log = pino({}, { write: (line: string) => void warned.push(line) });
    const settings = { smtpUrl: url, from, links: "known" as const };
    channel = createEmailChannel({ mail: settings, templates: plainTemplates, publicUrl: () => publicUrl, links, log });
    ended.unshift(channel.close);
    expect(warned.filter((line) => line.includes("MAIL_FROM")).length).toBe(1);
    const delivery = deliveryOf(freshRequest());
    await send(delivery);
    const mail = await server.next();
    expect(mail.envelope.from).toBe(address);
    expect(mail.parsed.from?.value[0]?.name).toBe("Countersign");
    expect(mail.header("Message-ID")).toContain(delivery.notification.id);
  });
});
