/** The built web inbox, served by the real server and opened by a real browser, for signed-in people. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "../server/server.ts";
import { type SharedBrowser, sharedBrowser } from "./browser.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface WebPerson {
  userId: string;
  /** For requests on behalf of this person without the browser. */
  token: string;
  page: Page;
  /** The browser's complaints: refused content, failed requests, errors of the page. */
  complaints: string[];
}

export interface Web {
  server: TestServer;
  browser: SharedBrowser;
  /**
   * A window of its own with this person's session, opened at a path.
   * @param options `roles` and `scope` of the token, and what Playwright takes for a context
   */
  open(userId: string, path?: string, options?: TokenOptions & BrowserContextOptions): Promise<WebPerson>;
  /** Closes all windows. @throws where one of them has complaints that the test has not taken out of the list */
  closeWindows(): Promise<void>;
  stop(): Promise<void>;
}

/** A desk and a phone, for `open`. */
export const DESK = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** Without motion a dialog appears at once. */
const USUAL = { locale: "en-GB", timezoneId: "Europe/Berlin", reducedMotion: "reduce" } as const;

/** @param env overrides of the server's environment */
export async function startWeb(env: Record<string, string> = {}): Promise<Web> {
  const [server, browser] = await Promise.all([startServer(env), sharedBrowser()]);
  const windows: WebPerson[] = [];
  return {
    server,
    browser,
    async open(userId, path = "/", options = {}) {
      const { roles, scope, expiresIn, claims, secret, ...context } = options;
      const token = await tokenFor(userId, { roles, scope, expiresIn, claims, secret });
      const opened = await browser.newContext({ ...USUAL, ...DESK, ...context });
      const complaints: string[] = [];
      opened.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      opened.on("weberror", (error) => complaints.push(String(error.error())));
      await opened.addCookies([{ name: "countersign_session", value: token, url: server.url, httpOnly: true }]);
      const page = await opened.newPage();
      const person = { userId, token, page, complaints };
      windows.push(person);
      await page.goto(server.url + path);
      return person;
    },
    async closeWindows() {
      const closing = windows.splice(0);
      await Promise.all(closing.map(({ page }) => page.context().close()));
      expect(closing.flatMap(({ complaints }) => complaints)).toEqual([]);
    },
    async stop() {
      await browser.close();
      await server.stop();
    },
  };
}

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: unknown; failureSummary: string }[] }[];
}

/** Fails with what axe finds against WCAG 2.2 AA on the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  // The policy lets no script of ours into the page; Playwright evaluates beside it. Once on a page is enough.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  const { violations } = (await page.evaluate(`
    axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    }).then(({ violations }) => ({ violations }))`)) as AxeResult;
  const faults = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${JSON.stringify(target)}: ${failureSummary}`),
  );
  expect(faults).toEqual([]);
}
