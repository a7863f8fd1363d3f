/** Tests docs/callbacks.md: runs the receiver of the page as it is, with the callbacks for each engine. */

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { endpointKey, formatKey, secretBytes } from "../../src/config/webhook-keys.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { newSecret } from "../support/notifications/webhook-deliveries.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { spawn } from "../support/spawn.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(project, "docs/callbacks.md"), "utf8");
const section = (title: string) => page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] as string;
const blocks = (part: string, language: string) =>
  [...part.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code);
const deliverOf = (title: string) =>
  blocks(section(title), "js").find((code) => code.startsWith("// deliver.mjs")) as string;

const patiently = { timeout: 60_000, interval: 20 };
const secret = newSecret();
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ WEBHOOK_SECRET: secret, WEBHOOK_ALLOW_PRIVATE: "true" });
});
afterAll(() => server.stop());

/** The output of `countersign webhook-key` for an address. */
const keyOf = (url: string) => formatKey(endpointKey(secretBytes(secret), new URL(url)));

/** The page's receiver as a process, with this `deliver.mjs`. */
async function startReceiver(deliver: string, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "countersign-callbacks-"));
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "receiver.mjs"), blocks(section("The receiver"), "js")[0] as string);
  writeFileSync(join(folder, "deliver.mjs"), deliver);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/hook`;
  const child = spawn(process.execPath, ["receiver.mjs"], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      WEBHOOK_KEY: keyOf(url),
      COUNTERSIGN_USER: "release-bot",
      ...env,
    },
    stdio: "ignore",
  });
  onTestFinished(async () => {
    const closed = once(child, "close");
    if (child.kill()) await closed;
    rmSync(folder, { recursive: true });
  });
  const ended = once(child, "close").then(() => {
    throw new Error("the receiver ended");
  });
  ended.catch(() => {});
  await Promise.race([vi.waitFor(() => fetch(url, { method: "POST", body: "{}" }), patiently), ended]);
  return url;
}

async function freePort(): Promise<number> {
  const probe = http.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

interface Call {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: Data;
}

/** An engine's HTTP interface, as far as `deliver` uses it. */
async function startEngine(answer: (call: Call, calls: Call[]) => [status: number, body?: object]) {
  const calls: Call[] = [];
  const engine = http.createServer(async (req, res) => {
    const body = await text(req);
    const call = { method: req.method as string, path: req.url as string, headers: req.headers, body };
    calls.push({ ...call, body: body === "" ? null : JSON.parse(body) });
    const [status, json] = answer(calls.at(-1) as Call, calls);
    res.writeHead(status, { "Content-Type": "application/json" }).end(json && JSON.stringify(json));
  });
  engine.listen(0, "127.0.0.1");
  await once(engine, "listening");
  onTestFinished(() => {
    engine.closeAllConnections();
    engine.close();
  });
  return { url: `http://127.0.0.1:${(engine.address() as AddressInfo).port}`, calls };
}

const IDS = { workflowId: "release", jobId: "approval", executionId: "run 1" };

/** Creates a request with this callback as the user of the workflow, or as another user, and approves it. */
async function approved(callbackUrl: string, more: object = {}, creator = "release-bot"): Promise<string> {
  const token = await tokenFor(creator, { scope: "approvals:request" });
  const id = await server.ask(token, { ...IDS, callbackUrl, ...more });
  const query = `mutation ($id: ID!) { approveRequest(input: { requestId: $id, comment: "Go" }) { __typename } }`;
  await server.data(await tokenFor("bob"), query, { id });
  return id;
}

