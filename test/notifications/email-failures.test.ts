/** What becomes of a mail that the server does not take: tried again or given up, and what the row says. */

import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Channel, type Delivery, DeliveryError } from "../../src/notifications/channel.ts";
import { createEmailChannel } from "../../src/notifications/channels/email.ts";
import {
  addressee,
  deliveryOf,
  freshRequest,
  linksOf,
  PUBLIC_URL,
  plainTemplates,
} from "../support/notifications/mail-deliveries.ts";
import { type MailServer, type MailServerOptions, startMailServer } from "../support/notifications/mail-server.ts";

const PASSWORD = "p@ss w%rd/1";
let server: MailServer;
let channels: Channel[] = [];
let channel: Channel;

const open = (smtpUrl: string): Channel => {
  const made = createEmailChannel({
    mail: { smtpUrl, from: "approvals@example.org", links: "known" },
    templates: plainTemplates,
    publicUrl: () => PUBLIC_URL,
    links: linksOf(),
    log: pino({ level: "silent" }),
  });
  channels.push(made);
  return made;
};
const withAccount = (url: string, password: string) =>
  url.replace("://", `://countersign:${encodeURIComponent(password)}@`);

async function start(options: MailServerOptions = {}) {
  await server?.stop();
  server = await startMailServer(options);
}
beforeEach(async () => {
  await start();
  channel = open(server.url);
});
afterEach(async () => {
  for (const made of channels) await made.close();
  channels = [];
  await server.stop();
});

