/** All pages of the inbox in a real browser, for different users and devices. */

import { describe, expect, test } from "vitest";
import { APPROVE, tokenFor } from "../support/server/server.ts";
import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb();

const { ask } = web;
const titles = ({ page }: WebPerson) => page.getByRole("list", { name: "Requests" }).getByRole("link");
const dialog = ({ page }: WebPerson) => page.getByRole("dialog");
const section = ({ page }: WebPerson, name: string) => page.getByRole("region", { name });
const focused = ({ page }: WebPerson, text: string) => page.locator(":focus", { hasText: text }).waitFor();

const CONTEXT = {
  settings: { before: { replicas: 4 }, after: { replicas: 6 } },
  canary: [{ name: "Errors", old: 2, new: 3 }],
  query: "select 1\nfrom payments;",
};

interface PageCase {
  name: string;
  path(ids: { open: string; rejected: string }): string;
  ready(person: WebPerson): Promise<unknown>;
  /** Dialogs and menus of the page, which are checked as well. */
  opened?(person: WebPerson): Promise<unknown>;
}

const PAGES: readonly PageCase[] = [
  {
    name: "the inbox, with the keys",
    path: () => "/",
    ready: (person) => titles(person).first().waitFor(),
    async opened(person) {
      await person.page.keyboard.press("?");
      await dialog(person).getByText("Show keyboard shortcuts").waitFor();
    },
  },
  {
    name: "the inbox, deciding what is ticked",
    path: () => "/?q=shop",
    ready: (person) => titles(person).first().waitFor(),
    async opened(person) {
      await person.page.getByLabel("Select Deploy the shop?").check();
      await person.page.getByRole("button", { name: "Approve 1" }).click();
      await dialog(person).getByLabel("Comment").waitFor();
    },
  },
  {
    name: "the newest notifications",
    path: () => "/?q=deploy",
    ready: (person) => titles(person).first().waitFor(),
    async opened({ page }) {
      await page.getByRole("button", { name: /^Notifications/ }).click();
      await page.getByRole("menuitem", { name: "Approval needed" }).first().waitFor();
    },
  },
  {
    name: "who is signed in",
    path: () => "/history",
    ready: (person) => titles(person).first().waitFor(),
    async opened({ page }) {
      await page.getByRole("button", { name: "Signed in as bob" }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    },
  },
  {
    name: "a request, with the dialog",
    path: ({ open }) => `/requests/${open}`,
    ready: ({ page }) => page.locator(".hljs-keyword").first().waitFor(),
    async opened(person) {
      await person.page.getByRole("button", { name: "Reject" }).first().click();
      await dialog(person).getByRole("button", { name: "Reject" }).click();
      await dialog(person).getByText("A rejection needs a reason.").waitFor();
    },
  },
  {
    name: "a request that has ended",
    path: ({ rejected }) => `/requests/${rejected}`,
    ready: (person) => section(person, "Outcome").waitFor(),
  },
  {
    name: "the statistics",
    path: () => "/statistics",
    ready: ({ page }) => page.locator(".recharts-bar-rectangle path").first().waitFor(),
  },
  {
    name: "the notifications",
    path: () => "/notifications",
    ready: ({ page }) => page.getByRole("main").getByRole("listitem").first().waitFor(),
  },
  {
    name: "the preferences",
    path: () => "/preferences",
    ready: ({ page }) => page.getByRole("switch", { name: "Email" }).waitFor(),
  },
  {
    name: "a new request, empty and sent too early",
    path: () => "/new",
    ready: ({ page }) => page.getByLabel("Title").waitFor(),
    async opened({ page }) {
      await page.getByRole("button", { name: "Ask for approval" }).click();
      await page.getByText("Some fields are missing or not valid.", { exact: false }).waitFor();
    },
  },
  {
    name: "an address that leads nowhere",
    path: () => "/requests/nothing-like-it",
    ready: ({ page }) => page.getByText("Not found").waitFor(),
  },
];

describe("each page of the inbox", () => {
  test.each([
    ["on a desktop in light mode", { colorScheme: "light" }],
    ["on a desktop in dark mode", { colorScheme: "dark" }],
    ["on a phone in dark mode", { ...PHONE, colorScheme: "dark" }],
  ] as const)("is accessible, fits the screen and follows the content security policy %s", async (_where, look) => {
    const open = await ask("Deploy the shop?", {
      context: CONTEXT,
      notifyUsers: ["bob", "carol"],
      requireMinApprovers: 2,
    });
    const rejected = await ask("Deploy the gate?", { notifyUsers: ["bob", "carol"] });
    await web.server.data(await tokenFor("carol"), APPROVE, { id: open });
    await web.server.data(await tokenFor("carol"), REJECT, { id: rejected });
    const bob = await web.open("bob", "/", { ...look, scope: "approvals:read" });
    const { width } = bob.page.viewportSize() as { width: number };
    for (const { name, path, ready, opened } of PAGES) {
      const answer = await bob.page.goto(web.server.url + path({ open, rejected }));
      expect(answer?.headers()["content-security-policy"], name).toMatch(/^default-src 'none'; script-src 'self';/);
      await ready(bob);
      await expectFine(bob, name, width);
      if (opened === undefined) continue;
      await opened(bob);
      await expectFine(bob, name, width);
    }
    await bob.page.context().clearCookies();
    await bob.page.goto(web.server.url);
    await bob.page.getByText("You are not signed in.").waitFor();
    await expectFine(bob, "without a session", width);
  });

  async function expectFine(person: WebPerson, name: string, width: number): Promise<void> {
    // While something fades in, it has other colours.
    await person.page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))");
    await expectAccessible(person.page).catch((error) => {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    });
    expect(await person.page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(width);
    expect(person.complaints, name).toEqual([]);
  }

  test("runs no injected script, and sends nothing to other servers", async () => {
    const bob = await web.open("bob");
    await bob.page.getByText("No pending requests").waitFor();
    const broken = await bob.page.evaluate(`new Promise((done) => {
      const seen = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        if (seen.push(effectiveDirective) === 3) done(seen.sort());
      });
      const script = document.createElement("script");
      script.textContent = "globalThis.hit = true";
      document.body.append(script);
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.body.append(style);
      fetch("https://elsewhere.example/").catch(() => {});
    })`);
    expect(broken).toEqual(["connect-src", "script-src-elem", "style-src-elem"]);
    expect(await bob.page.evaluate("globalThis.hit")).toBeUndefined();
    bob.complaints.splice(0);
  });
});