/** The same outcome again, under another id, as a receiver that remembers nothing gets it. */
async function repeat(url: string, request: object, key = keyOf(url)): Promise<number> {
  const person = { createdBy: "release-bot", status: "APPROVED", decisionSource: "APPROVER", metadata: {} };
  const data = { request: { ...IDS, ...person, ...request } };
  const body = JSON.stringify({ type: "approval.decided", timestamp: new Date().toISOString(), data });
  const at = new Date();
  const id = `msg_${randomUUID()}`;
  const signature = new Webhook(key).sign(id, at, body);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": signature,
  };
  return (await fetch(url, { method: "POST", body, headers })).status;
}
describe("the receiver of docs/callbacks.md", () => {
  it("delivers a signed outcome once, after its first attempt failed", async () => {
    const engine = await startEngine((_call, calls) => [calls.length === 1 ? 500 : 200]);
    const deliver = `export async function deliver({ id, status, approved }) {
      const answer = await fetch("${engine.url}", { method: "POST", body: JSON.stringify({ id, status, approved }) });
      if (!answer.ok) throw new Error("not now");
    }`;
    const url = await startReceiver(deliver);
    const id = await approved(url, { executionId: "first" });
    await expect.poll(() => engine.calls.length, patiently).toBe(2);
    const outcome = { id, status: "APPROVED", approved: true };
    expect(engine.calls.map(({ body }) => body)).toEqual([outcome, outcome]);
    expect((await fetch(url, { method: "POST", body: JSON.stringify({ data: {} }) })).status).toBe(401);
    expect(await repeat(url, { id })).toBe(204);
    expect(engine.calls).toHaveLength(3);
  });

  it("ignores another user's request with the same callback address, ids and metadata", async () => {
    const engine = await startEngine(() => [200]);
    const deliver = `export async function deliver({ id, approved }) {
      await fetch("${engine.url}", { method: "POST", body: JSON.stringify({ id, approved }) });
    }`;
    const url = await startReceiver(deliver);
    const lunch = await approved(url, { title: "Lunch?", executionId: "lunch" }, "mallory");
    const sent = async () =>
      (
        await server.database.pool.query(
          "select status from approval_notifications where approval_request_id = $1 and channel = 'WEBHOOK'",
          [lunch],
        )
      ).rows;
    // It is acknowledged, so that it does not come again.
    await expect.poll(sent, patiently).toEqual([{ status: "SENT" }]);
    const own = await approved(url, { executionId: "own" });
    await expect.poll(() => engine.calls.map(({ body }) => body), patiently).toEqual([{ id: own, approved: true }]);
    for (const createdBy of [undefined, null, "", "RELEASE-BOT", ["release-bot"]]) {
      expect(await repeat(url, { id: "x", createdBy })).toBe(204);
    }
    expect(engine.calls).toHaveLength(1);
  });

  it("refuses what is signed with the key of another address", async () => {
    const url = await startReceiver("export async function deliver() {}");
    expect(await repeat(url, { id: "x" }, keyOf(`${url}/another`))).toBe(401);
    expect(await repeat(url, { id: "x" }, secret)).toBe(401);
    expect(await repeat(url, { id: "x" })).toBe(204);
  });

  it("counts only an approval by people as an approval", async () => {
    const engine = await startEngine(() => [200]);
    const deliver = `export async function deliver({ id, approved }) {
      await fetch("${engine.url}", { method: "POST", body: JSON.stringify({ id, approved }) });
    }`;
    const url = await startReceiver(deliver);
    const bot = await tokenFor("release-bot", { scope: "approvals:request" });
    const id = await server.ask(bot, { ...IDS, executionId: "auto", approvalType: "AUTO", callbackUrl: url });
    await expect.poll(() => engine.calls.map(({ body }) => body), patiently).toEqual([{ id, approved: false }]);
    const others = [{ decisionSource: "TIMEOUT" }, { decisionSource: null }, { status: "REJECTED" }];
    for (const change of others) expect(await repeat(url, { id: "x", ...change })).toBe(204);
    expect(engine.calls.slice(1).map(({ body }) => body.approved)).toEqual([false, false, false]);
  });

  it("does not start without its key or the user that it expects", async () => {
    for (const missing of ["WEBHOOK_KEY", "COUNTERSIGN_USER"]) {
      const started = startReceiver("export async function deliver() {}", { [missing]: "" });
      await expect(started).rejects.toThrow("the receiver ended");
    }
  });
});

it("the Airflow example starts one run with the request's id, and none for a request that no run of the DAG created", async () => {
  const runs = new Set<string>();
  const engine = await startEngine(({ method, path, body }) => {
    if (path === "/auth/token") return [201, { access_token: "t0ken" }];
    if (method === "GET") return [path === "/api/v2/dags/release/dagRuns/run%201" ? 200 : 404, {}];
    if (runs.has(body.dag_run_id)) return [409];
    runs.add(body.dag_run_id);
    return [200, {}];
  });
  const env = { AIRFLOW_URL: engine.url, AIRFLOW_USER: "countersign", AIRFLOW_PASSWORD: "pass" };
  const url = await startReceiver(deliverOf("Airflow"), env);
  const id = await approved(url);
  await expect.poll(() => runs.size, patiently).toBe(1);
  expect(engine.calls[2]).toMatchObject({
    path: "/api/v2/dags/release_decided/dagRuns",
    headers: { authorization: "Bearer t0ken" },
    body: {
      dag_run_id: `countersign__${id}`,
      logical_date: null,
      conf: { id, approved: true, status: "APPROVED", decidedBy: "bob", comment: "Go" },
    },
  });
  expect(await repeat(url, { id })).toBe(204);
  const foreign = [
    { createdBy: "mallory", title: "Lunch?", metadata: { dag: "release_decided" } },
    { workflowId: "another" },
    { workflowId: "../release" },
    { jobId: "lunch" },
    { executionId: "run 2" },
  ];
  for (const change of foreign) expect(await repeat(url, { id: "foreign", ...change })).toBe(204);
  expect(runs.size).toBe(1);
});

