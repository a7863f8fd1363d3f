import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApprovalHandler, type ApprovalHandlerOptions } from "../../src/handler/approval-handler.ts";
import { type Checkpoint, fileCheckpoints } from "../../src/handler/checkpoints.ts";
import { patiently } from "../support/eventually.ts";
import { decide } from "../support/handler/decide.ts";
import { jobOf, requestIdOf } from "../support/handler/jobs.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
const ending: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const approve = (user: string, id: string, comment?: string) => decide(server, user, id, "approve", comment);
const reject = (user: string, id: string, comment?: string) => decide(server, user, id, "reject", comment);

async function rowOf(id: string) {
  const { rows } = await server.database.pool.query("select * from approval_requests where id = $1", [id]);
  return rows[0];
}

type Extra = Pick<ApprovalHandlerOptions, "checkpoints" | "decisionSource">;
const gateways: Record<string, (extra?: Extra) => Promise<ApprovalHandler>> = {
  "over a socket": async (extra) => {
    const token = await tokenFor("orchestrator", { scope: "approvals:request" });
    return new ApprovalHandler({ url: `${server.url}/graphql`, token, ...extra });
  },
  "on a manager": async (extra) => {
    const { manager, hub, loaders } = server.app.services;
    return new ApprovalHandler({ manager, hub, loaders, userId: "orchestrator", ...extra });
  },
};