test("two users in two browsers form a quorum of two, and each sees the other's decision", async () => {
  const id = await ask("Both of us?", { notifyUsers: ["bob", "carol"], requireMinApprovers: 2 });
  const [bob, carol] = await Promise.all([web.open("bob", `/requests/${id}`), web.open("carol")]);
  await titles(carol).first().waitFor();
  await carol.page.getByText("0 of 2 approvals").waitFor();
  await bob.page.getByRole("button", { name: "Approve" }).click();
  await dialog(bob).getByText("After yours, one more approval is needed.", { exact: false }).waitFor();
  await dialog(bob).getByLabel("Comment").fill("Fine by me.");
  await dialog(bob).getByRole("button", { name: "Approve" }).click();
  await section(bob, "Status").getByText("One more approval is needed.", { exact: false }).waitFor();

  await carol.page.getByText("1 of 2 approvals").waitFor();
  await titles(carol).first().click();
  await section(carol, "Who decides").getByText("Fine by me.").waitFor();
  await carol.page.getByRole("button", { name: "Approve" }).click();
  await dialog(carol).getByText("Yours is the last approval needed", { exact: false }).waitFor();
  await dialog(carol).getByRole("button", { name: "Approve" }).click();
  await section(carol, "Outcome").getByText("Approved by you.").waitFor();
  await section(bob, "Outcome").getByText("Approved by carol.").waitFor();
});

test("by keyboard, a user finds a request, decides it and reaches all other pages", async () => {
  await ask("First?", { timeoutMs: 600_000 });
  await ask("Second?", { timeoutMs: 1_200_000 });
  const bob = await web.open("bob");
  const { keyboard } = bob.page;
  await titles(bob).nth(1).waitFor();
  await keyboard.press("Tab");
  await focused(bob, "Skip to the content");
  await keyboard.press("Enter");
  await bob.page.locator("main:focus").waitFor();

  await keyboard.press("/");
  await bob.page.getByLabel("Search the inbox").and(bob.page.locator(":focus")).waitFor();
  await keyboard.type("second");
  await expect.poll(() => titles(bob).allTextContents()).toEqual(["Second?"]);
  await keyboard.press("Escape");
  await expect.poll(() => titles(bob).count()).toBe(2);
  await bob.page.locator("body").evaluate("document.activeElement.blur()");
  await keyboard.press("j");
  await keyboard.press("j");
  await focused(bob, "Second?");
  await keyboard.press("Enter");
  await bob.page.getByRole("heading", { level: 1, name: "Second?" }).waitFor();
  await keyboard.press("r");
  await dialog(bob).getByLabel("Comment").and(bob.page.locator(":focus")).waitFor();
  await keyboard.type("Not now.");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await focused(bob, "Reject");
  await keyboard.press("Enter");
  await section(bob, "Outcome").getByText("Rejected by you.").waitFor();
  // The subscription may be faster than the response, which closes the dialog. An open dialog ignores the shortcut.
  await dialog(bob).waitFor({ state: "hidden" });

  await keyboard.press("i");
  await expect.poll(() => titles(bob).allTextContents()).toEqual(["First?"]);
  const history = bob.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "History" });
  while (!(await history.and(bob.page.locator(":focus")).count())) await keyboard.press("Tab");
  await keyboard.press("Enter");
  await bob.page.getByRole("heading", { level: 1, name: "History" }).waitFor();
});

const REJECT = `mutation ($id: ID!) {
  rejectRequest(input: { requestId: $id, comment: "Not on a Friday." }) { __typename }
}`;
