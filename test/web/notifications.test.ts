/** The bell, the list of notifications and the preferences in a real browser, on the built page and the real server. */

import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { browserNotificationOf, byDay, mutedAfter, mutedSentence } from "../../web/src/notifications/message-words.ts";

import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb();

afterEach(async () => {
  await web.server.database.pool.query("update people set muted_channels = '{}'");
});

const { ask } = web;
const bell = ({ page }: WebPerson, unread = "") =>
  page.getByRole("button", { name: `Notifications${unread}`, exact: true });
const newest = ({ page }: WebPerson) => page.getByRole("menu", { name: /^Notifications/ });
const unreadOf = async ({ token }: WebPerson): Promise<number> =>
  (await web.server.data(token, "{ viewer { unreadNotificationCount } }")).viewer.unreadNotificationCount;

describe("the bell in the navigation", () => {
  test("counts unread notifications live, and links to the request of a notification", async () => {
    const bob = await web.open("bob");
    await bell(bob).waitFor();
    const id = await ask("Deploy the shop?");
    await bell(bob, ", 1 unread").click();
    await newest(bob).getByRole("menuitem", { name: "Deploy the shop?" }).click();
    await bob.page.waitForURL(`**/requests/${id}`);
    await bell(bob).waitFor();
    expect(await unreadOf(bob)).toBe(0);
  });

  test("shows new notifications in its open menu", async () => {
    const bob = await web.open("bob");
    await bell(bob).click();
    await newest(bob).getByText("No notifications yet.").waitFor();
    await ask("Refund the customer?");
    await newest(bob).getByRole("menuitem", { name: "Refund the customer?" }).waitFor();
  });

  test("follows notifications that are read in another window", async () => {
    await ask("Deploy the shop?");
    const [here, there] = [await web.open("bob"), await web.open("bob", "/notifications")];
    await bell(here, ", 1 unread").waitFor();
    await there.page.getByRole("button", { name: /^Mark as read: / }).click();
    await bell(here).waitFor();
  });

  test("works without a mouse", async () => {
    const id = await ask("Deploy the shop?");
    await ask("Refund the customer?");
    const bob = await web.open("bob");
    await bell(bob, ", 2 unread").focus();
    await bob.page.keyboard.press("Enter");
    const item = newest(bob).getByRole("menuitem", { name: "Deploy the shop?" });
    await item.waitFor();
    await until(bob.page, "document.activeElement?.closest('[role=menu]') !== null");
    for (let presses = 0; presses < 8 && !(await hasFocus(item)); presses++) await bob.page.keyboard.press("ArrowDown");
    await bob.page.keyboard.press("Enter");
    await bob.page.waitForURL(`**/requests/${id}`);
    await bell(bob, ", 1 unread").waitFor();
  });

  test("marks all as read at once", async () => {
    for (const title of ["One?", "Two?", "Three?"]) await ask(title);
    const bob = await web.open("bob");
    await bell(bob, ", 3 unread").click();
    await newest(bob).getByRole("menuitem", { name: "Mark all as read" }).click();
    await bell(bob).waitFor();
    expect(await unreadOf(bob)).toBe(0);
    await newest(bob).getByText("Unread").first().waitFor({ state: "detached" });
  });
});

describe("the page of all notifications", () => {
  const items = ({ page }: WebPerson) => page.getByRole("main").getByRole("listitem");

  test("shows all notifications or unread ones, depending on its address", async () => {
    for (const title of ["One?", "Two?"]) await ask(title);
    const bob = await web.open("bob", "/notifications");
    await bob.page.getByText("2 notifications are unread.").waitFor();
    await items(bob).filter({ hasText: "One?" }).getByRole("button").click();
    await bob.page.getByText("1 notification is unread.").waitFor();
    await expect.poll(() => items(bob).count()).toBe(2);
    await bob.page.locator("label", { hasText: "Unread" }).click();
    await bob.page.waitForURL("**/notifications?show=unread");
    await items(bob).filter({ hasText: "Two?" }).waitFor();
    await items(bob).filter({ hasText: "One?" }).waitFor({ state: "detached" });
    await expect.poll(() => items(bob).count()).toBe(1);
    await bob.page.getByRole("button", { name: "Mark all as read" }).click();
    await bob.page.getByRole("heading", { name: "No unread notifications" }).waitFor();
    await ask("Three?");
    await items(bob).filter({ hasText: "Three?" }).waitFor();
  });

  test("loads older notifications on demand", async () => {
    await ask("Question 1?");
    await Promise.all(Array.from({ length: 104 }, (_, n) => ask(`Question ${n + 2}?`)));
    const bob = await web.open("bob", "/notifications");
    await items(bob).first().waitFor();
    for (const shown of [60, 90, 100, 105]) {
      await bob.page.getByRole("button", { name: "Show older notifications" }).click();
      await items(bob)
        .nth(shown - 1)
        .waitFor();
    }
    await items(bob).filter({ hasText: "Question 1?" }).waitFor();
    await expect.poll(() => items(bob).count()).toBe(105);
  });
});

