/** Times in a real browser: the server's clock, and the browser's time zone. */

import { expect, test } from "vitest";

import { useWeb } from "../support/web/use-web.ts";
import type { WebPerson } from "../support/web/web.ts";

const web = useWeb();

const HOUR = 3_600_000;
const { ask } = web;
const answer = ({ page }: WebPerson, question: string) =>
  page.locator("dl > div").filter({ has: page.getByText(question, { exact: true }) });

test.each([
  ["an hour ahead", HOUR],
  ["an hour behind", -HOUR],
])("on a device whose clock is %s, the remaining time is that of the server", async (_how, off) => {
  const id = await ask("Deploy the shop?", { timeoutMs: 50 * 60_000 });
  const bob = await web.open("bob", "/preferences");
  await bob.page.clock.install({ time: Date.now() + off });
  await bob.page.goto(web.server.url);
  await bob.page.getByText(/^49m left$/).waitFor();
  await bob.page.goto(`${web.server.url}/requests/${id}`);
  await answer(bob, "Until")
    .getByText(/^49m left$/)
    .waitFor();
  await bob.page.getByText("ann asks just now").waitFor();
  await bob.page.getByRole("button", { name: "Approve" }).waitFor();
  expect(await bob.page.getByText("expired", { exact: true }).count()).toBe(0);
});

test("notifications show times in the time zone of the browser", async () => {
  const id = await ask("Deploy the shop?");
  await web.server.database.pool.query(
    "update approval_requests set expires_at = date_trunc('year', now()) + interval '1 year 10 hours' where id = $1",
    [id],
  );
  for (const [timezoneId, time] of [
    ["Asia/Tokyo", /19:00 (JST|GMT\+9)/],
    ["America/New_York", /0?5:00 (EST|GMT-5)/],
  ] as const) {
    const bob = await web.open("bob", "/notifications", { timezoneId });
    await bob.page.getByRole("main").getByText(time).waitFor();
  }
});
