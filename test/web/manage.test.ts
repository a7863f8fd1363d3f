/** The requester's actions in a real browser, while an approver looks at the request. */

import { describe, expect, test } from "vitest";

import { useWeb } from "../support/web/use-web.ts";
import type { WebPerson } from "../support/web/web.ts";

const web = useWeb();

const ask = (more: object = {}) => web.ask("Deploy 7 to production?", more);
const open = (userId: string, id: string, options: object = {}) => web.open(userId, `/requests/${id}`, options);
const dialog = ({ page }: WebPerson) => page.getByRole("dialog");
const section = ({ page }: WebPerson, name: string) => page.getByRole("region", { name });
const answer = ({ page }: WebPerson, question: string) =>
  page.locator("dl > div").filter({ has: page.getByText(question, { exact: true }) });

describe("the requester of a request", () => {
  test("can cancel it, and the approver sees this", async () => {
    const id = await ask();
    const [bob, ann] = await Promise.all([open("bob", id), open("ann", id)]);
    await bob.page.getByRole("button", { name: "Approve" }).waitFor();
    expect(await bob.page.getByRole("button", { name: "Manage" }).count()).toBe(0);
    await ann.page.getByRole("button", { name: "Manage" }).click();
    await ann.page.getByRole("menuitem", { name: "Cancel request" }).click();
    await dialog(ann).getByLabel("Reason").fill("Asked twice.");
    await dialog(ann).getByRole("button", { name: "Cancel request" }).click();
    await section(bob, "Outcome").getByText("Cancelled by ann.").waitFor();
    await section(bob, "Outcome").getByText("Asked twice.").waitFor();
  });

  test("can extend its expiry if it was created with their token", async () => {
    const id = await ask({ timeoutMs: 3_600_000, escalateToUsers: ["eve"] });
    const ann = await open("ann", id, { scope: "approvals:request" });
    await ann.page.getByRole("button", { name: "Manage" }).click();
    await ann.page.getByRole("menuitem", { name: "Extend" }).click();
    await dialog(ann).getByLabel("New expiry").fill("2020-01-01T12:00");
    await dialog(ann).getByRole("button", { name: "Extend" }).click();
    await dialog(ann).getByText("Choose a time later than the current expiry.").waitFor();
    const later = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 16);
    await dialog(ann).getByLabel("New expiry").fill(later);
    await dialog(ann).getByRole("button", { name: "Extend" }).click();
    await section(ann, "History").getByText("You extended it to").waitFor();
    await answer(ann, "Until").getByText("2d 2").waitFor();
  });

  test("can escalate it, and the new approver has it in the inbox immediately", async () => {
    const id = await ask({ escalateToUsers: ["eve"], timeoutMs: 7_200_000 });
    const [ann, eve] = await Promise.all([open("ann", id), web.open("eve")]);
    await eve.page.getByText("No pending requests").waitFor();
    await ann.page.getByRole("button", { name: "Manage" }).click();
    await ann.page.getByRole("menuitem", { name: "Escalate" }).click();
    await dialog(ann).getByText("eve may then also decide.", { exact: false }).waitFor();
    await dialog(ann).getByLabel("Reason").fill("Bob is away.");
    await dialog(ann).getByRole("button", { name: "Escalate" }).click();
    await section(ann, "Who decides").getByText("since it was escalated", { exact: false }).waitFor();
    await section(ann, "History").getByText("Bob is away.").waitFor();
    await ann.page.getByRole("button", { name: "Manage" }).click();
    await ann.page.getByRole("menuitem", { name: "Cancel request" }).waitFor();
    expect(await ann.page.getByRole("menuitem", { name: "Escalate" }).count()).toBe(0);

    const row = eve.page.getByRole("listitem").filter({ hasText: "Deploy 7 to production?" });
    await row.getByText("Escalated").waitFor();
    await eve.page.getByRole("button", { name: "Notifications, 1 unread", exact: true }).waitFor();
    await row.getByRole("link").click();
    await answer(eve, "Why you").getByText("It was escalated to you.").waitFor();
    await eve.page.getByRole("button", { name: "Approve" }).click();
    await dialog(eve).getByRole("button", { name: "Approve" }).click();
    await section(ann, "Outcome").getByText("Approved by eve.").waitFor();
  });
});