const send = (delivery: Delivery, signal = new AbortController().signal) => channel.send(delivery, signal);
async function refusal(delivery = deliveryOf(freshRequest()), signal?: AbortSignal) {
  const error = await send(delivery, signal).then(
    () => expect.unreachable("it was sent"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  const { permanent, message } = error as DeliveryError;
  expect(message).not.toMatch(/[\r\n]/);
  return { permanent, message };
}

const toJoerg = () => deliveryOf(freshRequest(), { person: { ...addressee("joerg"), email: "jörg@example.org" } });

describe("given up at once", () => {
  test("is a recipient whom the server refuses", async () => {
    server.refuse("bob@example.org");
    expect(await refusal()).toEqual({
      permanent: true,
      message: "The mail server refused the recipient: 550 No such user here",
    });
    expect(server.mails).toEqual([]);
  });

  test("is an address with letters beyond ASCII before the @, where the server does not take them", async () => {
    await start({ unicode: false });
    channel = open(server.url);
    expect(await refusal(toJoerg())).toEqual({
      permanent: true,
      message: expect.stringMatching(/cannot be reached at jörg@example\.org: .*SMTPUTF8/),
    });
    expect(server.mails).toEqual([]);
    expect(await refusal(toJoerg())).toMatchObject({ permanent: true });
    // One question answers for all.
    expect(server.connections()).toBe(1);
    await start();
    await open(server.url).send(toJoerg(), new AbortController().signal);
    expect(server.mails.map(({ envelope }) => envelope.to)).toEqual([["jörg@example.org"]]);
  });

  test("is a message that the server refuses", async () => {
    server.answer(554, "Message rejected as spam");
    expect(await refusal()).toEqual({
      permanent: true,
      message: "The mail server refused the message: 554 Message rejected as spam",
    });
  });
});

test("a server that quotes the link it refuses gives nobody else the link", async () => {
  const request = freshRequest();
  const token = await linksOf().sign({ userId: "bob", request });
  for (const quoted of [token, `${token.slice(0, 60)} ${token.slice(60)}`, token.slice(0, -10)]) {
    server.answer(554, `Listed: ${PUBLIC_URL}/decide?token=${quoted} (rule 7)`);
    const { message } = await refusal(deliveryOf(request));
    expect(message).toMatch(
      /^The mail server refused the message: 554 Listed: \S+\/decide\?token=(\[hidden\] ?)+ \(rule 7\)$/,
    );
  }
});

describe("tried again", () => {
  test("is a recipient whom the server puts off", async () => {
    server.refuse("bob@example.org", 450, "Greylisted, try again in five minutes");
    expect(await refusal()).toEqual({
      permanent: false,
      message: "The mail server did not take the recipient: 450 Greylisted, try again in five minutes",
    });
  });

  test("is a message that the server puts off, and arrives then", async () => {
    const delivery = deliveryOf(freshRequest());
    server.answer(451, "Local error in processing");
    expect((await refusal(delivery)).permanent).toBe(false);
    await send(delivery);
    expect((await server.next()).header("X-Countersign-Notification")).toBe(delivery.notification.id);
  });

  test("is a message that the connection broke off after; who got it twice can tell", async () => {
    const delivery = deliveryOf(freshRequest());
    server.dropAfterData();
    expect(await refusal(delivery)).toEqual({ permanent: false, message: "The mail server closed the connection." });
    // The library did not send it again behind the outbox's back.
    expect(server.mails.length).toBe(1);
    await send(delivery);
    const [first, second] = [await server.next(), await server.next()];
    expect(second.header("Message-ID")).toBe(first.header("Message-ID"));
    expect(second.text).toBe(first.text);
  });

  test("is what no server was there for", async () => {
    await server.stop();
    expect(await refusal()).toEqual({
      permanent: false,
      message: "The mail server cannot be reached (ECONNREFUSED).",
    });
  });

  test.each(["greeting", "data"] as const)(
    "is what the server says nothing to (%s), when it has expired",
    async (at) => {
      const attempt = new AbortController();
      const hanging = server.hang(at);
      const refused = refusal(deliveryOf(freshRequest()), attempt.signal);
      await hanging;
      attempt.abort();
      expect(await refused).toEqual({ permanent: false, message: "The mail server did not answer in time." });
    },
  );

  test("is a name that is not known", async () => {
    channel = open("smtp://mail.invalid");
    expect(await refusal()).toEqual({ permanent: false, message: "The name of the mail server is not known." });
  });
});

describe("the account", () => {
  test("is SMTP_URL's, whatever characters its password has", async () => {
    await start({ account: { user: "countersign", pass: PASSWORD } });
    channel = open(withAccount(server.url, PASSWORD));
    await send(deliveryOf(freshRequest()));
    expect(server.mails.length).toBe(1);
  });

  test("is tried again where the server does not take it, for somebody may mend it; no password is named", async () => {
    await start({ account: { user: "countersign", pass: "another" } });
    channel = open(withAccount(server.url, PASSWORD));
    const { permanent, message } = await refusal();
    expect(permanent).toBe(false);
    expect(message).toBe(
      "The mail server refused the name and password of SMTP_URL: " +
        "535 Authentication failed for countersign with [hidden]",
    );
  });

  test("is missed where the server wants one and there is none, which is no fault of the mail's", async () => {
    await start({ account: { user: "countersign", pass: PASSWORD } });
    channel = open(server.url);
    expect((await refusal()).permanent).toBe(false);
  });
});

describe("encryption", () => {
  test("is taken where the server offers it, and its certificate is checked", async () => {
    await start({ encrypted: true });
    channel = open(server.url);
    expect(await refusal()).toEqual({
      permanent: false,
      message: "The connection to the mail server could not be encrypted (CERT_HAS_EXPIRED).",
    });
    channel = open(`${server.url}?tls.rejectUnauthorized=false`);
    await send(deliveryOf(freshRequest()));
    expect(server.mails.length).toBe(1);
  });

  test("is insisted on where SMTP_URL says so", async () => {
    channel = open(`${server.url}?requireTLS=true`);
    const { permanent, message } = await refusal();
    expect([permanent, message]).toEqual([false, expect.stringContaining("could not be encrypted")]);
    expect(server.mails).toEqual([]);
  });
});

test("nothing that is said to the server is printed, whatever SMTP_URL asks for", async () => {
  const printed: unknown[] = [];
  const { log } = console;
  console.log = (...parts) => printed.push(parts);
  try {
    channel = open(`${server.url}?logger=true&debug=true`);
    await send(deliveryOf(freshRequest()));
  } finally {
    console.log = log;
  }
  expect(server.mails.length).toBe(1);
  expect(printed).toEqual([]);
});

test("a refused mail holds nobody up", async () => {
  server.refuse("bob@example.org");
  await refusal();
  const { person, ...delivery } = deliveryOf(freshRequest());
  await send({ ...delivery, person: person && { ...person, email: "cleo@example.org" } });
  expect((await server.next()).envelope.to).toEqual(["cleo@example.org"]);
});
