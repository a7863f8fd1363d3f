import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type IdentityProvider, startIdentityProvider } from "../support/server/identity-provider.ts";
import { startServer, type TestServer } from "../support/server/server.ts";
import { type SharedBrowser, sharedBrowser } from "../support/web/browser.ts";

let provider: IdentityProvider;
let server: TestServer;
let browser: SharedBrowser;
beforeAll(async () => {
  [provider, browser] = await Promise.all([startIdentityProvider(), sharedBrowser()]);
  server = await startServer({
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.client.id,
    OIDC_CLIENT_SECRET: provider.client.secret,
    OIDC_LOGOUT: "true",
  });
  provider.register(server.publicUrl);
  provider.accounts.set("ann", { roles: ["lead"] }).set("bob", {});
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await provider?.stop();
});

/** Fills in the provider's forms. */
async function signInAs(page: Page, login: string): Promise<void> {
  await page.getByPlaceholder("Enter any login").fill(login);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("a person signs in and out on the pages, and another person must confirm first", async () => {
  const context = await browser.newContext();
  const complaints: string[] = [];
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" && page.url().startsWith(server.url)) complaints.push(message.text());
  });
  await page.goto(server.url);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signInAs(page, "ann");
  await page.getByRole("button", { name: "Signed in as ann" }).click();
  await page.getByRole("menu").getByText("lead", { exact: true }).waitFor();
  await page.waitForURL(`${server.url}/`);

  // Another person uses the provider in the same browser, and opens the sign-in page.
  await context.clearCookies({ name: /^_/ });
  await page.goto(`${server.url}/sign-in#next=/graphql`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signInAs(page, "bob");
  await page.getByText("ann is signed in here. Sign in as bob instead?").waitFor();
  const asked = complaints.splice(0);
  expect(asked.filter((text) => !text.includes("409"))).toEqual([]);
  await page.getByRole("button", { name: "Sign in as bob" }).click();
  await page.waitForURL(`${server.url}/graphql`);
  await page.goto(server.url);

  await page.getByRole("button", { name: "Signed in as bob" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await page.getByText("You are not signed in.").waitFor();
  await page.waitForURL(`${server.url}/`);
  expect(complaints).toEqual([]);
  await context.close();
});
