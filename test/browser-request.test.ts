/** The page at which the link "Open" of every message ends, in a real browser. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Browser, launchBrowser } from "./support/browser.ts";
import { startServer, type TestServer, tokenFor } from "./support/server.ts";

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** A browser in which somebody has signed in and was led to the request. */
async function open(userId: string, id: string): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  await page.goto(`${server.url}/sign-in#token=${await tokenFor(userId)}&next=/requests/${id}`);
  await page.waitForURL(`${server.url}/requests/${id}`);
  return page;
}

test("whoever is asked reads the request and decides it, and whoever asked sees that", async () => {
  const title = "Deploy <b>web</b>?";
  const context = { version: "1.4.0", build: { size: 42 } };
  const id = await server.ask(await tokenFor("ann"), { title, context, description: "<img src=x>\nTwo lines" });
  const ann = await open("ann", id);
  await ann.getByText("Waiting for a decision, which is not yours.").waitFor();
  await ann.getByRole("heading", { name: title }).waitFor();
  expect(await ann.getByRole("button").count()).toBe(0);

  const bob = await open("bob", id);
  await bob.getByText("asks for your approval.").waitFor();
  await bob.getByRole("row", { name: "version 1.4.0" }).waitFor();
  expect(await bob.getByText("<img src=x>").innerText()).toBe("<img src=x>\nTwo lines");
  expect(await bob.locator("html").evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(360);
  await bob.getByLabel("Comment").fill("Looks right");
  await bob.getByRole("button", { name: "Approve" }).click();
  await bob.getByText("Approved by bob. The workflow goes on.").waitFor();
  expect(await bob.getByRole("button").count()).toBe(0);

  await ann.reload();
  await ann.getByText("Approved by bob. The workflow goes on.").waitFor();
  await ann.getByRole("status").getByText("Looks right").waitFor();
});

test("a decision that comes too late is not recorded, and the page says why", async () => {
  const id = await server.ask(await tokenFor("ann"), { notifyUsers: ["bob", "cleo"] });
  const [bob, cleo] = [await open("bob", id), await open("cleo", id)];
  await bob.getByRole("button", { name: "Reject" }).click();
  await bob.getByText("Rejected by bob.").waitFor();
  await cleo.getByRole("button", { name: "Approve" }).click();
  await cleo.getByText("Your decision was not recorded.").waitFor();
  expect(await cleo.getByRole("button").count()).toBe(0);
});

test("whoever may not see it, or is not signed in, learns nothing of it", async () => {
  const id = await server.ask(await tokenFor("ann"), { title: "Between us" });
  const eve = await open("eve", id);
  await eve.getByText("There is no such request.").waitFor();
  const nobody = await (await browser.newContext()).newPage();
  await nobody.goto(`${server.url}/requests/${id}`);
  await nobody.getByRole("heading", { name: "Sign in to see this request." }).waitFor();
  for (const page of [eve, nobody]) expect(await page.content()).not.toContain("Between us");
});
