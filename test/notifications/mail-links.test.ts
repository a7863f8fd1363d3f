/** MAIL_LINKS: who receives a link that decides without signing in. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MailServer, type ReceivedMail, startMailServer } from "../support/notifications/mail-server.ts";
import { openedPageIn, press } from "../support/server/decisions.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let mail: MailServer;
let known: TestServer;
let anyone: TestServer;
let ann: string;
let bot: string;

beforeAll(async () => {
  mail = await startMailServer();
  const env = { SMTP_URL: mail.url, MAIL_FROM: "approvals@example.org" };
  known = await startServer(env);
  anyone = await startServer({ ...env, MAIL_LINKS: "anyone" });
  ann = await tokenFor("ann@example.org");
  bot = await tokenFor("bot", { scope: "approvals:request" });
});
afterAll(async () => {
  await Promise.all([known.stop(), anyone.stop()]);
  await mail.stop();
});

const askByMail = (server: TestServer, notifyUsers: string[], more: object = {}, token = ann) =>
  server.ask(token, { notifyUsers, notifyChannels: ["EMAIL"], ...more });
const links = ({ text, html }: ReceivedMail) => `${text} ${html}`.match(/\/decide\?token=[\w.-]+/g) ?? [];
/** Expects that both parts of the email have the link to the sign-in. */
const expectSignIn = (received: ReceivedMail, id: string) => {
  expect(links(received)).toEqual([]);
  expect(received.text).toMatch(new RegExp(`Sign in to decide: \\S+/requests/${id}`));
  expect(received.html).toMatch(new RegExp(`href="[^"]+/requests/${id}"[^>]*>[^<]*Sign in to decide`));
  expect(received.text + received.html).not.toMatch(/Do not forward this email/);
};

describe("with MAIL_LINKS=known, the default", () => {
  test("an address that is not in the directory receives an email that says to sign in", async () => {
    const id = await askByMail(known, ["outside@elsewhere.example"]);
    expectSignIn(await mail.next("outside@elsewhere.example"), id);
  });

  test("an address that a token has used as its id, or as its address in another case, receives the link", async () => {
    await known.data(await tokenFor("bob@example.org"), "{ viewer { userId } }");
    await known.data(await tokenFor("c-7", { claims: { email: "Cleo@Example.org" } }), "{ viewer { userId } }");
    for (const address of ["bob@example.org", "cleo@example.org"]) {
      await askByMail(known, [address]);
      expect(links(await mail.next(address))).not.toEqual([]);
    }
  });

  test("an address that a token has marked as unverified receives no link", async () => {
    const claims = { email: "claimed@example.org", email_verified: false };
    await known.data(await tokenFor("mallory", { claims }), "{ viewer { userId } }");
    const id = await askByMail(known, ["claimed@example.org"]);
    expectSignIn(await mail.next("claimed@example.org"), id);
  });

  test("nobody receives a link to decide their own request under another name", async () => {
    await known.data(await tokenFor("d-1", { claims: { email: "dan@example.org" } }), "{ viewer { userId } }");
    const named = ["bob@example.org", "dan@example.org"];
    await askByMail(known, named, { requestedBy: "d-1" }, bot);
    expect(links(await mail.next("bob@example.org"))).not.toEqual([]);
    expect(mail.mails.filter(({ envelope }) => envelope.to.includes("dan@example.org"))).toEqual([]);
  });

  test("a link that was sent earlier still decides for a person who is not in the directory", async () => {
    const id = await askByMail(anyone, ["early@elsewhere.example"]);
    const [link] = links(await mail.next("early@elsewhere.example"));
    const later = await startServer({ DATABASE_URL: anyone.database.url, SMTP_URL: mail.url });
    try {
      const shown = await openedPageIn(await fetch(later.url + link));
      expect([shown.status, shown.buttons]).toEqual([200, true]);
      await press(later.url, shown, "APPROVE");
      const { approvalRequest } = await later.data(
        ann,
        "query ($id: ID!) { approvalRequest(id: $id) { status decidedBy } }",
        { id },
      );
      expect(approvalRequest).toEqual({ status: "APPROVED", decidedBy: "early@elsewhere.example" });
    } finally {
      await later.stop();
    }
  });

  test("the server warns at its start with the number of approvers of open requests who are known only by their email address", async () => {
    const warned = (server: TestServer) =>
      server
        .log()
        .split("\n")
        .filter((line) => line.includes("MAIL_LINKS"));
    expect(warned(known)).toEqual([]);
    await askByMail(anyone, ["one@elsewhere.example", "two@elsewhere.example", "TWO@elsewhere.example"]);
    await askByMail(anyone, ["two@elsewhere.example"], { allowedApprovers: ["three@elsewhere.example"] });
    await askByMail(anyone, ["ann@example.org"], {}, bot);
    await anyone.ask(ann, { notifyUsers: ["in-app@elsewhere.example"], notifyChannels: ["IN_APP"] });
    const env = { DATABASE_URL: anyone.database.url, SMTP_URL: mail.url };
    const [later, open, silent] = [
      await startServer(env),
      await startServer({ ...env, MAIL_LINKS: "anyone" }),
      await startServer({ DATABASE_URL: anyone.database.url }),
    ];
    try {
      expect(warned(later)).toEqual([expect.stringMatching(/MAIL_LINKS is known: 3 approvers of open requests/)]);
      expect([...warned(open), ...warned(silent)]).toEqual([]);
    } finally {
      await Promise.all([later.stop(), open.stop(), silent.stop()]);
    }
  });
});

test("with MAIL_LINKS=anyone every approver receives the link", async () => {
  await askByMail(anyone, ["somebody@elsewhere.example"]);
  expect(links(await mail.next("somebody@elsewhere.example"))).not.toEqual([]);
});