describe.each(Object.keys(gateways))("the approval handler %s", (name) => {
  async function handlerOf(extra?: Extra): Promise<ApprovalHandler> {
    const handler = await (gateways[name] as (extra?: Extra) => Promise<ApprovalHandler>)(extra);
    ending.push(() => handler.close());
    return handler;
  }

  it("creates the request, waits for the quorum and succeeds with the outcome", async () => {
    const handler = await handlerOf();
    expect(handler.type).toBe("approval");
    const job = jobOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2, context: { tarball: "a.tgz" } });
    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    await approve("bob", id, "fine");
    await approve("cleo", id, "ship it");
    const result = await running;
    expect(result).toEqual({
      success: true,
      output: {
        requestId: id,
        status: "APPROVED",
        decidedBy: "cleo",
        decisionSource: "APPROVER",
        comment: "ship it",
        decidedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        approvers: ["bob", "cleo"],
      },
      metadata: {
        requestId: id,
        workflowId: job.workflowId,
        jobId: job.jobId,
        executionId: job.executionId,
        version: 3,
        decisionSource: "APPROVER",
        created: true,
      },
    });
    expect(await rowOf(id)).toMatchObject({ context: { tarball: "a.tgz" }, requested_by: "orchestrator" });
  });

  it("fails with the reason of a rejection", async () => {
    const handler = await handlerOf();
    const job = jobOf({ requestedBy: "ann" });
    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    await reject("bob", id, "not on a Friday");
    expect(await running).toMatchObject({
      success: false,
      output: { requestId: id, status: "REJECTED", decidedBy: "bob", comment: "not on a Friday", approvers: [] },
      error: "Rejected by bob: not on a Friday.",
      retryable: false,
    });
    expect((await rowOf(id)).requested_by).toBe("ann");
  });

  it("fails at the timeout, and succeeds if the timeout approves", async () => {
    const handler = await handlerOf();
    const [rejected, approved] = await Promise.all([
      handler.execute(jobOf({ timeoutMs: 50, timeoutAction: "reject" })),
      handler.execute(jobOf({ timeoutMs: 50, timeoutAction: "approve" })),
    ]);
    expect(rejected).toMatchObject({
      success: false,
      output: { status: "TIMEOUT", decidedBy: null },
      retryable: false,
    });
    expect(rejected.error).toMatch(/^Nobody decided in time/);
    expect(approved).toMatchObject({ success: true, output: { status: "APPROVED", decidedBy: null } });
    expect(approved.metadata.decisionSource).toBe("TIMEOUT");
  });

  it.each([
    ["the job", { decisionSource: "approver" }, {}],
    ["the job, in GraphQL's spelling", { decisionSource: "APPROVER" }, {}],
    ["the handler", {}, { decisionSource: "APPROVER" as const }],
    ["the handler, which the job cannot take back", { decisionSource: null }, { decisionSource: "APPROVER" as const }],
  ])(
    "does not count an approval by conditions or by the timeout if %s demands a decision by people",
    async (_who, config, extra) => {
      const handler = await handlerOf(extra);
      const conditions = [{ field: "metadata.size", operator: "<", value: 5 }];
      const automatic = { approvalType: "conditional", autoApproveConditions: conditions, metadata: { size: 1 } };
      const jobs = [
        ["AUTO", jobOf({ ...automatic, ...config })],
        ["TIMEOUT", jobOf({ timeoutMs: 50, timeoutAction: "approve", ...config })],
      ] as const;
      for (const [source, job] of jobs) {
        const result = await handler.execute(job);
        expect(result).toMatchObject({
          success: false,
          retryable: false,
          output: { status: "APPROVED", decidedBy: null, decisionSource: source },
          metadata: { decisionSource: source },
        });
        expect(result.error).toContain(`its decisionSource is ${source}, and must be APPROVER`);
        expect(await handler.execute(job), "asked again").toMatchObject({ success: false, error: result.error });
      }
      const job = jobOf(config);
      const running = handler.execute(job);
      await approve("bob", await requestIdOf(handler, job));
      expect(await running).toMatchObject({ success: true, output: { decidedBy: "bob", decisionSource: "APPROVER" } });
    },
  );

  it("refuses a demand that is unknown or cannot be met", async () => {
    const handler = await handlerOf();
    for (const decisionSource of ["AUTO", "timeout", "", "approvers", true, ["APPROVER"]]) {
      const message = `must be "approver", not ${JSON.stringify(decisionSource)}`;
      expect(handler.validate(jobOf({ decisionSource }).config)).toEqual([{ path: "decisionSource", message }]);
      const result = await handler.execute(jobOf({ decisionSource }));
      expect(result).toMatchObject({ success: false, metadata: { code: "VALIDATION" } });
    }
    const impossible = jobOf({ approvalType: "auto", decisionSource: "approver" }).config;
    expect(handler.validate(impossible).map(({ path }) => path)).toEqual(["decisionSource"]);
    await expect(handlerOf({ decisionSource: "AUTO" as never })).rejects.toThrow(
      'decisionSource must be "APPROVER", got "AUTO".',
    );
  });

  it("approves by conditions on the outputs of earlier jobs, in either spelling", async () => {
    const handler = await handlerOf();
    const conditions = [
      { field: "results.build.size", operator: "<", value: 100 },
      { field: "metadata.category", operator: "IN", value: ["software", "tools"] },
      { field: "config.environment", operator: "startsWith", value: "stag" },
    ];
    const config = {
      approvalType: "conditional",
      metadata: { category: "tools" },
      environment: "staging",
      autoApproveConditions: conditions,
    };
    for (const build of [{ size: 42 }, { success: true, output: { size: 42 }, metadata: {} }]) {
      expect(await handler.execute(jobOf(config, { results: { build } }))).toMatchObject({
        success: true,
        output: { status: "APPROVED", decidedBy: null, approvers: [] },
        metadata: { decisionSource: "AUTO" },
      });
    }
    const large = jobOf(config, { results: { build: { size: 420 } } });
    const running = handler.execute(large);
    await approve("bob", await requestIdOf(handler, large));
    expect(await running).toMatchObject({ success: true, metadata: { decisionSource: "APPROVER" } });
  });

  it("finds its request when the job runs again, even if earlier outputs have changed", async () => {
    const handler = await handlerOf();
    const job = jobOf();
    const first = handler.execute(job);
    const id = await requestIdOf(handler, job);
    const second = handler.execute({ ...job, results: { build: { took: 17 } } });
    await approve("bob", id);
    const results = await Promise.all([first, second]);
    expect(results.map(({ output }) => output?.requestId)).toEqual([id, id]);
    expect(results.map(({ metadata }) => metadata.created)).toEqual([true, false]);
    expect(await handler.execute(job)).toMatchObject({ success: true, output: { requestId: id } });
  });

  it("fails with CONFLICT if the same job of the same execution creates a different request", async () => {
    const handler = await handlerOf();
    const job = jobOf({ approvalType: "auto" });
    await handler.execute(job);
    const other = { ...job, config: { title: "Something else?", notifyUsers: ["bob"] } };
    expect(await handler.execute(other)).toMatchObject({ success: false, metadata: { code: "CONFLICT" } });
  });

  it("fails with every fault of an invalid configuration and creates no request", async () => {
    const handler = await handlerOf();
    const job = jobOf({ title: " ", notifyUsers: [], timeoutMs: -1, requireMinApprovers: 0 });
    const result = await handler.execute(job);
    expect(result).toMatchObject({ success: false, metadata: { code: "VALIDATION" } });
    expect(result.output).toBeUndefined();
    for (const path of ["title", "timeoutMs", "requireMinApprovers"]) expect(result.error).toContain(`${path}: `);
    expect(await handler.getStatus(job.jobId, job.executionId)).toMatchObject({ status: "NOT_FOUND", progress: 0 });
    expect(await handler.execute(jobOf({}, { jobId: "" }))).toMatchObject({
      success: false,
      error: expect.stringContaining("jobId: "),
    });
  });

  it("rejects when it is aborted and leaves the request open", async () => {
    const handler = await handlerOf();
    const aborting = new AbortController();
    const job = jobOf({}, { signal: aborting.signal });
    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    aborting.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
    expect((await rowOf(id)).status).toBe("PENDING");
    await expect(handler.execute(job)).rejects.toBe(aborting.signal.reason);
  });

  it("waits for a decision by the request's id", async () => {
    const handler = await handlerOf();
    const id = await server.ask(await tokenFor("orchestrator", { scope: "approvals:request" }));
    const waiting = handler.waitForDecision(id);
    await approve("bob", id);
    expect(await waiting).toMatchObject({ requestId: id, status: "APPROVED" });
    expect(await handler.waitForDecision(id)).toMatchObject({ requestId: id, status: "APPROVED" });
    await expect(handler.waitForDecision("no-id")).rejects.toMatchObject({ code: "NOT_FOUND" });
    const aborting = AbortSignal.abort();
    await expect(handler.waitForDecision(id, { signal: aborting })).rejects.toMatchObject({ name: "AbortError" });
  });

  it("returns the status: progress, urgency and a sentence", async () => {
    const handler = await handlerOf();
    const calm = jobOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2, timeoutMs: 7_200_000 });
    const hasty = jobOf({ timeoutMs: 600_000 });
    const running = Promise.all([handler.execute(calm), handler.execute(hasty)]);
    const [id, hastyId] = await Promise.all([requestIdOf(handler, calm), requestIdOf(handler, hasty)]);
    await approve("bob", id);
    const status = await handler.getStatus(calm.jobId, calm.executionId);
    expect(status).toMatchObject({ status: "PENDING", requestId: id, isUrgent: false, approvalsReceived: 1 });
    expect(status.progress).toBeLessThan(0.5);
    expect(status.timeRemainingMs).toBeLessThanOrEqual(7_200_000);
    expect(status.message).toMatch(/^Waiting for a decision: 1 of 2 approvals, 1 hour 59 minutes left\.$/);
    expect(await handler.getStatus(hasty.jobId, hasty.executionId)).toMatchObject({
      isUrgent: true,
      message: expect.stringContaining("urgent"),
    });
    await Promise.all([approve("cleo", id), approve("bob", hastyId)]);
    await running;
    expect(await handler.getStatus(calm.jobId, calm.executionId)).toMatchObject({
      status: "APPROVED",
      progress: 1,
      percent: 100,
      timeRemainingMs: null,
      message: "Approved by cleo.",
    });
  });

  it("cancels a job, whose execution then fails", async () => {
    const handler = await handlerOf();
    const job = jobOf();
    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    expect(await handler.cancel(job.jobId, job.executionId, "superseded")).toMatchObject({
      requestId: id,
      status: "CANCELLED",
    });
    expect(await running).toMatchObject({
      success: false,
      output: { status: "CANCELLED", decidedBy: "orchestrator", comment: "superseded" },
      error: "Cancelled by orchestrator: superseded.",
    });
    await expect(handler.cancel(job.jobId, "another", "x")).rejects.toMatchObject({ code: "NOT_FOUND" });
    const decided = jobOf({ approvalType: "auto" });
    await handler.execute(decided);
    await expect(handler.cancel(decided.jobId, decided.executionId)).rejects.toMatchObject({
      code: "ALREADY_DECIDED",
    });
  });

  it("names the workflows if two of them share a job and an execution", async () => {
    const handler = await handlerOf();
    const job = jobOf({ approvalType: "auto" });
    await handler.execute(job);
    await handler.execute({ ...job, workflowId: "another-workflow" });
    const ambiguous = { code: "AMBIGUOUS", workflowIds: ["another-workflow", "deployment-workflow"] };
    await expect(handler.getStatus(job.jobId, job.executionId)).rejects.toMatchObject(ambiguous);
    await expect(handler.cancel(job.jobId, job.executionId)).rejects.toMatchObject(ambiguous);
    expect(await handler.getStatus(job.jobId, job.executionId, "another-workflow")).toMatchObject({
      status: "APPROVED",
    });
  });

  it("stores a checkpoint before it creates the request, and creates none if that fails", async () => {
    const saved: Checkpoint[] = [];
    const handler = await handlerOf({
      checkpoints: {
        async save(checkpoint) {
          expect(await handler.getStatus(checkpoint.jobId, checkpoint.executionId)).toMatchObject({ requestId: null });
          if (checkpoint.name === "full") throw new Error("no space left");
          saved.push(checkpoint);
          return { id: "checkpoint-1" };
        },
      },
    });
    const config = { approvalType: "auto", createCheckpoint: true, checkpointName: "pre-training-approval" };
    const job = jobOf(config, { results: { build: { size: 42 } } });
    expect(await handler.execute(job)).toMatchObject({ success: true, metadata: { checkpointId: "checkpoint-1" } });
    const { workflowId, jobId, executionId } = job;
    expect(saved).toEqual([
      {
        name: "pre-training-approval",
        workflowId,
        jobId,
        executionId,
        state: { config: job.config, dependencies: ["build"], results: { build: { size: 42 } } },
      },
    ]);
    const full = jobOf({ ...config, checkpointName: "full" });
    await expect(handler.execute(full)).rejects.toThrow("no space left");
    expect(await handler.getStatus(full.jobId, full.executionId)).toMatchObject({ status: "NOT_FOUND" });
  });
});

