/**
 * From the request to the email, to the decision, and to the email about the outcome, with the whole server and a mail
 * server.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MailServer, type ReceivedMail, startMailServer } from "../support/notifications/mail-server.ts";
import { expectGuarded, openedPageIn, press } from "../support/server/decisions.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const BOB = "bob@example.org";
const ANN = "ann@example.org";
const CLEO = "cleo@example.org";
let mail: MailServer;
let server: TestServer;
let ann: string;
let bob: string;

beforeAll(async () => {
  mail = await startMailServer();
  server = await startServer({
    SMTP_URL: mail.url,
    MAIL_LINKS: "anyone",
    MAIL_FROM: "Approvals <approvals@example.org>",
  });
  [ann, bob] = await Promise.all([tokenFor(ANN), tokenFor(BOB)]);
});
afterAll(async () => {
  await server.stop();
  await mail.stop();
});

const ask = (more: object = {}) => server.ask(ann, { notifyUsers: [BOB], notifyChannels: ["EMAIL"], ...more });
const requestOf = async (id: string) =>
  (await server.data(ann, "query ($id: ID!) { approvalRequest(id: $id) { status version decidedBy comment } }", { id }))
    .approvalRequest;
/** Every address of this server in the email, in both parts. */
const linksIn = ({ text, html }: ReceivedMail): string[] => {
  const found = `${text} ${html.replaceAll("&amp;", "&")}`.match(/https?:\/\/[^\s"'<>)]+/g) ?? [];
  return [...new Set(found)].filter((url) => url.startsWith(server.url));
};
const decideLinkIn = (received: ReceivedMail): string => {
  const links = linksIn(received).filter((url) => url.includes("/decide?token="));
  expect(links).toHaveLength(1);
  return links[0] as string;
};

describe("a person who is asked by email", () => {
  test("decides from it without signing in, and everybody is notified in the same thread", async () => {
    const id = await ask({ title: "Deploy <b>1.4</b>?\r\nBcc: mallory@example.org", notifyUsers: [BOB, CLEO] });
    const [asked, askedToo] = [await mail.next(BOB), await mail.next(CLEO)];
    expect(mail.mails.flatMap(({ envelope }) => envelope.to).sort()).toEqual([BOB, CLEO]);
    expect(asked.header("Bcc")).toBeUndefined();
    expect(asked.html).not.toContain("<b>1.4");

    const shown = await openedPageIn(await fetch(decideLinkIn(asked)));
    expect([shown.status, shown.buttons]).toEqual([200, true]);
    expectGuarded(shown);
    expect(shown.headers.get("x-frame-options")).toBe("DENY");
    const done = await press(server.url, shown, "APPROVE", "From the train.");
    expect(done.text).toContain("Approved. The workflow continues.");
    expect(await requestOf(id)).toMatchObject({ status: "APPROVED", decidedBy: BOB, comment: "From the train." });

    const [toAnn, toCleo] = [await mail.next(ANN), await mail.next(CLEO)];
    expect(toAnn.text).toContain("From the train.");
    expect(toCleo.header("References")).toBe(askedToo.header("References"));
    expect(toCleo.header("Subject")).toBe(`Re: ${askedToo.header("Subject")}`);
    for (const outcome of [toAnn, toCleo]) expect(linksIn(outcome).join()).not.toContain("/decide");
  });

  test("has not decided after a scanner has fetched all links of the email", async () => {
    const id = await ask();
    const received = await mail.next(BOB);
    const before = await requestOf(id);
    const links = linksIn(received);
    expect(links.some((url) => url.includes("/decide"))).toBe(true);
    for (const url of links) {
      for (const method of ["HEAD", "GET", "GET"])
        await (await fetch(url, { method, redirect: "manual" })).arrayBuffer();
    }
    expect(await requestOf(id)).toEqual(before);
    expect(before.status).toBe("PENDING");
    expect((await openedPageIn(await fetch(decideLinkIn(received)))).buttons).toBe(true);
  });

  test("receives it again, as the same message, if the server lost the connection after sending it", async () => {
    mail.dropAfterData();
    await ask();
    const [first, second] = [await mail.next(BOB), await mail.next(BOB)];
    expect(second.header("Message-ID")).toBe(first.header("Message-ID"));
    expect(second.header("X-Countersign-Notification")).toBe(first.header("X-Countersign-Notification"));
    expect(decideLinkIn(second)).toBe(decideLinkIn(first));
  });
});

test("the token of a link in an email opens only its page, and no other token opens the page", async () => {
  const id = await ask();
  const token = new URL(decideLinkIn(await mail.next(BOB))).searchParams.get("token") as string;
  expect((await server.post({ query: "{ viewer { userId } }" }, token)).status).toBe(401);
  const session = await fetch(`${server.url}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: server.url },
    body: JSON.stringify({ token }),
  });
  expect(session.status).toBe(401);
  const shown = await openedPageIn(await fetch(`${server.url}/decide?token=${bob}`));
  expect([shown.status, shown.buttons]).toEqual([400, false]);
  expect((await requestOf(id)).status).toBe("PENDING");
});

test("a reader of the outbox cannot decide with its contents", async () => {
  const id = await ask();
  const token = new URL(decideLinkIn(await mail.next(BOB))).searchParams.get("token") as string;
  let row: { status: string; body: string } | undefined;
  await expect
    .poll(async () => {
      const text =
        "select status, body, row_to_json(n)::text as whole from approval_notifications n where approval_request_id = $1";
      const { rows } = await server.database.pool.query(text, [id]);
      row = rows.find(({ whole }) => whole.includes("EMAIL"));
      expect(rows.map(({ whole }) => whole).join()).not.toContain(token);
      return row?.status;
    })
    .toBe("SENT");
  expect(row?.body).toContain("/decide?token=…");
});