describe("the preferences of the user", () => {
  test("turn channels off and on, and list the notifications that are always sent", async () => {
    const bob = await web.open("bob", "/preferences");
    const section = bob.page.getByRole("region", { name: "Channels" });
    await section.getByText("are always sent on at least one channel.").waitFor();
    for (const name of ["Email", "Slack", "In the app"]) {
      await section.getByRole("switch", { name }).focus();
      await bob.page.keyboard.press("Space");
      await bob.page.getByText(`${name} is off.`).waitFor();
    }
    await section.getByText("All channels are off.").waitFor();
    expect(await mutedOf(bob)).toEqual(["EMAIL", "IN_APP", "SLACK"]);
    await bob.page.reload();
    await section.getByRole("switch", { name: "In the app", checked: false }).press("Space");
    await bob.page.getByText("In the app is on.").waitFor();
    expect(await mutedOf(bob)).toEqual(["EMAIL", "SLACK"]);
  });

  test("store the chosen colours", async () => {
    const bob = await web.open("bob", "/preferences");
    await bob.page.getByRole("radio", { name: "Dark" }).check();
    await bob.page.reload();
    await expect.poll(() => bob.page.getByRole("radio", { name: "Dark" }).isChecked()).toBe(true);
    await expect.poll(() => bob.page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
  });

  const mutedOf = async ({ token }: WebPerson) => {
    const { viewer } = await web.server.data(token, "{ viewer { notificationPreferences { mutedChannels } } }");
    return viewer.notificationPreferences.mutedChannels.toSorted();
  };
});

describe("notifications of the browser", () => {
  /** Two tabs of one browser that record their notifications. The test sets whether they are visible. */
  async function twoTabs(): Promise<{ bob: WebPerson; tabs: [Page, Page] }> {
    const bob = await web.open("bob", "/preferences", { permissions: ["notifications"] });
    const context = bob.page.context();
    await context.addInitScript(RECORD);
    await bob.page.reload();
    const second = await context.newPage();
    await second.goto(`${web.server.url}/preferences`);
    await bell({ ...bob, page: second }).waitFor();
    return { bob, tabs: [bob.page, second] };
  }
  const shownIn = async (tabs: readonly Page[]): Promise<string[]> =>
    (await Promise.all(tabs.map((page) => page.evaluate("window.shown") as Promise<string[]>))).flat();

  test("are shown once, however many tabs are open, and link to the request", async () => {
    const { bob, tabs } = await twoTabs();
    await bob.page.getByRole("button", { name: "Allow browser notifications" }).click();
    await bob.page.getByText("On. Each notification").waitFor();
    await tabs[1].getByText("On. Each notification").waitFor();
    for (const tab of tabs) await tab.evaluate("window.look(false)");
    const id = await ask("Deploy the shop?");
    for (const tab of tabs) await bell({ ...bob, page: tab }, ", 1 unread").waitFor();
    await expect.poll(() => shownIn(tabs)).toEqual([expect.stringContaining("Deploy the shop?")]);
    const teller = (await shownIn([tabs[0]])).length === 1 ? tabs[0] : tabs[1];
    await teller.evaluate("window.last.onclick()");
    await teller.waitForURL(`**/requests/${id}`);
    await bell({ ...bob, page: teller }).waitFor();
  });

  test("are not shown while one of the tabs is visible, or after they are turned off", async () => {
    const { bob, tabs } = await twoTabs();
    await bob.page.getByRole("button", { name: "Allow browser notifications" }).click();
    await bob.page.getByText("On. Each notification").waitFor();
    await tabs[1].evaluate("window.look(false)");
    await ask("Seen?");
    for (const tab of tabs) await bell({ ...bob, page: tab }, ", 1 unread").waitFor();
    await bob.page.getByRole("button", { name: "Turn off" }).click();
    await tabs[1].getByText("Off. Your browser").waitFor();
    await bob.page.evaluate("window.look(false)");
    await ask("Silent?");
    for (const tab of tabs) await bell({ ...bob, page: tab }, ", 2 unread").waitFor();
    await bob.page.evaluate("window.look(true)");
    await bob.page.getByRole("button", { name: "Allow browser notifications" }).click();
    for (const tab of tabs) await tab.getByText("On. Each notification").waitFor();
    await bob.page.evaluate("window.look(false)");
    await ask("Told?");
    await expect.poll(() => shownIn(tabs)).toEqual([expect.stringContaining("Told?")]);
  });

  test("are requested only after a click on the button", async () => {
    const bob = await web.open("bob", "/preferences", { permissions: ["notifications"] });
    await bob.page.context().addInitScript(RECORD);
    await bob.page.reload();
    await bob.page.getByRole("button", { name: "Allow browser notifications" }).waitFor();
    await bob.page.evaluate("window.look(false)");
    await ask("Deploy the shop?");
    await bell(bob, ", 1 unread").waitFor();
    expect(await bob.page.evaluate("[window.asked, window.shown.length]")).toEqual([0, 0]);
  });
});

test("on a phone no part of the notifications is wider than the screen, however long a title is", async () => {
  await ask(`Deploy ${"the-shop-and-all-that-belongs-to-it-".repeat(5)}?`);
  const bob = await web.open("bob", "/notifications", { ...PHONE, colorScheme: "dark" });
  await bob.page.getByRole("main").getByRole("listitem").first().waitFor();
  await expectNoOverflow(bob);
  await bell(bob, ", 1 unread").click();
  await newest(bob).getByRole("menuitem", { name: "All notifications" }).waitFor();
  await expectAccessible(bob.page);
  await expectNoOverflow(bob);
  await bob.page.goto(`${web.server.url}/preferences`);
  await bob.page.getByRole("switch", { name: "Email" }).waitFor();
  await expectNoOverflow(bob);
});

describe("the texts of notifications:", () => {
  test("rows are grouped by day, in the viewer's time zone", () => {
    const at = (createdAt: string) => ({ createdAt });
    const messages = [at("2026-11-22T23:30:00Z"), at("2026-11-22T22:30:00Z"), at("2026-11-20T12:00:00Z")];
    const days = byDay(messages, new Date("2026-11-23T09:00:00Z"), "en-GB", "Europe/Berlin");
    expect(days.map(({ day, messages }) => [day, messages.length])).toEqual([
      ["Today", 1],
      ["Yesterday", 1],
      ["Friday, 20 November 2026", 1],
    ]);
  });

  test("a channel is turned off and on without changing the others", () => {
    expect(mutedAfter(["SLACK"], "EMAIL", false)).toEqual(["EMAIL", "SLACK"]);
    expect(mutedAfter(["EMAIL", "SLACK"], "EMAIL", true)).toEqual(["SLACK"]);
    expect(mutedSentence(["EMAIL", "SLACK", "IN_APP"])).toMatch(/^All channels are off/);
  });

  test("a browser notification is short, and has no text if the viewer may no longer see the request", () => {
    const told = browserNotificationOf({ id: "7", subject: "Deploy?", body: `a\n${"🙂".repeat(300)}` });
    expect([told.title, told.tag, [...told.body].length]).toEqual(["Deploy?", "countersign-7", 200]);
    const gone = browserNotificationOf({ id: "7", subject: null, body: null });
    expect(gone).toMatchObject({ title: "About a request that you can no longer see", body: "" });
  });
});

async function expectNoOverflow({ page }: WebPerson): Promise<void> {
  expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
}
const hasFocus = (item: ReturnType<Page["getByRole"]>): Promise<boolean> =>
  item.evaluate((element) => element === element.ownerDocument.activeElement);
const until = async (page: Page, isSo: string): Promise<void> => void (await page.waitForFunction(isSo));

/** The test browser shows no notifications, so they are recorded. The visibility of a tab is set by the test. */
const RECORD = `
  window.shown = [];
  window.asked = 0;

  window.Notification = class {
    static permission = "granted";
    static requestPermission = async () => { window.asked++; return "granted"; };
    constructor(title, { body, tag }) { window.shown.push(title + " " + body + " " + tag); window.last = this; }
    close() {}
  };
  let hidden = false;
  Object.defineProperty(document, "hidden", { get: () => hidden });
  window.look = (at) => { hidden = !at; document.dispatchEvent(new Event("visibilitychange")); };
`;
