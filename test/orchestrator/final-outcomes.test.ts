/** Tests final failures of jobs with `retries`: the handler is not called again, even if attempts are left. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobAnswer } from "../../src/handler/job.ts";
import { createOrchestrator, type JobDefinition, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { jobsOf, openRequest } from "../support/orchestrator/orchestrator.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let orchestrator: Orchestrator;
const handlers: ApprovalHandler[] = [];
/** The number of tokens that the API rejects from now on. */
let refusedTokens = 0;
/** The behaviour of jobs of type `work`. */
let work: () => unknown;

beforeAll(async () => {
  server = await startServer();
  const token = await tokenFor("orchestrator", { scope: "approvals:request" });
  const { manager, hub, loaders } = server.app.services;
  const url = `${server.url}/graphql`;
  const register = (type: string, options: ConstructorParameters<typeof ApprovalHandler>[0]) => {
    const made = new ApprovalHandler({ ...options, type });
    handlers.push(made);
    orchestrator.registerHandler(type, made);
  };
  orchestrator = createOrchestrator({ databaseUrl: server.database.url, log: pino({ level: "silent" }) });
  register("over a socket", { url, token });
  register("on a manager", { manager, hub, loaders, userId: "orchestrator" });
  const expiring = async () => (refusedTokens-- > 0 ? "not a token" : token);
  register("with an expired token", { url, token: expiring });
  orchestrator.registerHandler("work", { type: "work", execute: async () => work() as JobAnswer });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  for (const handler of handlers) await handler.close();
  await server.stop();
});

const ATTEMPTS = { attempts: 50, delayMs: 1, backoff: 1 };

async function startJob(type: string, config: object = {}) {
  const job: JobDefinition = {
    id: "job",
    type,
    config: { title: "Go on?", notifyUsers: ["bob"], ...config },
    retries: ATTEMPTS,
  };
  const executionId = randomUUID();
  const run = await orchestrator.start({ id: "final", jobs: [job] }, { executionId });
  const end = async () => {
    const { job: ended } = (await run.result()).jobs;
    const { attempts } = (await jobsOf(server.database.pool, executionId)).job as { attempts: number };
    return { ...ended, attempts };
  };
  return { executionId, end, request: () => openRequest(server.database.pool, executionId, "job") };
}

describe.each(["over a socket", "on a manager"])("a gate %s", (type) => {
  it("creates no other request after a rejection", async () => {
    const { end, request } = await startJob(type);
    await server.app.services.manager.reject(await request(), { comment: "no" }, callerOf("bob"));
    expect(await end()).toMatchObject({ status: "FAILED", error: "Rejected by bob: no.", attempts: 1 });
  });

  it("creates no other request after it has expired", async () => {
    const { end } = await startJob(type, { timeoutMs: 20 });
    expect(await end()).toMatchObject({ status: "FAILED", output: { status: "TIMEOUT" }, attempts: 1 });
  });

  it("creates no other request after its request was cancelled", async () => {
    const { end, request } = await startJob(type);
    await server.app.services.manager.cancel(await request(), callerOf("orchestrator"), "not needed");
    expect(await end()).toMatchObject({ status: "FAILED", output: { status: "CANCELLED" }, attempts: 1 });
  });

  it("creates no other request after the API has refused the request", async () => {
    const { end } = await startJob(type, { notifyUsers: ["orchestrator"] });
    const ended = await end();
    expect(ended).toMatchObject({ status: "FAILED", attempts: 1 });
    expect(ended.error).toMatch(/nobody|approve/i);
  });
});

describe("a gate that requires a decision by people", () => {
  it.each(["over a socket", "on a manager"])(
    "fails a job %s permanently when it is approved by the timeout",
    async (type) => {
      const { end } = await startJob(type, { decisionSource: "approver", timeoutMs: 20, timeoutAction: "approve" });
      const ended = await end();
      expect(ended).toMatchObject({ status: "FAILED", output: { status: "APPROVED" }, attempts: 1 });
      expect(ended.error).toContain("its decisionSource is TIMEOUT, and must be APPROVER");
    },
  );
});

describe("a job with retries", () => {
  it("is called again while the API rejects its token, and not after the outcome", async () => {
    refusedTokens = 4;
    const { end, request } = await startJob("with an expired token");
    await server.app.services.manager.reject(await request(), { comment: "no" }, callerOf("bob"));
    const { attempts, ...ended } = await end();
    expect(ended).toMatchObject({ status: "FAILED", error: "Rejected by bob: no." });
    expect(attempts).toBeGreaterThan(1);
    expect(attempts).toBeLessThan(6);
  });

  const final = { retryable: false };
  it.each<[string, () => unknown, number]>([
    ["once when its answer is final", () => ({ success: false, error: "why", ...final }), 1],
    [
      "once when its answer is final and its output cannot be stored",
      () => ({ success: false, error: "why", output: Number.NaN, ...final }),
      1,
    ],
    [
      "once when it throws a final error",
      () => {
        throw Object.assign(new Error("why"), final);
      },
      1,
    ],
    [
      "as often as its document says when the field is not `false`",
      () => ({ success: false, error: "why", retryable: "false" }),
      50,
    ],
    [
      "as often as its document says without the field",
      () => {
        throw new Error("why");
      },
      50,
    ],
    [
      "as often as its document says when it throws nothing",
      () => {
        throw undefined;
      },
      50,
    ],
    [
      "as often as its document says when the field cannot be read",
      () => {
        throw Object.defineProperty(new Error("why"), "retryable", {
          get() {
            throw new Error("no");
          },
        });
      },
      50,
    ],
  ])("is called %s", async (_how, behaviour, calls) => {
    let called = 0;
    work = () => {
      called++;
      return behaviour();
    };
    const { end } = await startJob("work");
    expect(await end()).toMatchObject({ status: "FAILED", attempts: calls });
    expect(called).toBe(calls);
  });
});
