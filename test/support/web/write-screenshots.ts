/**
 * Writes docs/screenshots: every page of the web inbox, light and dark, on a desk and on a phone, with sample requests.
 */

import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { type Browser, launchBrowser } from "./browser.ts";
import { CAROL, DORA, EMIL } from "./sample-requests.ts";
import { type SampleStage, startSampleStage, ZONE } from "./sample-stage.ts";
import { smallPng } from "./small-png.ts";

const FOLDER = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));
const DEVICES: Readonly<Record<string, BrowserContextOptions>> = {
  desk: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

interface Shot {
  name: string;
  path: string;
  /** Null: signed out. */
  who?: keyof SampleStage["sessions"] | null;
  /** Opens the part of the page that the picture shows. */
  ready(page: Page): Promise<unknown>;
}

const firstRequest = (page: Page) => page.getByRole("list", { name: "Requests" }).getByRole("link").first().waitFor();

const shots = ({ ids }: SampleStage): Shot[] => [
  { name: "inbox", path: "/", ready: firstRequest },
  { name: "request", path: `/requests/${ids.deploy}`, ready: waitForRequest },
  { name: "request-context", path: `/requests/${ids.deploy}`, ready: (page) => requestFrom(page, "Manifest") },
  { name: "request-history", path: `/requests/${ids.deploy}`, ready: (page) => requestFrom(page, "Conversation") },
  {
    name: "decision",
    path: `/requests/${ids.deploy}`,
    async ready(page) {
      await waitForRequest(page);
      await page.getByRole("button", { name: "Approve" }).first().click();
      await page.getByRole("dialog").getByLabel("Comment").fill("The canary looks good. Go.");
    },
  },
  { name: "rejected", path: `/requests/${ids.rejected}`, ready: waitForOutcome },
  { name: "timed-out", path: `/requests/${ids.timedOut}`, ready: waitForOutcome },
  {
    name: "runs",
    path: "/runs",
    who: "olga",
    ready: (page) => page.getByRole("list", { name: "Runs" }).getByRole("link").first().waitFor(),
  },
  {
    name: "run",
    path: `/runs/${ids.run}`,
    ready: (page) => page.getByRole("region", { name: "Gate approval" }).waitFor(),
  },
  {
    name: "run-branches",
    path: `/runs/${ids.rolledBack}`,
    who: "olga",
    ready: (page) => page.getByRole("region", { name: "Job graph" }).getByText("undoes reserve").waitFor(),
  },
  { name: "run-attempts", path: `/runs/${ids.close}`, who: "olga", ready: (page) => jobHistory(page, "Progress") },
  {
    name: "run-log",
    path: `/runs/${ids.close}?job=reconcile`,
    who: "olga",
    ready: (page) => jobHistory(page, "History of reconcile"),
  },
  { name: "history", path: "/history", who: "olga", ready: firstRequest },
  {
    name: "statistics",
    path: "/statistics",
    who: "olga",
    ready: (page) => page.locator(".recharts-bar-rectangle path").first().waitFor(),
  },
  {
    name: "bell",
    path: "/",
    async ready(page) {
      await firstRequest(page);
      await page.getByRole("button", { name: /^Notifications/ }).click();
      await page.getByRole("menuitem", { name: "All notifications" }).waitFor();
    },
  },
  {
    name: "notifications",
    path: "/notifications",
    ready: (page) => page.getByRole("main").getByRole("listitem").first().waitFor(),
  },
  {
    name: "preferences",
    path: "/preferences",
    ready: (page) => page.getByRole("switch", { name: "Email" }).waitFor(),
  },
  { name: "new-request", path: "/new", ready: writeRequest },
  {
    name: "keyboard",
    path: "/",
    async ready(page) {
      await firstRequest(page);
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "signed-out", path: "/", who: null, ready: (page) => page.getByText("You are not signed in.").waitFor() },
];

const waitForRequest = async (page: Page) => {
  await page.getByRole("region", { name: "History" }).getByText("carol@company.com approved.").waitFor();
  await page.locator(".hljs-keyword").first().waitFor();
};
/** Scrolls to the heading with this name, just below the header. */
async function requestFrom(page: Page, name: string): Promise<void> {
  await waitForRequest(page);
  const box = await page.getByRole("main").getByText(name, { exact: true }).first().boundingBox();
  await page.evaluate(`window.scrollTo(0, ${(box?.y ?? 0) - 84})`);
}
/** The run whose job was tried several times, from the heading with this name on. */
async function jobHistory(page: Page, name: string): Promise<void> {
  const heading = page.getByRole("heading", { name });
  await heading.waitFor();
  if (name.startsWith("History")) await page.getByRole("region", { name: "Log of reconcile" }).waitFor();
  await page.waitForTimeout(300);
  const box = await heading.boundingBox();
  if (name.startsWith("History")) await page.evaluate(`window.scrollBy(0, ${(box?.y ?? 0) - 84})`);
}
const waitForOutcome = (page: Page) => page.getByRole("region", { name: "Outcome" }).waitFor();

async function writeRequest(page: Page): Promise<void> {
  await page.getByLabel("Title").fill("Move the shop to the new data centre?");
  for (const person of [CAROL, DORA, EMIL]) {
    await page.locator("#new-people").fill(person);
    await page.keyboard.press("Enter");
  }
  await page.getByLabel("Approvals needed").fill("2");
  await page.getByLabel("Title").focus();
  await page.evaluate("window.scrollTo(0, 0)");
}

async function draw(browser: Browser, stage: SampleStage, shot: Shot, device: string, colorScheme: "light" | "dark") {
  const look = { ...DEVICES[device], colorScheme, locale: "en-GB", timezoneId: ZONE };
  const context = await browser.newContext({ ...look, reducedMotion: "reduce" });
  try {
    const { who = "bob" } = shot;
    const cookie = { name: "countersign_session", url: stage.url, httpOnly: true };
    if (who !== null) await context.addCookies([{ ...cookie, value: stage.sessions[who] }]);
    const page = await context.newPage();
    await page.goto(stage.url + shot.path);
    await shot.ready(page);
    // All animations have ended.
    await page.waitForTimeout(600);
    const path = `${FOLDER}${shot.name}-${device}-${colorScheme}.png`;
    writeFileSync(path, smallPng(await page.screenshot({ animations: "disabled", caret: "hide" })));
  } finally {
    await context.close();
  }
}

const only = process.argv.slice(2);
if (only.length === 0) rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
await using running = new AsyncDisposableStack();
const stage = await startSampleStage(running);
const browser = await launchBrowser();
running.defer(() => browser.close());
for (const shot of shots(stage).filter(({ name }) => only.length === 0 || only.includes(name))) {
  for (const device of Object.keys(DEVICES)) {
    for (const colorScheme of ["light", "dark"] as const) await draw(browser, stage, shot, device, colorScheme);
  }
}
const files = readdirSync(FOLDER);
const bytes = files.reduce((sum, name) => sum + statSync(FOLDER + name).size, 0);
console.log(`${files.length} pictures, ${Math.round(bytes / 1000).toLocaleString("en")} kB, in docs/screenshots`);
