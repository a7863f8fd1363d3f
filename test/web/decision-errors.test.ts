/** Decisions that are not recorded, in a real browser: each error has its own message, and the comment stays. */

import { beforeAll, expect, test } from "vitest";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { tokenFor } from "../support/server/server.ts";
import { useWeb } from "../support/web/use-web.ts";
import type { WebPerson } from "../support/web/web.ts";

const web = useWeb();
beforeAll(() => allowRewriting(web.server.database.pool));

const dialog = ({ page }: WebPerson) => page.getByRole("dialog");
const comment = (person: WebPerson) => dialog(person).getByLabel("Comment");
const send = (person: WebPerson, verb = "Approve") => dialog(person).getByRole("button", { name: verb }).click();
const refused = (person: WebPerson) => dialog(person).getByRole("alert");
const sql = (text: string, ...values: unknown[]) => web.server.database.pool.query(text, values);
const commentOn = async (id: string) =>
  (await sql("select comment from approval_decisions where approval_request_id = $1", id)).rows[0]?.comment;

/** A page of bob with the dialog open and a comment in it. */
async function writing(id: string, words: string, options: object = {}): Promise<WebPerson> {
  const bob = await web.open("bob", `/requests/${id}`, options);
  await bob.page.getByRole("button", { name: "Approve" }).click();
  await comment(bob).fill(words);
  return bob;
}
async function signInAgain({ page }: WebPerson): Promise<void> {
  const value = await tokenFor("bob");
  await page.context().addCookies([{ name: "countersign_session", value, url: web.server.url, httpOnly: true }]);
}

test("when the session has ended, the decision dialog reports it, and the comment is sent after the next sign-in", async () => {
  const id = await web.ask("Deploy the shop?");
  const bob = await writing(id, "Checked twice.");
  const out = await fetch(`${web.server.url}/session`, {
    method: "DELETE",
    headers: { Cookie: `countersign_session=${bob.token}`, Origin: web.server.url },
  });
  expect(out.status).toBe(200);
  await send(bob);
  await refused(bob).getByText("Your session has ended. Sign in again").waitFor();
  expect(await dialog(bob).getByText("did not answer").count()).toBe(0);
  expect(await comment(bob).inputValue()).toBe("Checked twice.");

  await signInAgain(bob);
  await send(bob);
  await dialog(bob).waitFor({ state: "detached" });
  expect(await commentOn(id)).toBe("Checked twice.");
  bob.complaints.splice(0);
});

test("a comment in the decision dialog survives a sign-in, and no other user sees it", async () => {
  const id = await web.ask("Deploy the shop?", { notifyUsers: ["bob", "cleo"] });
  const bob = await writing(id, "Not lost.");
  const page = `${web.server.url}/requests/${id}`;
  await bob.page.goto(`${web.server.url}/sign-in#token=${await tokenFor("bob")}&next=/requests/${id}`);
  await bob.page.waitForURL(page);
  await bob.page.getByRole("button", { name: "Approve" }).click();
  expect(await comment(bob).inputValue()).toBe("Not lost.");

  await bob.page.goto(`${web.server.url}/sign-in#token=${await tokenFor("cleo")}&next=/requests/${id}`);
  await bob.page.getByRole("button", { name: "Sign in as cleo" }).click();
  await bob.page.waitForURL(page);
  await bob.page.getByRole("button", { name: "Approve" }).click();
  expect(await comment(bob).inputValue()).toBe("");
  bob.complaints.splice(0);
});

test("an unexpected error of the server is shown in the decision dialog, and the comment stays and can be sent again", async () => {
  const id = await web.ask("Deploy the shop?");
  const bob = await writing(id, "Go on.");
  await sql("alter table approval_decisions rename to elsewhere");
  try {
    await send(bob);
    await refused(bob)
      .getByText(/^Unexpected error\. Contact your administrator with request id \S+\.$/)
      .waitFor();
    expect(await comment(bob).inputValue()).toBe("Go on.");
  } finally {
    await sql("alter table elsewhere rename to approval_decisions");
  }
  await send(bob);
  await dialog(bob).waitFor({ state: "detached" });
  expect(await commentOn(id)).toBe("Go on.");
});

test("if the server cannot be reached, the decision dialog reports that it did not answer", async () => {
  const id = await web.ask("Deploy the shop?");
  const bob = await writing(id, "Go on.");
  await bob.page.route("**/graphql", (route) => route.abort());
  await send(bob);
  await refused(bob).getByText("The server did not answer. Try again").waitFor();
  await bob.page.unroute("**/graphql");
  await send(bob);
  await dialog(bob).waitFor({ state: "detached" });
  expect(await commentOn(id)).toBe("Go on.");
  bob.complaints.splice(0);
});

test("if another user was faster, the comment in the decision dialog can still be read but not sent", async () => {
  const id = await web.ask("Deploy the shop?", { notifyUsers: ["bob", "cleo"] });
  const bob = await writing(id, "Mind the cache.");
  await bob.page.route("**/graphql", async (route) => {
    // Just before bob's own decision arrives.
    if (route.request().postData()?.includes("mutation Approve")) {
      await sql("update approval_requests set allowed_approvers = '{cleo}' where id = $1", id);
    }
    await route.continue();
  });
  await send(bob);
  await refused(bob).getByText("You may no longer decide this request.").waitFor();
  expect(await dialog(bob).getByLabel("Your comment").inputValue()).toBe("Mind the cache.");
  expect(await dialog(bob).getByRole("button", { name: "Approve" }).count()).toBe(0);
});
