import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { APPROVE, startServer, type TestServer } from "../support/server/server.ts";
import { type SharedBrowser, sharedBrowser } from "../support/web/browser.ts";

let dataDir: string;
let server: TestServer;
let browser: SharedBrowser;
let page: Page;
/** The browser's errors, including refused content and failed requests; asserted after every test. */
let complaints: string[];
let requests: string[];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "countersign-browser-"));
  [server, browser] = await Promise.all([startServer({ AUTH_JWT_SECRET: "", DATA_DIR: dataDir }), sharedBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await rm(dataDir, { recursive: true });
});

beforeEach(async () => {
  complaints = [];
  requests = [];
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("request", (request) => requests.push(request.url()));
  page = await context.newPage();
  page.on("websocket", (socket) => requests.push(socket.url().replace(/^ws/, "http")));
});

afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
  const own = [`${server.url}/`, `blob:${server.url}/`, "data:"];
  expect(requests.filter((url) => !own.some((start) => url.startsWith(start)))).toEqual([]);
  expect(requests).not.toEqual([]);
});

/** The link that `npm start` prints. */
function linkOf(userId: string): string {
  const link = server.development?.signIns.find((one) => one.userId === userId)?.url;
  if (link === undefined) throw new Error(`no link for ${userId}`);
  return link;
}
const tokenOf = (userId: string) => linkOf(userId).split("#token=")[1] as string;
const ALICE = "alice@company.com";
const BOB = "bob@company.com";

const editor = () => page.getByRole("region", { name: "Operation Editor" }).locator(".view-lines");
const answer = (text: string | RegExp) => page.locator(".graphiql-response .view-lines", { hasText: text });
const executeButton = () => page.getByRole("button", { name: /^Execute query/ });

const signedInAs = (userId: string) => page.getByRole("button", { name: `Signed in as ${userId}` });

/** Replaces the text in the editor and runs it. */
async function run(operation: string): Promise<void> {
  await editor().click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(operation);
  // GraphiQL reads the text after a delay, and then writes it into the address.
  await page.waitForURL((url) => url.searchParams.get("query") === operation);
  await executeButton().click();
}

test("a printed sign-in link opens the inbox, which shows the user and the number of open requests", async () => {
  await server.ask(tokenOf(ALICE), { notifyUsers: [BOB] });
  await page.goto(linkOf(BOB));
  await page.waitForURL(`${server.url}/`);
  await signedInAs(BOB).waitFor();
  await page.getByLabel("1 waiting for you").waitFor();
  await signedInAs(BOB).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByText("You are not signed in.").waitFor();
  expect(await page.context().cookies()).toEqual([]);
});

test("GraphiQL runs a query, a mutation and a subscription, signed in by the session", async () => {
  await page.goto(`${linkOf(ALICE)}&next=/graphql`);
  await page.waitForURL(`${server.url}/graphql`);
  await executeButton().click();
  await answer(ALICE).waitFor();

  await run(`mutation { createApprovalRequest(input: { workflowId: "release", jobId: "approval", executionId: "browser",
    title: "Deploy?", notifyUsers: ["${BOB}"] }) { ... on CreateApprovalRequestPayload { request { id } } } }`);
  const id = /"id": "([^"]+)"/.exec((await answer('"id"').innerText()).replaceAll("\u00a0", " "))?.[1];

  await run(`subscription { approvalRequestUpdated(id: "${id}") { status decidedBy } }`);
  await answer("PENDING").waitFor();
  await page.getByRole("button", { name: /^Stop query/ }).waitFor();
  await server.data(tokenOf(BOB), APPROVE, { id });
  await answer(/APPROVED.*bob@company\.com/).waitFor();
  // The subscription has ended by itself: the button runs, it does not stop.
  await executeButton().waitFor();
  expect(requests).toContain(`${server.url}/graphql`);
});

test("the Docs pane of GraphiQL explains the schema", async () => {
  await page.goto(`${linkOf(ALICE)}&next=/graphql`);
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.getByRole("link", { name: "Subscription" }).click();
  await page.getByText("approvalRequestUpdated").waitFor();
});

test("a link to GraphiQL opens its operation, and the editor is not empty at a later visit", async () => {
  await page.goto(`${linkOf(ALICE)}&next=${encodeURIComponent("/graphql?query={viewer{scopes}}")}`);
  await page.waitForURL(/\/graphql\?query=/);
  await editor().filter({ hasText: "scopes" }).waitFor();
  await executeButton().click();
  await answer('"scopes"').waitFor();
  await page.goto(`${server.url}/`);
  await page.getByRole("link", { name: "GraphiQL" }).click();
  await editor().filter({ hasText: "query Inbox" }).waitFor();
  await page.reload();
  await editor().filter({ hasText: "query Inbox" }).waitFor();
});

test("GraphiQL stores no header, which may contain a token", async () => {
  await page.goto(`${linkOf(ALICE)}&next=/graphql`);
  await page.getByRole("button", { name: "Headers" }).click();
  await page.getByRole("region", { name: "Headers" }).locator(".view-lines").last().click();
  await page.keyboard.insertText(`{"Authorization": "Bearer ${tokenOf(BOB)}"}`);
  await executeButton().click();
  await answer(BOB).waitFor();
  const origins = async () => (await page.context().storageState()).origins;
  await expect
    .poll(async () => (await origins())[0]?.localStorage.map(({ name }) => name))
    .toContain("graphiql:tabState");
  expect(JSON.stringify(await origins())).not.toContain(tokenOf(BOB));
});

test("the session of another person is replaced only after a confirmation", async () => {
  await page.goto(linkOf(ALICE));
  await signedInAs(ALICE).waitFor();
  await page.goto(linkOf(BOB));
  await page.getByText(`${ALICE} is signed in here. Sign in as ${BOB} instead?`).waitFor();
  await page.waitForURL(`${server.url}/sign-in`);
  await page.getByRole("link", { name: "Keep the current session" }).click();
  await signedInAs(ALICE).waitFor();

  await page.goto(linkOf(BOB));
  await page.getByRole("button", { name: `Sign in as ${BOB}` }).click();
  await page.waitForURL(`${server.url}/`);
  await signedInAs(BOB).waitFor();
  // The browser reports only the response that made the page ask.
  expect(complaints.splice(0)).toEqual(Array(2).fill(expect.stringContaining("409 (Conflict)")));
});

test("a sign-in link that is opened on the sign-in page signs in", async () => {
  await page.goto(`${server.url}/sign-in`);
  await page.getByText("There is no token in this address.").waitFor();
  await page.goto(linkOf(ALICE));
  await signedInAs(ALICE).waitFor();
});