describe("the approval handler", () => {
  it("requires an API or a manager", () => {
    expect(() => new ApprovalHandler({} as ApprovalHandlerOptions)).toThrow("url is not set, and token is not set");
    expect(() => new ApprovalHandler({ url: "http://localhost", token: "" })).toThrow("manager: token is empty.");
    const { manager } = server.app.services;
    expect(() => new ApprovalHandler({ manager })).toThrow(/hub and loaders/);
  });

  it("rejects with UNAUTHENTICATED when its token is refused", async () => {
    const handler = new ApprovalHandler({ url: `${server.url}/graphql`, token: "not-a-token" });
    ending.push(() => handler.close());
    const unauthenticated = { code: "UNAUTHENTICATED" };
    await expect(handler.execute(jobOf())).rejects.toMatchObject(unauthenticated);
    await expect(handler.getStatus("approval", "x")).rejects.toMatchObject(unauthenticated);
  });

  it("fails with FORBIDDEN if its token may not create such a request", async () => {
    const handler = new ApprovalHandler({ url: `${server.url}/graphql`, token: await tokenFor("ann") });
    ending.push(() => handler.close());
    expect(await handler.execute(jobOf({ approvalType: "auto" }))).toMatchObject({
      success: false,
      error: expect.stringContaining("approvals:request"),
      metadata: { code: "FORBIDDEN" },
    });
  });

  it("validates a configuration: every fault with its path", () => {
    const handler = new ApprovalHandler({ url: `${server.url}/graphql`, token: "x" });
    expect(handler.validate(jobOf().config)).toEqual([]);
    const wrong = {
      notifyUsers: ["bob"],
      timeoutMs: 0,
      requireMinApprovers: 1.5,
      autoApproveConditions: [{ field: "context.__proto__.x", operator: "~", value: 1 }],
    };
    expect(handler.validate(wrong).map(({ path }) => path)).toEqual([
      "title",
      "timeoutMs",
      "requireMinApprovers",
      "autoApproveConditions.0.field",
      "autoApproveConditions.0.operator",
    ]);
    expect(handler.validate("approve")).toEqual([{ path: "", message: expect.any(String) }]);
    const strict = { notifyUsers: ["bob"], requireMinApprovers: 2, requireAllApprovers: "no", timeoutMs: 0 };
    const rules = { ...strict, timeoutAction: "escalate", approvalType: "conditional", createCheckpoint: 1 };
    expect(handler.validate(rules).map(({ path }) => path)).toEqual([
      "createCheckpoint",
      "title",
      "timeoutMs",
      "requireAllApprovers",
      "escalateToUsers",
      "autoApproveConditions",
    ]);
  });

  it("accepts a reminder without a timeout only up to the limit of the server's default timeout", () => {
    const handler = new ApprovalHandler({ url: `${server.url}/graphql`, token: "x" });
    expect(handler.validate(jobOf({ remindBeforeMs: 7_200_000 }).config)).toEqual([]);
    const message = "is 7200000, but must be less than timeoutMs, 7200000";
    const config = { remindBeforeMs: 7_200_000, timeoutMs: 7_200_000 };
    expect(handler.validate(jobOf(config).config)).toEqual([{ path: "remindBeforeMs", message }]);
  });

  it("evaluates conditions by itself", () => {
    const handler = new ApprovalHandler({ url: `${server.url}/graphql`, token: "x" });
    const scope = handler.buildApprovalContext(
      jobOf({ metadata: { amount: 900 } }, { results: { build: { success: true, output: { files: ["a"] } } } }),
    );
    expect(handler.getFieldValue(scope, "results.build.files.0")).toBe("a");
    expect(handler.getFieldValue(scope, "results.constructor.name")).toBeUndefined();
    const cheap = { field: "metadata.amount", operator: "<", value: 1_000 };
    expect(handler.evaluateCondition(cheap, scope)).toBe(true);
    expect(handler.evaluateCondition({ ...cheap, operator: "LT" }, scope)).toBe(true);
    expect(handler.evaluateCondition({ ...cheap, operator: "almost" }, scope)).toBe(false);
    expect(handler.checkAutoApprovalConditions([cheap], scope)).toBe(true);
    expect(handler.checkAutoApprovalConditions([cheap, { ...cheap, value: 1 }], scope)).toBe(false);
    expect(handler.checkAutoApprovalConditions([], scope)).toBe(false);
  });

  it("accepts the predecessor's options and warns about each once", async () => {
    const warnings: Error[] = [];
    const collect = (warning: Error) => void (warning.name === "CountersignWarning" && warnings.push(warning));
    process.on("warning", collect);
    const options = {
      url: `${server.url}/graphql`,
      token: "x",
      pollInterval: 5_000,
      maxPollAttempts: 720,
      supabase: {},
    };
    for (let n = 0; n < 2; n++) new ApprovalHandler(options);
    await vi.waitFor(() => expect(warnings).toHaveLength(3), patiently);
    process.off("warning", collect);
    expect(warnings.map(({ message }) => message.split(" ")[2])).toEqual([
      "supabase",
      "pollInterval",
      "maxPollAttempts",
    ]);
  });
});

describe("checkpoints in files", () => {
  it("have the same file each time they are saved", async () => {
    const directory = await mkdtemp(join(tmpdir(), "checkpoints-"));
    try {
      const store = fileCheckpoints(join(directory, "below"));
      const state = { config: {}, dependencies: [], results: { build: 1 } };
      const checkpoint = { name: "../../before", workflowId: "w", jobId: "j", executionId: "e", state };
      const { id } = await store.save(checkpoint);
      expect(await store.save(checkpoint)).toEqual({ id });
      expect((await store.save({ ...checkpoint, executionId: "f" })).id).not.toBe(id);
      expect(await readdir(join(directory, "below"))).toHaveLength(2);
      expect(JSON.parse(await readFile(join(directory, "below", `${id}.json`), "utf8"))).toEqual(checkpoint);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
