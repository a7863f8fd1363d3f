/** The page of a request in a real browser: reviewed, discussed and decided by several users at the same time. */

import { beforeAll, describe, expect, test } from "vitest";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { APPROVE, tokenFor } from "../support/server/server.ts";
import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb();
beforeAll(() => allowRewriting(web.server.database.pool));

const ask = (more: object = {}) => web.ask("Deploy 7 to production?", more);
const open = (userId: string, id: string, options: object = {}) => web.open(userId, `/requests/${id}`, options);
const decisionsOn = async (id: string) => {
  const query = "query ($id: ID!) { approvalRequest(id: $id) { status decisions { approver decision comment } } }";
  return (await web.server.data(web.requester, query, { id })).approvalRequest;
};
const changeContext = (id: string, context: object) =>
  web.server.database.pool.query("update approval_requests set context = $2 where id = $1", [id, context]);

const dialog = ({ page }: WebPerson) => page.getByRole("dialog");
const section = ({ page }: WebPerson, name: string) => page.getByRole("region", { name });
const answer = ({ page }: WebPerson, question: string) =>
  page.locator("dl > div").filter({ has: page.getByText(question, { exact: true }) });

const RICH = {
  description:
    "Adds **split payments**.\n\n<script>alert(1)</script>\n\n[bad](javascript:alert(1)) [good](https://x.example/)\n\n" +
    "| Stage | Errors |\n| --- | --- |\n| canary | 2 |\n\n- [x] tested\n\n```sql\nselect 1;\n```",
  context: {
    replicas: { before: 4, after: 12 },
    manifest: { before: "image: 1\nport: 80\n", after: "image: 2\nport: 80\n" },
    affected: Array.from({ length: 30 }, (_, i) => ({ customer: `Customer ${i}`, orders: i })),
    plan: { steps: [{ name: "canary", checks: [{ limit: { value: 1 } }] }] },
    pullRequestUrl: "https://x.example/pull/1",
    picture:
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  },
  metadata: { commit: "9f8e7d6c" },
};

describe("the first screen of a request", () => {
  test("has everything for a decision, without scrolling on a desktop", async () => {
    const id = await ask({
      allowedApprovers: ["bob", "carol"],
      requireMinApprovers: 2,
      description: "It adds split payments.",
      timeoutAction: "ESCALATE",
      escalateToUsers: ["eve"],
      timeoutMs: 7_200_000,
    });
    const bob = await open("bob", id);
    await bob.page.getByRole("heading", { level: 1, name: "Deploy 7 to production?" }).waitFor();
    const answers = [
      ["Why you", "You are one of 2 approvers."],
      ["If you approve", "After yours, one more approval is needed."],
      ["If you reject", "One rejection is enough"],
      ["Who else", "carol must approve as well."],
      ["Until", "If nobody decides by then, it is escalated to eve, with 2 hours more."],
    ] as const;
    for (const [question, words] of answers) {
      const place = answer(bob, question).getByText(words);
      const bottom = async () => {
        const box = await place.boundingBox();
        return box && box.y + box.height;
      };
      // The page moves until its last part is there.
      await expect.poll(bottom, { message: question }).toBeLessThan(800);
    }
    await bob.page.getByText("ann asks").waitFor();
    await bob.page.getByText("It adds split payments.").waitFor();
    await expect.poll(() => bob.page.title()).toContain("Deploy 7 to production?");
  });

  test("explains that an id is unknown or that the viewer may not see the request", async () => {
    const carol = await open("carol", await ask());
    await carol.page.getByText("Not found").waitFor();
    await expectAccessible(carol.page);
    await carol.page.goto(`${web.server.url}/requests/nothing-like-it`);
    await carol.page.getByText("Not found").waitFor();
    await carol.page.getByRole("main").getByRole("link", { name: "Go to the inbox" }).click();
    await carol.page.waitForURL(`${web.server.url}/`);
  });
});

