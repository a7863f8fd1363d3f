/** The inbox in a real browser over a failing network, and at unknown addresses. */

import { describe, expect, test } from "vitest";
import { APPROVE, tokenFor } from "../support/server/server.ts";
import { createTcpProxy } from "../support/tcp-proxy.ts";
import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, type WebPerson } from "../support/web/web.ts";

const web = useWeb();

const { ask } = web;
const titles = ({ page }: WebPerson) => page.getByRole("list", { name: "Requests" }).getByRole("link");
const section = ({ page }: WebPerson, name: string) => page.getByRole("region", { name });
const heading = ({ page }: WebPerson, name: string) => page.getByRole("heading", { level: 1, name });
const goTo = ({ page }: WebPerson, name: string) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();

test("when the network fails and is restored, every page reports it and then shows the missed changes", async () => {
  const proxy = await createTcpProxy(web.server.url);
  try {
    const id = await ask("Deploy the shop?", { notifyUsers: ["bob", "carol"] });
    const bob = await web.open("bob", "/");
    await bob.page.goto(`${proxy.url}requests/${id}`);
    const state = bob.page.getByRole("status", { name: "Connection" });
    const live = bob.page.locator('[data-state="live"]');
    await bob.page.getByRole("button", { name: "Approve" }).waitFor();
    await section(bob, "History").getByText("You and carol were notified", { exact: false }).waitFor();
    await live.waitFor({ state: "attached" });
    proxy.refuse();
    await state.getByText("Reconnecting. This page may be out of date.").waitFor();
    await web.server.data(await tokenFor("carol"), APPROVE, { id });
    proxy.accept();
    await live.waitFor({ state: "attached" });
    await section(bob, "Outcome").getByText("Approved by carol.").waitFor();
    await bob.page.keyboard.press("i");
    await bob.page.getByText("No pending requests").waitFor();
    await ask("Deploy the gate?");
    await titles(bob).first().waitFor();
    // The browser reports what it could not reach.
    await bob.page.close();
    bob.complaints.splice(0);
  } finally {
    await proxy.close();
  }
});

describe("a page of the inbox whose code cannot be fetched", () => {
  const CODE = "**/assets/history-page-*.js";
  const UNLOADED = "This page could not be loaded";

  /** A user on the page, whose code cannot be fetched. */
  async function without(path = "/"): Promise<WebPerson> {
    const bob = await web.open("bob", path);
    await heading(bob, "Inbox").waitFor();
    await bob.page.route(CODE, (route) => route.abort());
    await goTo(bob, "History");
    await bob.page.getByRole("alert").getByText(UNLOADED).waitFor();
    return bob;
  }

  test("reports this, and is loaded again on demand", async () => {
    const bob = await without();
    await bob.page.getByText("Your connection may be down, or the server was updated.", { exact: false }).waitFor();
    await expectAccessible(bob.page);
    await bob.page.unroute(CODE);
    await bob.page.getByRole("button", { name: "Reload" }).click();
    await heading(bob, "History").waitFor();
    // The browser reports each file that it could not fetch.
    bob.complaints.splice(0);
  });

  test("does not affect other pages, and loads on the next visit", async () => {
    const bob = await without();
    await goTo(bob, "Inbox");
    await heading(bob, "Inbox").waitFor();
    await bob.page.unroute(CODE);
    await goTo(bob, "History");
    await heading(bob, "History").waitFor();
    bob.complaints.splice(0);
  });

  test("loads automatically once the connection is restored", async () => {
    const bob = await without();
    await bob.page.context().setOffline(true);
    await bob.page
      .getByRole("status", { name: "Connection" })
      .getByText("You are offline.", { exact: false })
      .waitFor();
    await bob.page.unroute(CODE);
    await bob.page.context().setOffline(false);
    await heading(bob, "History").waitFor();
    bob.complaints.splice(0);
  });
});

describe("an address that does not exist", () => {
  test("has a page of the inbox that reports this, with the status 404", async () => {
    const bob = await web.open("bob");
    const answer = await bob.page.goto(`${web.server.url}/nowhere/at/all`);
    expect(answer?.status()).toBe(404);
    await bob.page.getByText("Page not found").waitFor();
    await expectAccessible(bob.page);
    await bob.page.getByRole("main").getByRole("link", { name: "Go to the inbox" }).click();
    await heading(bob, "Inbox").waitFor();
    // The browser reports the missing page.
    bob.complaints.splice(0);
  });

  test.each([
    ["a program", "/nowhere", "application/json"],
    ["who accepts anything", "/nowhere", "*/*"],
    ["a browser below the API", "/api/nowhere", "text/html"],
    ["a browser for a file of another version", "/assets/index-0.js", "text/html"],
  ])("has problem details for %s", async (_who, path, accept) => {
    const answer = await fetch(web.server.url + path, { headers: { Accept: accept } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json; charset=utf-8",
    ]);
    expect(await answer.json()).toMatchObject({ status: 404 });
  });
});