it("the Argo example resumes the suspend node with the outcome, once the node exists", async () => {
  const uid = "5c1f";
  let nodes: Record<string, object> = {};
  const engine = await startEngine(({ method }) => {
    if (method === "PUT") nodes = { n1: { ...nodes.n1, phase: "Succeeded" } };
    return [200, { metadata: { uid }, status: { nodes } }];
  });
  const env = { ARGO_URL: engine.url, ARGO_TOKEN: "t0ken", ARGO_NAMESPACE: "ci" };
  const url = await startReceiver(deliverOf("Argo Workflows"), env);
  const ids = { workflowId: "release-x7", executionId: uid, metadata: { namespace: "ci" } };
  await approved(url, ids);
  await expect.poll(() => engine.calls.length, patiently).toBeGreaterThan(0);
  nodes = { n1: { id: "n1", displayName: "approval", type: "Suspend", phase: "Running" } };
  const foreign = [
    { createdBy: "mallory" },
    { jobId: "lunch" },
    { executionId: "5c20" },
    { metadata: { namespace: "x" } },
  ];
  for (const change of foreign) expect(await repeat(url, { ...ids, ...change })).toBe(204);
  const puts = () => engine.calls.filter(({ method }) => method === "PUT");
  await expect.poll(() => puts().length, patiently).toBe(1);
  expect(puts()[0]).toMatchObject({
    path: "/api/v1/workflows/ci/release-x7/set",
    headers: { authorization: "Bearer t0ken" },
    body: { nodeFieldSelector: "id=n1", phase: "Succeeded", outputParameters: '{"approved":"true"}' },
  });
  expect(await repeat(url, ids)).toBe(204);
  expect(puts()).toHaveLength(1);
});

it("the n8n example resumes the Wait node of its own execution, once the execution has reached it", async () => {
  const engine = await startEngine((_call, calls) => [calls.length === 1 ? 409 : 200]);
  const env = { N8N_URL: `${engine.url}/`, N8N_GATE_KEY: "k3y", N8N_WORKFLOWS: "7,release" };
  const url = await startReceiver(deliverOf("n8n"), env);
  const metadata = { resumeUrl: `${engine.url}/webhook-waiting/42/countersign?signature=s1` };
  const ids = { executionId: "42", metadata };
  const id = await approved(url, ids);
  await expect.poll(() => engine.calls.length, patiently).toBe(2);
  expect(engine.calls[1]).toMatchObject({
    path: "/webhook-waiting/42/countersign?signature=s1",
    headers: { "x-gate-key": "k3y" },
    body: { id, approved: true, status: "APPROVED", decidedBy: "bob", comment: "Go" },
  });
  const addresses = [`${engine.url}/rest/login`, "http://127.0.0.1:1/webhook-waiting/42/countersign", "none"];
  const foreign = [
    ...addresses.map((resumeUrl) => ({ metadata: { resumeUrl } })),
    { metadata: { resumeUrl: `${engine.url}/webhook-waiting/43/countersign` } },
    { executionId: "43" },
    { workflowId: "8" },
    { jobId: "lunch" },
    { createdBy: "mallory" },
  ];
  for (const change of foreign) expect(await repeat(url, { ...ids, id: "foreign", ...change })).toBe(204);
  expect(engine.calls).toHaveLength(2);
});

it.each(["Temporal", "Airflow", "Argo Workflows", "AWS Step Functions", "n8n"])(
  "the section on %s in docs/callbacks.md creates a request, states the effect of a repeated call, and has code that parses",
  async (title) => {
    const part = section(title);
    expect(part).toMatch(/Repeats:\s/);
    for (const json of blocks(part, "json")) JSON.parse(json);
    const folder = mkdtempSync(join(tmpdir(), "countersign-code-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const code of [...blocks(part, "js"), ...blocks(part, "ts")]) {
      const file = join(folder, code.startsWith("// workflow") || code.startsWith("// activities") ? "a.mts" : "a.mjs");
      writeFileSync(file, code);
      const [status] = await once(spawn(process.execPath, ["--check", file], { stdio: "ignore" }), "close");
      expect(status, code).toBe(0);
    }
    for (const field of ["workflowId", "jobId", "executionId", "title", "notifyUsers", "callbackUrl"]) {
      expect(part).toContain(field);
    }
  },
);

it("every link of docs/callbacks.md leads to an existing page", () => {
  for (const [, path = ""] of page.matchAll(/\]\((?!http)([^)#]+)/g)) {
    expect(existsSync(join(project, "docs", path)), path).toBe(true);
  }
});
