/** Tests a run of the orchestrator over GraphQL while it runs. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { requestInputFor } from "../../src/handler/question.ts";
import type { Viewer } from "../../src/model/approvals.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { callerOf, inputOf, reader, viewerOf } from "../support/approvals/requests.ts";
import { type Api, type Data, type Stream, startApi } from "../support/graphql/graphql.ts";
import { gate, notedRequest } from "../support/orchestrator/orchestrator.ts";

let api: Api;
let orchestrator: Orchestrator;
/** The promises that jobs of type `held` wait for, by execution. */
const held = new Map<string, PromiseWithResolvers<void>>();
beforeAll(async () => {
  api = await startApi({ live: true });
  orchestrator = createOrchestrator({ databaseUrl: api.url });
  orchestrator.registerHandler("approval", new ApprovalHandler(api.services));
  orchestrator.registerHandler("effect", {
    type: "effect",
    execute: async ({ jobId }) => ({ success: true, output: { made: jobId } }),
  });
  orchestrator.registerHandler("held", {
    type: "held",
    async execute({ executionId, log }) {
      log.info("held", { executionId });
      await held.get(executionId)?.promise;
      log.warn("let go");
      return { success: true, output: { secret: "of the job" } };
    },
  });
  // Creates its own request, and reports the ids of the job's configuration.
  orchestrator.registerHandler("teller", {
    type: "teller",
    async execute(context) {
      for (const id of (context.config as { asked: string[] }).asked) await context.asked?.(id);
      return { success: true };
    },
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await api.close();
});

const LIVE = `subscription ($id: ID!) {
  workflowRunUpdated(id: $id) {
    id version status executionId startedFromCheckpoint { id }
    waitingFor { id jobId checkpoint { id name } } jobs { id status output error }
  }
}`;

/** Reads until a state matches; every state is newer than the one before. */
async function until(stream: Stream, holds: (run: Data) => boolean): Promise<Data> {
  let version = 0;
  for (;;) {
    const { done, value } = await stream.next();
    if (done) throw new Error("the stream ended");
    const run: Data = value.data?.workflowRunUpdated;
    expect(run.version).toBeGreaterThan(version);
    version = run.version;
    if (holds(run)) return run;
  }
}

it("a run over GraphQL shows its waiting gate, and its end", async () => {
  const executionId = randomUUID();
  const effect = (id: string, dependencies: string[]) => ({ id, type: "effect", dependencies });
  const jobs = [
    effect("build", []),
    gate("approval", ["build"], { createCheckpoint: true }),
    effect("deploy", ["approval"]),
  ];
  const run = await orchestrator.start({ id: "release", jobs }, { executionId });
  const stream = await api.as(reader).subscribe(LIVE, { id: run.id });
  const held = await until(stream, ({ waitingFor }) => waitingFor.length > 0);
  expect(held).toMatchObject({ id: `run_${run.id}`, executionId, status: "RUNNING" });
  expect(held.jobs.map(({ status }: Data) => status)).toEqual(["SUCCEEDED", "RUNNING", "PENDING"]);
  expect(held.jobs[0].output).toEqual({ made: "build" });
  expect(held.waitingFor).toMatchObject([{ jobId: "approval", checkpoint: { name: expect.any(String) } }]);

  await api.as("bob").data("Approve", { input: { requestId: held.waitingFor[0].id } });
  const ended = await until(stream, ({ status }) => status !== "RUNNING");
  expect(ended).toMatchObject({ status: "SUCCEEDED", waitingFor: [] });
  expect(ended.jobs.map(({ status }: Data) => status)).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
  expect((await stream.next()).done).toBe(true);
  expect((await run.result()).status).toBe("SUCCEEDED");
});

it("a run over GraphQL shows the log of a job while it runs, and its attempts when it has ended", async () => {
  const executionId = randomUUID();
  held.set(executionId, Promise.withResolvers());
  const run = await orchestrator.start({ id: "logged", jobs: [{ id: "talk", type: "held" }] }, { executionId });
  const source = `subscription ($id: ID!) { workflowRunLogAdded(runId: $id, jobId: "talk") { line level message fields } }`;
  const log = await api.as(reader).subscribe(source, { id: run.id });
  expect((await log.next()).value?.data?.workflowRunLogAdded).toEqual({
    line: 1,
    level: "INFO",
    message: "held",
    fields: { executionId },
  });
  const second = log.next();
  held.get(executionId)?.resolve();
  expect((await second).value?.data?.workflowRunLogAdded).toMatchObject({ line: 2, level: "WARN", message: "let go" });
  expect((await log.next()).done).toBe(true);
  await run.result();
  const query = `query ($id: ID!) { workflowRun(id: $id) { jobs { logLineCount attemptHistory { number outcome process } } } }`;
  expect((await ask(reader, query, { id: run.id })).workflowRun.jobs).toEqual([
    { logLineCount: 2, attemptHistory: [{ number: 1, outcome: "SUCCEEDED", process: expect.stringMatching(/:\d+$/) }] },
  ]);
});

const MALLORY = viewerOf("mallory");
const PROGRAM = viewerOf("another-program", { scopes: ["approvals:request"] });
/** The user of the handler's requests. */
const OWN = viewerOf("system", { scopes: ["approvals:request"] });
const RUN = `id status detailIsVisible definition waitingFor { id }
  jobs { id status output error reason request { id } }`;

async function ask(as: Viewer | string, source: string, variables: object): Promise<Data> {
  const { data, errors } = await api.as(as).send(source, JSON.stringify(variables));
  if (errors !== undefined) throw new AggregateError(errors, errors.join("; "));
  return data;
}
const read = async (as: Viewer | string, id: string): Promise<Data> =>
  (await ask(as, `query ($id: ID!) { workflowRun(id: $id) { ${RUN} } }`, { id })).workflowRun;
/** What the viewer sees of a run through every query. */
async function seen(as: Viewer, id: string, requestId: string): Promise<Data> {
  const source = `query ($id: ID!, $requestId: ID!, $filter: WorkflowRunFilter) {
    run: workflowRun(id: $id) { id } node(id: $id) { id } approvalRequest(id: $requestId) { run { id } }
    workflowRuns(filter: $filter) { totalCount edges { node { id } } }
  }`;
  const data = await ask(as, source, { id: `run_${id}`, requestId, filter: { workflowId: "release" } });
  const live = await api.as(as).subscribe(LIVE, { id });
  const { value } = await live.next();
  return { ...data, live: value?.errors?.[0]?.extensions.code };
}
/** A request that the run did not create; the list of runs may contain others. */
const NOT_ITS_OWN = { run: null, node: null, approvalRequest: { run: null }, live: "NOT_FOUND" };
const NOTHING = {
  ...NOT_ITS_OWN,
  workflowRuns: { totalCount: 0, edges: [] },
};
/** Creates a request. */
async function make(by: Viewer, input: object): Promise<string> {
  return (await api.services.manager.createRequest(inputOf(input), callerOf(by))).request.id;
}

describe("requests that others create under the keys of a run's jobs", () => {
  it("show nobody the run, whichever jobs depend on those, and take nothing from its own user", async () => {
    const executionId = randomUUID();
    held.set(executionId, Promise.withResolvers());
    const jobs = [
      { id: "fast", type: "effect" },
      { id: "build", type: "held" },
      gate("early", ["fast"]),
      gate("late", ["build"]),
    ];
    const run = await orchestrator.start({ id: "release", jobs }, { executionId });
    const id = await notedRequest(api.pool, executionId, "early");
    for (const [viewer, jobId] of [
      [MALLORY, "build"],
      [PROGRAM, "fast"],
    ] as const) {
      const made = await make(viewer, { workflowId: "release", executionId, jobId, notifyUsers: ["bob"] });
      expect(await seen(viewer, run.id, made)).toEqual(NOTHING);
    }
    const own = await read(OWN, run.id);
    expect(own).toMatchObject({ detailIsVisible: true, definition: { id: "release" }, waitingFor: [{ id }] });
    expect(own.jobs.map(({ request }: Data) => request?.id ?? null)).toEqual([null, null, id, null]);
    expect(own.jobs[0].output).toEqual({ made: "fast" });
    // An approver whom Mallory names sees of the run only what its own requests show.
    expect((await read("bob", run.id)).waitingFor).toEqual([{ id }]);
    held.get(executionId)?.resolve();
    const late = await notedRequest(api.pool, executionId, "late");
    expect((await read(OWN, run.id)).waitingFor).toEqual([{ id }, { id: late }]);
    expect(await read(OWN, run.id)).toMatchObject({ detailIsVisible: true });
    await orchestrator.cancel("release", executionId, "enough");
  });

  it("fail a gate if the orchestrator's own user created them before, and are not shown in the run", async () => {
    const executionId = randomUUID();
    const made = await make(OWN, { workflowId: "release", executionId, jobId: "approval", title: "Another" });
    const run = await orchestrator.start({ id: "release", jobs: [gate("approval", [])] }, { executionId });
    expect((await run.result()).jobs.approval).toMatchObject({ status: "FAILED", error: expect.any(String) });
    expect(await seen(OWN, run.id, made)).toMatchObject(NOT_ITS_OWN);
    expect((await read(reader, run.id)).jobs[0].request).toBeNull();
  });

  it("are not shown in the run either if they are equal and were there before the gate", async () => {
    const executionId = randomUUID();
    const job = gate("approval", []);
    const context = { workflowId: "release", executionId, jobId: job.id, type: job.type, config: job.config };
    const input = requestInputFor({ ...context, dependencies: [], results: {} });
    const { request } = await api.services.manager.createRequest(input, callerOf(OWN));
    const client = await api.pool.connect();
    await client.query("begin; set local session_replication_role = replica");
    await client.query("update approval_requests set created_at = created_at - interval '1 hour' where id = $1", [
      request.id,
    ]);
    await client.query("commit");
    client.release();
    const run = await orchestrator.start({ id: "release", jobs: [job] }, { executionId });
    await api.as("bob").data("Approve", { input: { requestId: request.id } });
    expect((await run.result()).status).toBe("SUCCEEDED");
    expect(await seen(OWN, run.id, request.id)).toMatchObject(NOT_ITS_OWN);
  });
});

describe("a handler that creates its own request", () => {
  const told = async (...asked: string[]) => {
    const executionId = randomUUID();
    const jobs = [{ id: "own", type: "teller", config: { asked } }];
    const run = await orchestrator.start({ id: "teller", jobs }, { executionId });
    const { own } = (await run.result()).jobs;
    return { own, request: (await read(reader, run.id)).jobs[0].request };
  };
  const own = () => make(OWN, { workflowId: "its own", executionId: randomUUID() });

  it("shows the request that it reports, whatever its key, and the first of several", async () => {
    const [first, second] = [await own(), await own()];
    expect(await told(first, second)).toMatchObject({ own: { status: "SUCCEEDED" }, request: { id: first } });
  });

  it("shows no request if it reports none, or one that does not exist", async () => {
    expect(await told()).toMatchObject({ own: { status: "SUCCEEDED" }, request: null });
    expect(await told(randomUUID())).toMatchObject({ own: { status: "SUCCEEDED" }, request: null });
  });

  it("fails if it reports a value that is not the id of a request", async () => {
    const error = 'asked: "nonsense" is not the id of a request';
    expect(await told("nonsense")).toMatchObject({ own: { status: "FAILED", error: expect.stringContaining(error) } });
  });
});