test("a voter who lost the role still sees the request, their vote, and why they cannot decide", async () => {
  const id = await ask({ notifyUsers: [], notifyRoles: ["ops"], requireMinApprovers: 2 });
  const iat = Math.floor(Date.now() / 1000);
  const withRole = await tokenFor("ivy", { roles: ["ops"], claims: { iat: iat - 100 } });
  await web.server.data(withRole, APPROVE, { id });
  const ivy = await open("ivy", id, { claims: { iat: iat - 50 } });
  await answer(ivy, "Why you see it").getByText("You voted, but you may no longer decide.").waitFor();
  expect(await ivy.page.getByRole("button", { name: "Approve" }).count()).toBe(0);
  await section(ivy, "Conversation").getByLabel("Comment").fill("Ask jon.");
  await section(ivy, "Conversation").getByRole("button", { name: "Send" }).click();
  await section(ivy, "Conversation").getByRole("listitem").getByText("Ask jon.").waitFor();
});

describe("the decision on the page of a request", () => {
  test("can be made by keyboard alone", async () => {
    const id = await ask();
    const bob = await open("bob", id);
    await bob.page.getByRole("button", { name: "Approve" }).waitFor();
    await bob.page.keyboard.press("a");
    await dialog(bob).getByText("Your approval is enough: the workflow continues.").waitFor();
    await dialog(bob).getByLabel("Comment").and(bob.page.locator(":focus")).waitFor();
    await bob.page.keyboard.type("Looks right.");
    await bob.page.keyboard.press("Control+Enter");
    await section(bob, "Outcome").getByText("Approved by you.").waitFor();
    expect(await decisionsOn(id)).toEqual({
      status: "APPROVED",
      decisions: [{ approver: "bob", decision: "APPROVE", comment: "Looks right." }],
    });
    await bob.page.getByRole("button", { name: "Reject" }).waitFor({ state: "detached" });
  });

  test("requires a reason if it is a rejection", async () => {
    const id = await ask();
    const bob = await open("bob", id);
    await bob.page.getByRole("button", { name: "Reject" }).waitFor();
    await bob.page.keyboard.press("r");
    await dialog(bob).getByRole("button", { name: "Reject" }).click();
    await dialog(bob).getByText("A rejection needs a reason.").waitFor();
    await dialog(bob).getByLabel("Comment").fill("Not on a Friday.");
    await dialog(bob).getByRole("button", { name: "Reject" }).click();
    await section(bob, "Outcome").getByText("Rejected by you.").waitFor();
    await section(bob, "Who decides").getByText("Not on a Friday.").waitFor();
  });

  test("of one user is seen by the other user of the quorum immediately", async () => {
    const id = await ask({ notifyUsers: ["bob", "carol"], requireMinApprovers: 2 });
    const [bob, carol] = await Promise.all([open("bob", id), open("carol", id)]);
    await section(carol, "Who decides").getByText("0 of 2 approvals").waitFor();
    await bob.page.getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByLabel("Comment").fill("Fine by me.");
    await dialog(bob).getByRole("button", { name: "Approve" }).click();
    await section(bob, "Status").getByText("You approved it. One more approval is needed.").waitFor();
    await section(carol, "Who decides").getByText("1 of 2 approvals").waitFor();
    await section(carol, "Who decides").getByText("Fine by me.").waitFor();
    await answer(carol, "If you approve").getByText("Yours is the last approval needed").waitFor();
    await web.server.data(carol.token, APPROVE, { id });
    await section(bob, "Outcome").getByText("Approved by carol.").waitFor();
    await section(bob, "History").getByText("carol approved, which was the last approval needed.").waitFor();
  });
});

test("a user who decides too late reads who was faster", async () => {
  const id = await ask({ notifyUsers: ["bob", "carol"] });
  const bob = await open("bob", id);
  await bob.page.getByRole("button", { name: "Approve" }).click();
  const reject = 'mutation ($id: ID!) { rejectRequest(input: { requestId: $id, comment: "No." }) { __typename } }';
  await web.server.data(await tokenFor("carol"), reject, { id });
  await dialog(bob).getByRole("button", { name: "Approve" }).click();
  await dialog(bob).getByText("carol was faster and has rejected it.").waitFor();
  await dialog(bob).getByRole("button", { name: "Close" }).last().click();
  await section(bob, "Outcome").getByText("Rejected by carol.").waitFor();
});

