import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { act } from "../../examples/restate/restate.ts";
import { descendants, isRunning, type Started, startScript } from "../support/processes.ts";
import {
  type Part,
  type RestateStage,
  startRestateStage,
  type WaitingRequest,
  WEBHOOK_SECRET,
} from "../support/restate/stage.ts";

let stage: RestateStage;
beforeAll(async () => {
  stage = await startRestateStage();
});
afterAll(() => stage?.stop());

/** Posts the contents of a callback, signed with a secret. */
function callBack({ callbackUrl }: WaitingRequest, request: object, secret = WEBHOOK_SECRET): Promise<Response> {
  const body = JSON.stringify({
    type: "approval.decided",
    data: { request: { status: "APPROVED", approvers: [], ...request } },
  });
  const [id, now] = [randomBytes(8).toString("hex"), new Date()];
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": new Webhook(secret).sign(id, now, body),
  };
  return fetch(callbackUrl, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body });
}

// Every test waits for processes; a bound for a machine that is busy, not an expectation.
describe("a Restate service that waits for an approval", { timeout: 120_000 }, () => {
  it("does not run while it waits, and resumes with the decision", async () => {
    const invocation = await stage.release();
    const request = await stage.requestOf(invocation);
    await stage.suspended(invocation);
    await stage.decide("approve", request.id, "Go ahead.");
    expect(await stage.resultOf(invocation)).toEqual({
      released: expect.stringMatching(/^1\.4\.0@[0-9a-f]{12}$/),
      approval: {
        success: true,
        output: {
          requestId: request.id,
          status: "APPROVED",
          decidedBy: "bob",
          decisionSource: "APPROVER",
          comment: "Go ahead.",
          decidedAt: expect.stringMatching(/^\d{4}-.*Z$/),
          approvers: ["bob"],
        },
        metadata: {
          requestId: request.id,
          workflowId: "releases",
          jobId: "production",
          executionId: expect.stringMatching(new RegExp(`^${invocation}/\\d{4}-.*Z$`)),
          version: 2,
          decisionSource: "APPROVER",
          created: true,
        },
      },
    });
  });

  it("receives a rejection with the same result as from the handler", async () => {
    const invocation = await stage.release();
    const { id } = await stage.requestOf(invocation);
    await stage.decide("reject", id, "Not on a Friday.");
    expect(await stage.resultOf(invocation)).toMatchObject({
      released: null,
      approval: {
        success: false,
        error: "Rejected by bob: Not on a Friday.",
        output: { status: "REJECTED" },
        retryable: false,
      },
    });
  });

  it("receives a timeout", async () => {
    const invocation = await stage.release({ timeoutMs: 1_000 });
    expect(await stage.resultOf(invocation)).toMatchObject({
      released: null,
      approval: { success: false, output: { status: "TIMEOUT", decidedBy: null } },
    });
  });

  it("continues at once if no decision is needed", async () => {
    const invocation = await stage.release({ approvalType: "AUTO" });
    expect(await stage.resultOf(invocation)).toMatchObject({
      approval: { success: true, metadata: { decisionSource: "AUTO", created: true } },
    });
  });

  it.each([
    ["AUTO", { approvalType: "AUTO" }],
    ["TIMEOUT", { timeoutMs: 1_000, timeoutAction: "APPROVE" }],
  ])("does not count an approval of source %s if the gate demands that people decide", async (source, gate) => {
    const invocation = await stage.release({ ...gate, decisionSource: "APPROVER" });
    expect(await stage.resultOf(invocation)).toMatchObject({
      released: null,
      approval: {
        success: false,
        retryable: false,
        error: expect.stringContaining(`its decisionSource is ${source}, and must be APPROVER`),
        output: { status: "APPROVED", decisionSource: source },
      },
    });
  });

  it("fails permanently if the gate demands an unknown source", async () => {
    const invocation = await stage.release({ decisionSource: "HUMAN" });
    await expect(stage.resultOf(invocation)).rejects.toThrow(/decisionSource must be .*APPROVER.*, got .*HUMAN/);
  });

  it("fails permanently with every issue if the request is refused", async () => {
    const invocation = await stage.release({ timeoutMs: 0, requireMinApprovers: 0 });
    const failure = stage.resultOf(invocation);
    await expect(failure).rejects.toThrow(
      /VALIDATION.*timeoutMs: .*requireMinApprovers: |VALIDATION.*requireMin.*timeoutMs: /,
    );
    const unknown = await stage.release({ timeoutAction: "WAIT" });
    await expect(stage.resultOf(unknown)).rejects.toThrow(/timeoutAction/);
  });

  it("creates a new request for a key that Restate has forgotten, even if its invocation has the same id", async () => {
    const invocation = await stage.release({}, "release-7");
    const { id } = await stage.requestOf(invocation);
    await stage.decide("approve", id);
    await stage.resultOf(invocation);
    expect(await stage.release({}, "release-7")).toBe(invocation);
    await act(stage.restate, "purge", invocation);
    expect(await stage.release({}, "release-7")).toBe(invocation);
    await stage.suspended(invocation);
    const again = await stage.requestOf(invocation);
    expect(again).toMatchObject({ status: "PENDING" });
    expect(again.id).not.toBe(id);
    await stage.decide("reject", again.id);
    expect(await stage.resultOf(invocation)).toMatchObject({ released: null });
  });

  it("cancels its request when its invocation is cancelled", async () => {
    const invocation = await stage.release();
    await stage.requestOf(invocation);
    await stage.suspended(invocation);
    await act(stage.restate, "cancel", invocation);
    await expect(stage.resultOf(invocation)).rejects.toThrow(/cancel/i);
    expect(await stage.requestOf(invocation)).toMatchObject({
      status: "CANCELLED",
      comment: `The Restate invocation ${invocation} was cancelled.`,
    });
  });

  it("is not resumed by a callback that is signed with another secret", async () => {
    const invocation = await stage.release();
    const request = await stage.requestOf(invocation);
    await stage.suspended(invocation);
    const answer = await callBack(request, { id: request.id }, Buffer.alloc(32, 1).toString("base64"));
    expect(answer.status).toBe(401);
    expect(await stage.statusOf(invocation)).toBe("suspended");
    await stage.decide("approve", request.id);
    expect(await stage.resultOf(invocation)).toMatchObject({ approval: { output: { decidedBy: "bob" } } });
    // The same outcome once more changes nothing.
    expect((await callBack(request, { id: request.id })).status).toBe(200);
  });

  describe.each<Part>(["Countersign", "the Restate server", "the service"])("while %s is killed", (part) => {
    it("continues to wait, and resumes with the decision after a restart", async () => {
      const invocation = await stage.release();
      const { id } = await stage.requestOf(invocation);
      await stage.suspended(invocation);
      await stage.kill(part);
      await stage.start(part);
      await stage.decide("approve", id);
      expect(await stage.resultOf(invocation)).toMatchObject({
        approval: { success: true, output: { requestId: id } },
      });
    });
  });

  it.each<Part>(["the Restate server", "the service"])(
    "receives a decision that was made while %s was down",
    async (part) => {
      const invocation = await stage.release();
      const { id } = await stage.requestOf(invocation);
      await stage.suspended(invocation);
      await stage.kill(part);
      await stage.decide("approve", id);
      await stage.start(part);
      expect(await stage.resultOf(invocation)).toMatchObject({
        approval: { success: true, output: { requestId: id } },
      });
    },
  );

  it("receives the decision if everything was killed before the callback", async () => {
    const invocation = await stage.release();
    const { id } = await stage.requestOf(invocation);
    await stage.suspended(invocation);
    await stage.kill("the Restate server");
    await stage.decide("reject", id);
    // Killed in the midst of an attempt, it would leave the next one to others only after some time.
    await stage.callbackFailed(id);
    await stage.kill("Countersign");
    await stage.kill("the service");
    for (const part of ["the Restate server", "Countersign", "the service"] as const) await stage.start(part);
    expect(await stage.resultOf(invocation)).toMatchObject({ released: null, approval: { output: { requestId: id } } });
  });

  it("creates one request as soon as Countersign is available", async () => {
    await stage.kill("Countersign");
    const invocation = await stage.release();
    await stage.start("Countersign");
    const { id } = await stage.requestOf(invocation);
    await stage.decide("approve", id);
    expect(await stage.resultOf(invocation)).toMatchObject({ approval: { success: true, output: { requestId: id } } });
  });
});

