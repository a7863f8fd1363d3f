/**
 * Tests the small examples against a real server: a gate, a callback receiver, a GitHub action, a React application.
 */

import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { endpointKey, formatKey, secretBytes } from "../src/config/webhook-keys.ts";
import { CLI } from "./support/cli/process.ts";
import { newSecret } from "./support/notifications/webhook-deliveries.ts";
import { type Started, startScript } from "./support/processes.ts";
import { startServer, type TestServer, tokenFor } from "./support/server/server.ts";
import { spawn } from "./support/spawn.ts";
import { launchBrowser } from "./support/web/browser.ts";

const at = (path: string) => fileURLToPath(new URL(`../examples/${path}`, import.meta.url));
const secret = newSecret();
const patiently = { timeout: 60_000 };

let server: TestServer;
let token: string;
const started: Started[] = [];

beforeAll(async () => {
  server = await startServer({ WEBHOOK_SECRET: secret, WEBHOOK_ALLOW_PRIVATE: "true" });
  token = await tokenFor("release-bot", { scope: "approvals:request" });
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const one of started.splice(0)) await one.end("SIGTERM");
});

/** Decides the pending request with this title as bob, as soon as it exists. */
async function decide(title: string, verb: "approve" | "reject"): Promise<void> {
  const headers = { Authorization: `Bearer ${await tokenFor("bob")}`, "Content-Type": "application/json" };
  const find = async (): Promise<string | undefined> => {
    const { items } = await (await fetch(`${server.url}/api/approvals/pending`, { headers })).json();
    return items.find((request: { title: string }) => request.title === title)?.id;
  };
  await expect.poll(find, patiently).toBeDefined();
  const answer = await fetch(`${server.url}/api/approvals/${await find()}/${verb}`, {
    method: "POST",
    headers,
    body: "{}",
  });
  expect(answer.status).toBe(200);
}

describe("examples/gate", () => {
  test.each([
    ["approve", 0, "approved by bob"],
    ["reject", 1, "rejected by bob"],
  ] as const)("exits after bob's decision: %s", async (verb, code, said) => {
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: token };
    const gate = startScript(at("gate/gate.mjs"), [`1.4.0-${verb}`, "bob"], env);
    started.push(gate);
    await decide(`Deploy 1.4.0-${verb} to production?`, verb);
    expect((await gate.line()).toLowerCase()).toContain(said);
    expect((await gate.end()).code).toBe(code);
  });
});

describe("examples/callback-receiver", () => {
  test("prints the outcome of its own user's request, and refuses callbacks without a valid signature", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/hook`;
    const key = formatKey(endpointKey(secretBytes(secret), new URL(url)));
    const env = { WEBHOOK_KEY: key, COUNTERSIGN_USER: "release-bot", PORT: String(port) };
    const receiver = startScript(at("callback-receiver/receiver.mjs"), [], env);
    started.push(receiver);
    await receiver.line();

    const forged = JSON.stringify({ data: { request: { createdBy: "release-bot", status: "APPROVED" } } });
    const now = new Date();
    const signature = new Webhook(newSecret()).sign("msg_1", now, forged);
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)) };
    const post = (more: object) => fetch(url, { method: "POST", body: forged, headers: { ...headers, ...more } });
    expect((await post({})).status).toBe(401);
    expect((await post({ "webhook-signature": signature })).status).toBe(401);

    const others = await tokenFor("other-bot", { scope: "approvals:request" });
    await server.ask(others, { title: "Of another user", executionId: "theirs", callbackUrl: url });
    await server.ask(token, { title: "Pay?", executionId: "ours", callbackUrl: url });
    await decide("Of another user", "approve");
    await decide("Pay?", "approve");
    expect(await receiver.line()).toBe("ours: approved by bob");
  });
});

describe("examples/github-action", () => {
  test.each([
    ["approve", 0],
    ["reject", 1],
  ] as const)("lets the job continue only after bob's approval: %s", async (verb, code) => {
    const action = await readFile(at("github-action/action.yml"), "utf8");
    const script = action.split(/run: \|\n/)[1]?.replaceAll(/^ {8}/gm, "") as string;
    const title = `Release "$(touch /tmp/no)" v1 to ${verb}?`;
    const run = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      env: {
        PATH: process.env.PATH,
        COUNTERSIGN_URL: server.url,
        COUNTERSIGN_TOKEN: token,
        COMMAND: `${process.execPath} ${CLI}`,
        TITLE: title,
        NOTIFY: "bob",
        ROLES: "",
        TIMEOUT: "1h",
        JOB: `gate-${verb}`,
        GITHUB_ACTIONS: "true",
        GITHUB_REPOSITORY: "acme/shop",
        GITHUB_WORKFLOW: "release",
        GITHUB_RUN_ID: "7",
      },
      stdio: "ignore",
    });
    const ended = once(run, "close");
    await decide(title, verb);
    expect((await ended)[0]).toBe(code);
  });

  test("passes every input to its script", async () => {
    const action = await readFile(at("github-action/action.yml"), "utf8");
    const inputs = [...(action.split("\nruns:")[0] as string).matchAll(/^ {2}([\w-]+):$/gm)].map(([, name]) => name);
    const used = [...action.matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name);
    expect(used.toSorted()).toEqual(inputs.toSorted());
  });
});

describe("examples/react", () => {
  test("lists the requests that bob can decide, and its dialog records his decision", async () => {
    const outDir = await mkdtemp(join(tmpdir(), "countersign-react-"));
    onTestFinished(() => rm(outDir, { recursive: true, force: true }));
    process.env.COUNTERSIGN_URL = server.url;
    const { build, preview } = await import("vite");
    const options = {
      root: at("react"),
      configFile: at("react/vite.config.mjs"),
      logLevel: "error" as const,
      build: { outDir, emptyOutDir: true },
    };
    const launching = launchBrowser();
    await build(options);
    const web = await preview({ ...options, preview: { host: "127.0.0.1", port: await freePort() } });
    delete process.env.COUNTERSIGN_URL;
    const browser = await launching;
    onTestFinished(async () => {
      await browser.close();
      await web.close();
    });

    const id = await server.ask(token, { title: "Pay the invoice?" });
    const page = await browser.newPage();
    await page.goto(`${web.resolvedUrls?.local[0]}#token=${await tokenFor("bob")}`);
    const row = page.getByRole("listitem").filter({ hasText: "Pay the invoice?" });
    await row.getByRole("button", { name: "Approve" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Comment").fill("as ordered");
    await dialog.getByRole("button", { name: "Approve" }).click();
    await row.waitFor({ state: "detached" });
    const { rows } = await server.database.pool.query(
      "select status, decided_by, comment from approval_requests where id = $1",
      [id],
    );
    expect(rows).toEqual([{ status: "APPROVED", decided_by: "bob", comment: "as ordered" }]);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
