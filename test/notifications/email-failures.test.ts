/** Emails that the server does not accept: whether they are retried, and the error on the row. */

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

describe("an email fails permanently because of", () => {
  test("a recipient whom the server refuses", async () => {
    server.refuse("bob@example.org");
    expect(await refusal()).toEqual({
      permanent: true,
      message: "The mail server refused the recipient: 550 No such user here",
    });
    expect(server.mails).toEqual([]);
  });

  test("an address with non-ASCII characters before the @ that the server does not support", async () => {
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

  test("a message that the server refuses", async () => {
    server.answer(554, "Message rejected as spam");
    expect(await refusal()).toEqual({
      permanent: true,
      message: "The mail server refused the message: 554 Message rejected as spam",
    });
  });
});

test("a server that quotes the link of a refused email reveals it to nobody", async () => {
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

describe("an email is retried after", () => {
  test("a recipient whom the server refuses temporarily", async () => {
    server.refuse("bob@example.org", 450, "Greylisted, try again in five minutes");
    expect(await refusal()).toEqual({
      permanent: false,
      message: "The mail server did not accept the recipient: 450 Greylisted, try again in five minutes",
    });
  });

  test("a message that the server refuses temporarily, and that arrives later", async () => {
    const delivery = deliveryOf(freshRequest());
    server.answer(451, "Local error in processing");
    expect((await refusal(delivery)).permanent).toBe(false);
    await send(delivery);
    expect((await server.next()).header("X-Countersign-Notification")).toBe(delivery.notification.id);
  });

  test("a connection that is lost after the message, and a receiver recognizes the repeat", async () => {
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

  test("a refused connection, because the server is not running", async () => {
    await server.stop();
    expect(await refusal()).toEqual({
      permanent: false,
      message: "The mail server cannot be reached (ECONNREFUSED).",
    });
  });

  test.each(["greeting", "data"] as const)("the timeout, if the server does not answer (%s)", async (at) => {
    const attempt = new AbortController();
    const hanging = server.hang(at);
    const refused = refusal(deliveryOf(freshRequest()), attempt.signal);
    await hanging;
    attempt.abort();
    expect(await refused).toEqual({ permanent: false, message: "The mail server did not answer in time." });
  });

  test("a lookup of a host name that cannot be resolved", async () => {
    channel = open("smtp://mail.invalid");
    expect(await refusal()).toEqual({
      permanent: false,
      message: "The host name of the mail server cannot be resolved.",
    });
  });
});

describe("the account at the mail server", () => {
  test("is that of SMTP_URL, with any characters in its password", async () => {
    await start({ account: { user: "countersign", pass: PASSWORD } });
    channel = open(withAccount(server.url, PASSWORD));
    await send(deliveryOf(freshRequest()));
    expect(server.mails.length).toBe(1);
  });

  test("is retried if the server refuses it, because an operator may fix it; the error has no password", async () => {
    await start({ account: { user: "countersign", pass: "another" } });
    channel = open(withAccount(server.url, PASSWORD));
    const { permanent, message } = await refusal();
    expect(permanent).toBe(false);
    expect(message).toBe(
      "The mail server refused the user name and password of SMTP_URL: " +
        "535 Authentication failed for countersign with [hidden]",
    );
  });

  test("is reported as missing if the server requires one, without failing the email permanently", async () => {
    await start({ account: { user: "countersign", pass: PASSWORD } });
    channel = open(server.url);
    expect((await refusal()).permanent).toBe(false);
  });
});

describe("encryption to the mail server", () => {
  test("is used if the server offers it, and its certificate is checked", async () => {
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

  test("is required if SMTP_URL requires it", async () => {
    channel = open(`${server.url}?requireTLS=true`);
    const { permanent, message } = await refusal();
    expect([permanent, message]).toEqual([false, expect.stringContaining("could not be encrypted")]);
    expect(server.mails).toEqual([]);
  });
});

test("the dialog with the server is never printed, with any options in SMTP_URL", async () => {
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

test("a refused email does not delay others", async () => {
  server.refuse("bob@example.org");
  await refusal();
  const { person, ...delivery } = deliveryOf(freshRequest());
  await send({ ...delivery, person: person && { ...person, email: "cleo@example.org" } });
  expect((await server.next()).envelope.to).toEqual(["cleo@example.org"]);
});