describe("a Restate service whose callback is lost or forged", { timeout: 120_000 }, () => {
  const restartService = async (env: NodeJS.ProcessEnv) => {
    await stage.kill("the service");
    await stage.start("the service", env);
  };

  it("reads its request by itself if its callback was refused", async () => {
    await restartService({ CHECK_EVERY_MS: "1000", WEBHOOK_SECRET: Buffer.alloc(32, 1).toString("base64") });
    const invocation = await stage.release();
    const { id } = await stage.requestOf(invocation);
    await stage.decide("approve", id);
    expect(await stage.resultOf(invocation)).toMatchObject({
      approval: { success: true, output: { decidedBy: "bob" } },
    });
  });

  it("ignores forged values of its awakeable and callbacks of other requests", async () => {
    await restartService({ CHECK_EVERY_MS: "1000" });
    const invocations = await Promise.all([stage.release(), stage.release(), stage.release()]);
    const requests = await Promise.all(invocations.map((invocation) => stage.requestOf(invocation)));
    const [forged, rejected, mixedUp] = requests as [WaitingRequest, WaitingRequest, WaitingRequest];
    await Promise.all(invocations.map((invocation) => stage.suspended(invocation)));

    const awakeables = `${stage.restate.ingressUrl}/restate/awakeables`;
    const body = JSON.stringify({ data: { request: { id: forged.id, status: "APPROVED", approvers: ["eve"] } } });
    await fetch(`${awakeables}/${forged.awakeable}/resolve`, { method: "POST", body });
    await fetch(`${awakeables}/${rejected.awakeable}/reject`, { method: "POST", body: "no" });
    expect((await callBack(mixedUp, { id: forged.id })).status).toBe(200);

    // Each has read its request and continues to wait.
    await Promise.all(invocations.map((invocation) => stage.looked(invocation)));
    await Promise.all(invocations.map((invocation) => stage.suspended(invocation)));
    for (const { id } of requests) await stage.decide("reject", id);
    for (const [n, invocation] of invocations.entries()) {
      const { id: requestId } = requests[n] as WaitingRequest;
      expect(await stage.resultOf(invocation)).toMatchObject({
        released: null,
        approval: { success: false, output: { requestId, status: "REJECTED" } },
      });
    }
  });
});

