/** Invisible characters on the web pages: visible in all texts, and sent back unchanged. */

import { expect, test } from "vitest";
import { useWeb } from "../support/web/use-web.ts";

const web = useWeb();
const HIDDEN = /[\u200b\u202e\u3164\u00ad\u{e0041}]/u;
const TITLE = "Grant read\u200b to admin \u202enimda";
const SHOWN = "Grant read\\u{200b} to admin \\u{202e}nimda";
const MORE = {
  description:
    "Runs **as\u200broot**, see [the plan](https://x.example/pl\u200ban).\n\n```bash\nrm -rf /\u{e0041}\n```",
  workflowId: "re\u200blease",
  context: {
    "na\u200bme": "pro\u202ed",
    namespace: "ns\u00a0prod",
    url: "https://exam\u00adple.com/",
    tags: ["x\u{e0041}"],
    script: "kubectl delete ns\u200b prod\n# done",
    change: { before: "a", after: "a\u200b" },
    deep: { one: { two: { three: { "four\u3164": "five\u200b" } } } },
  },
  metadata: { source: "git\u3164hub" },
};

test("the list, the request and the dialog show invisible characters, and the decision is about the unchanged content", async () => {
  const id = await web.ask(TITLE, MORE);
  const { page } = await web.open("bob", "/");
  await page.getByText(SHOWN).first().waitFor();
  await page.getByText("re\\u{200b}lease", { exact: true }).first().waitFor();
  expect(await page.locator("body").innerText()).not.toMatch(HIDDEN);

  await page.goto(`${web.server.url}/requests/${id}`);
  await page.getByRole("heading", { level: 1, name: SHOWN }).waitFor();
  for (const part of [
    "as\\u{200b}root",
    "na\\u{200b}me",
    "pro\\u{202e}d",
    "ns\\u{a0}prod",
    "https://exam\\u{ad}ple.com/",
    "x\\u{e0041}",
    "kubectl delete ns\\u{200b} prod",
    "a\\u{200b}",
    "four\\u{3164}",
    "rm -rf /\\u{e0041}",
  ]) {
    await page.getByText(part).first().waitFor({ state: "attached" });
  }
  expect(await page.getByRole("link", { name: "the plan" }).getAttribute("href")).toBe(
    "https://x.example/pl%E2%80%8Ban",
  );
  await page.waitForFunction((title) => document.title.includes(title), SHOWN);
  expect(await page.locator("body").innerText()).not.toMatch(HIDDEN);

  await page.getByRole("button", { name: "Approve" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(SHOWN).waitFor();
  expect(await dialog.innerText()).not.toMatch(HIDDEN);
  await dialog.getByLabel("Comment").fill("می‌خواهم");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await page.getByRole("region", { name: "Outcome" }).getByText("Approved by you.").waitFor();
  const query = "query ($id: ID!) { approvalRequest(id: $id) { status comment title } }";
  expect((await web.server.data(web.requester, query, { id })).approvalRequest).toEqual({
    status: "APPROVED",
    comment: "می‌خواهم",
    title: TITLE,
  });
});