describe("the content of a request that changes while it is read", () => {
  test("is shown with its changes, which must be reviewed before a decision", async () => {
    const id = await ask({ context: { amount: 100, account: "A" } });
    const bob = await open("bob", id);
    await bob.page.getByRole("button", { name: "Approve" }).waitFor();
    await changeContext(id, { amount: 900, account: "A" });
    const changed = section(bob, "Content has changed since you opened it");
    await changed.getByText("Amount").waitFor();
    await expect.poll(() => changed.locator("del, ins").allTextContents()).toEqual(["100", "900"]);
    expect(await changed.getByText("Account").count()).toBe(0);
    await expectAccessible(bob.page);

    await bob.page.keyboard.press("a");
    await bob.page.locator("#changed:focus").waitFor();
    expect(await dialog(bob).count()).toBe(0);

    await changed.getByRole("button", { name: "I have read the changes" }).click();
    await bob.page.keyboard.press("a");
    await dialog(bob).getByRole("button", { name: "Approve" }).click();
    await section(bob, "Outcome").getByText("Approved by you.").waitFor();
  });

  test("cannot be decided with a dialog that was already open, and the comment is not lost", async () => {
    const id = await ask({ context: { amount: 100 } });
    const bob = await open("bob", id);
    await bob.page.getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByLabel("Comment").fill("Small enough.");
    await changeContext(id, { amount: 900 });
    await dialog(bob).getByText("Content has changed").waitFor();
    await dialog(bob).getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByText("Your decision was not recorded").waitFor();
    await dialog(bob).getByRole("button", { name: "Review again" }).click();
    await bob.page.locator("#changed:focus").waitFor();
    expect((await decisionsOn(id)).decisions).toEqual([]);

    await bob.page.getByRole("button", { name: "I have read the changes" }).click();
    await bob.page.keyboard.press("r");
    expect(await dialog(bob).getByLabel("Comment").inputValue()).toBe("");
    await bob.page.keyboard.press("Escape");
    await dialog(bob).waitFor({ state: "detached" });
    await bob.page.keyboard.press("a");
    expect(await dialog(bob).getByLabel("Comment").inputValue()).toBe("Small enough.");
    await dialog(bob).getByRole("button", { name: "Approve" }).click();
    await section(bob, "Outcome").getByText("Approved by you.").waitFor();
    expect((await decisionsOn(id)).decisions).toMatchObject([{ comment: "Small enough." }]);
  });
});

describe("the conversation about a request", () => {
  test("reaches a second browser live", async () => {
    const id = await ask();
    const [bob, ann] = await Promise.all([open("bob", id), open("ann", id)]);
    await section(ann, "Conversation").getByText("No comments yet.").waitFor();
    await section(bob, "Conversation").waitFor();
    await bob.page.keyboard.press("c");
    await bob.page.keyboard.type("Is the backup done?");
    await bob.page.keyboard.press("Control+Enter");
    await section(bob, "Conversation").getByText("Is the backup done?").waitFor();
    await section(ann, "Conversation").getByText("Is the backup done?").waitFor();
    await section(ann, "History").getByText("bob commented.").waitFor();
    await expect.poll(() => section(bob, "Conversation").getByText("Is the backup done?").count()).toBe(1);
  });

  test("retains comments that were not sent, so that they can be sent again", async () => {
    const id = await ask();
    const bob = await open("bob", id);
    await section(bob, "Conversation").getByText("No comments yet.").waitFor();
    await bob.page.route("**/graphql", (route) => route.abort());
    await section(bob, "Conversation").getByLabel("Comment").fill("Hello?");
    await section(bob, "Conversation").getByRole("button", { name: "Send" }).click();
    await section(bob, "Conversation").getByText("The server cannot be reached.").waitFor();
    await bob.page.unroute("**/graphql");
    await section(bob, "Conversation").getByRole("button", { name: "Send again" }).click();
    await section(bob, "History").getByText("You commented.").waitFor();
    // The browser reports each request that it could not send.
    bob.complaints.splice(0);
  });
});