describe("the example of Restate", { timeout: 120_000 }, () => {
  const started: Started[] = [];
  /** Where the examples store their data: one that is killed cannot remove it. */
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-restate-examples-"));
    // PostgreSQL may run under another account.
    await chmod(folder, 0o755);
  });
  afterEach(async () => {
    for (const example of started.splice(0)) await example.end("SIGTERM");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const start = (...options: string[]) => {
    const example = startScript("examples/restate/run.ts", options, { TMPDIR: folder });
    started.push(example);
    return example;
  };

  it("runs with one command and leaves no process behind", async () => {
    const example = start("--reject");
    let said = "";
    for (let line = ""; !line.includes("/requests") && !line.includes("sign-in"); said += `${line}\n`)
      line = await example.line();
    const below = descendants(example.pid);
    for (let line = ""; line !== "}"; said += `${line}\n`) line = await example.line();
    expect(await example.end()).toEqual({ code: 0, stderr: "" });
    expect(said).toContain('"error": "Rejected by bob@company.com: Not on a Friday."');
    expect(below.length).toBeGreaterThan(2);
    expect(below.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it("restarts each process that is killed, logs it, and completes", async () => {
    const example = start();
    let link = "";
    while (!link.includes("sign-in")) link = await example.line();
    for (const [name, file] of [
      ["The service", "service.ts"],
      ["The Restate server", "/restate-server --base-dir"],
      ["Countersign", "src/main.ts"],
    ] as const) {
      const programs = descendants(example.pid).filter(({ command }) => command.includes(file));
      // The program itself, not its supervisor.
      process.kill(programs.at(-1)?.pid as number, "SIGKILL");
      let line = "";
      while (line !== `${name} runs again.`) line = await example.line();
    }
    // They continue together: the release is decided, and the service has its result.
    const url = new URL(link.trim());
    const { token, next } = Object.fromEntries(new URLSearchParams(url.hash.slice(1)));
    const decided = await fetch(`${url.origin}/api/approvals/${next?.split("/").at(-1)}/approve`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: "{}",
    });
    expect(decided.status).toBe(200);
    let said = "";
    while (!said.includes('"released"')) said = await example.line();
    expect(said).toContain("1.4.0@");
  });

  it("leaves no process behind when it is killed", async () => {
    const example = start();
    for (let line = ""; !line.includes("sign-in"); ) line = await example.line();
    const below = descendants(example.pid);
    expect(below.length).toBeGreaterThan(4);
    await example.end("SIGKILL");
    await expect.poll(() => below.filter(({ pid }) => isRunning(pid)), { timeout: 60_000 }).toEqual([]);
  });

  it("prints its usage, and the fault of invalid arguments", async () => {
    expect(await start("--help").line()).toMatch(/^Usage: /);
    expect(await start("--url", "http://127.0.0.1:1").end()).toEqual({
      code: 1,
      stderr: "restate example: --url needs --token and --webhook-secret\n",
    });
  });
});