describe("the context on the page of a request", () => {
  test("does not widen the page if it has 99 levels of any kind, on a desktop or a phone", async () => {
    const nested = (wrap: (inner: unknown) => unknown, levels = 98): unknown =>
      levels === 0 ? "the very end" : wrap(nested(wrap, levels - 1));
    const items = Array.from({ length: 60 }, (_, level) => `${"  ".repeat(level)}- item`);
    const id = await ask({
      context: {
        objects: nested((deeper) => ({ deeper })),
        lists: nested((inner) => [inner]),
        branches: nested((deeper) => ({ note: "on the way", deeper })),
        changed: nested((rest) => ({ before: 1, after: 2, rest })),
        before: nested((inner) => ({ before: inner, after: 1 })),
      },
      metadata: { facts: nested((deeper) => ({ deeper })) },
      description: `${"> ".repeat(99)}the very end\n\n${items.join("\n")} at the very end`,
    });
    for (const options of [{}, PHONE]) {
      const bob = await open("bob", id, options);
      await bob.page.getByRole("button", { name: "Show metadata" }).click();
      const ends = bob.page.getByText("the very end");
      // Like a user who reads to the end.
      await expect
        .poll(
          async () => {
            await bob.page.evaluate(() => {
              for (const closed of document.querySelectorAll("main details"))
                (closed as HTMLDetailsElement).open = true;
            });
            return ends.count();
          },
          { timeout: 60_000, interval: 20 },
        )
        .toBeGreaterThanOrEqual(7);
      const wider = await bob.page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.scrollingElement as Element;
        return scrollWidth - clientWidth;
      });
      expect(wider).toBeLessThanOrEqual(0);
    }
  });

  test("is shown in suitable shapes, and runs no scripts", async () => {
    const bob = await open("bob", await ask(RICH));
    await bob.page.getByText("<script>alert(1)</script>").waitFor();
    await bob.page.getByRole("cell", { name: "canary" }).waitFor();
    await bob.page.getByText("select").and(bob.page.locator(".hljs-keyword")).waitFor();
    expect(await bob.page.getByRole("link", { name: "bad" }).count()).toBe(0);
    expect(await bob.page.getByRole("link", { name: "good" }).getAttribute("rel")).toContain("noopener");
    const facts = section(bob, "What you need to know");
    expect(await facts.getByRole("row").filter({ hasText: "Customer" }).count()).toBeLessThan(30);
    await facts.getByRole("button", { name: "Show all 30 rows" }).click();
    await facts.getByRole("cell", { name: "Customer 29" }).waitFor();
    await facts.getByRole("row").filter({ hasText: "image: 1" }).filter({ hasText: "image: 2" }).waitFor();
    await facts.getByText("Inline").click();
    await facts.getByRole("row", { name: "image: 2" }).waitFor();
    await facts.locator("summary").filter({ hasText: "checks" }).click();
    await facts.locator("summary").filter({ hasText: "limit" }).waitFor();
    await facts.getByRole("button", { name: "Show metadata (1)" }).click();
    await facts.getByText("9f8e7d6c").waitFor();
    await expectAccessible(bob.page);
  });
});

test.each([
  ["light", {}],
  ["dark", {}],
  ["light", PHONE],
  ["dark", PHONE],
] as const)("the page of a request is accessible (%s, %j)", async (colorScheme, device) => {
  const id = await ask({ ...RICH, notifyUsers: ["bob", "carol"], requireMinApprovers: 2 });
  await web.server.data(await tokenFor("carol"), APPROVE, { id });
  const bob = await open("bob", id, { ...device, colorScheme });
  await bob.page.locator(".hljs-keyword").first().waitFor();
  await section(bob, "History").getByText("carol approved.").waitFor();
  await expectAccessible(bob.page);
  const { width } = bob.page.viewportSize() ?? { width: 0 };
  expect(await bob.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
});

test("on a phone the content of a request comes first, and the buttons stay in reach of the thumb", async () => {
  const id = await ask(RICH);
  const bob = await open("bob", id, PHONE);
  const approve = bob.page.getByRole("button", { name: "Approve" });
  await approve.waitFor();
  const parts = ["Request", "What you need to know", "Your decision", "Conversation", "History"];
  const tops = await Promise.all(parts.map(async (part) => (await section(bob, part).boundingBox())?.y ?? 0));
  expect(tops).toEqual(tops.toSorted((a, b) => a - b));
  expect(tops[0]).toBeLessThan(PHONE.viewport.height / 2);
  await section(bob, "History").scrollIntoViewIfNeeded();
  await bob.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)");
  const bottomOf = (box: { y: number; height: number } | null) => (box === null ? Number.NaN : box.y + box.height);
  const box = await approve.boundingBox();
  await expect.poll(async () => bottomOf(await section(bob, "History").boundingBox())).toBeLessThan(box?.y ?? 0);
  expect(bottomOf(box)).toBeGreaterThan(PHONE.viewport.height - 80);
  await approve.tap();
  await dialog(bob).getByRole("button", { name: "Approve" }).tap();
  await section(bob, "Outcome").getByText("Approved by you.").waitFor();
});
