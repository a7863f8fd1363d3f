/** Tests attempts, waits, time-outs and logs of jobs over GraphQL: the fields, the rights, and the cost of reading. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Viewer } from "../../src/model/approvals.ts";
import { inputOf, orchestrator, reader } from "../support/approvals/requests.ts";
import { type Api, codesOf, type Data, startApi } from "../support/graphql/graphql.ts";
import {
  insertAttempt,
  insertLog,
  insertRun,
  linkRequest,
  type MadeRun,
  moveJob,
  noteWaiting,
} from "../support/orchestrator/runs.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi({ live: true });
});
afterAll(() => api.close());

const ATTEMPTS = "attemptHistory { number startedAt endedAt outcome process error }";
const LINE = "line attempt level message fields createdAt";
const PAGE = "hasNextPage hasPreviousPage startCursor endCursor";
const JOB = `id waitingFor waitingReason dueAt timeoutAt logLineCount ${ATTEMPTS} log { edges { node { ${LINE} } } }`;

const jobOf = async (as: Viewer | string, run: MadeRun, jobId: string): Promise<Data> => {
  const source = `query ($id: ID!) { workflowRun(id: $id) { jobs { ${JOB} } } }`;
  const { data } = await api.as(as).send(source, JSON.stringify({ id: run.id }));
  return data?.workflowRun.jobs.find(({ id }: Data) => id === jobId);
};
const LOG = `query ($id: ID!, $job: String!, $first: Int, $after: String, $last: Int, $before: String) {
  workflowRunLog(runId: $id, jobId: $job, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { ${LINE} } } pageInfo { ${PAGE} }
  }
}`;
const logOf = async (run: MadeRun, args: object = {}, as: Viewer | string = reader): Promise<Data> =>
  api.as(as).send(LOG, JSON.stringify({ id: run.id, job: "build", ...args }));
/** Lets bob see the run, but not its detail. */
async function ask(run: MadeRun): Promise<void> {
  const { workflowId, executionId } = run;
  const input = inputOf({ workflowId, executionId, jobId: "approval" });
  const { createApprovalRequest } = await api.as(orchestrator).data("Create", { input });
  await linkRequest(api.pool, run.id, "approval", createApprovalRequest.request.id);
}
const numbers = ({ edges }: Data): number[] => edges.map(({ node }: Data) => node.line);

describe("a job", () => {
  it("is shown with its attempts, each with its outcome, process and error", async () => {
    const run = await insertRun(api.pool);
    await insertAttempt(api.pool, run.id, "build", { number: 1, outcome: "LOST", process: "worker-1:17" });
    await insertAttempt(api.pool, run.id, "build", { number: 2, outcome: "TIMED_OUT", error: "x".repeat(3_000) });
    await insertAttempt(api.pool, run.id, "build", { number: 3 });
    expect((await jobOf(reader, run, "build")).attemptHistory).toEqual([
      { number: 1, ...times(true), outcome: "LOST", process: "worker-1:17", error: null },
      { number: 2, ...times(true), outcome: "TIMED_OUT", process: "worker-1:4711", error: "x".repeat(1_000) },
      { number: 3, ...times(false), outcome: null, process: "worker-1:4711", error: null },
    ]);
    expect((await jobOf(reader, run, "deploy")).attemptHistory).toEqual([]);
  });

  it("is shown with its newest fifty attempts", async () => {
    const run = await insertRun(api.pool);
    for (let number = 1; number <= 60; number++) {
      await insertAttempt(api.pool, run.id, "build", { number, outcome: "FAILED" });
    }
    const { attemptHistory } = await jobOf(reader, run, "build");
    expect(attemptHistory.map(({ number }: Data) => number)).toEqual(Array.from({ length: 50 }, (_, n) => n + 11));
  });

  it("shows what it waits for while it is open, until when, and when it times out", async () => {
    const run = await insertRun(api.pool);
    const dueAt = new Date(Date.now() + 60_000);
    const reason = "Attempt 2 of 3 failed: no space left.";
    await noteWaiting(api.pool, run.id, "security", "RETRY", reason, dueAt);
    const timeoutAt = "2030-01-02T03:04:05.678Z";
    await api.pool.query("update workflow_run_jobs set timeout_at = $2 where run_id = $1", [run.id, timeoutAt]);
    const waits = { waitingFor: "RETRY", waitingReason: reason, dueAt: dueAt.toISOString(), timeoutAt };
    expect(await jobOf(reader, run, "security")).toMatchObject(waits);
    await moveJob(api.pool, run.id, "security", "SUCCEEDED");
    expect(await jobOf(reader, run, "security")).toMatchObject({ waitingFor: null, waitingReason: null });
  });

  it("shows errors, processes, reasons and its log only to viewers who may see the run's detail", async () => {
    const run = await insertRun(api.pool);
    await ask(run);
    await insertAttempt(api.pool, run.id, "build", { number: 1, outcome: "FAILED", error: "a secret" });
    await insertLog(api.pool, run.id, "build", [["info", "a secret"]]);
    await noteWaiting(api.pool, run.id, "security", "TOKEN", "a secret");
    for (const viewer of [reader, orchestrator]) {
      expect(await jobOf(viewer, run, "build")).toMatchObject({
        attemptHistory: [{ process: "worker-1:4711", error: "a secret" }],
        logLineCount: 1,
        log: { edges: [{ node: { message: "a secret" } }] },
      });
    }
    expect(await jobOf("bob", run, "build")).toMatchObject({
      attemptHistory: [{ number: 1, outcome: "FAILED", process: null, error: null }],
      logLineCount: null,
      log: null,
    });
    expect(await jobOf("bob", run, "security")).toMatchObject({ waitingFor: "TOKEN", waitingReason: null });
    for (const viewer of ["bob", "mallory"]) expect((await logOf(run, {}, viewer)).data.workflowRunLog).toBeNull();
    const follow = await api.as("bob").subscribe(FOLLOW, { id: run.id });
    expect(codesOf((await follow.next()).value as Data)).toEqual(["NOT_FOUND"]);
  });

  it("costs a few queries with its history, however many jobs and runs are read", async () => {
    const workflowId = randomUUID();
    for (let n = 0; n < 10; n++) {
      const run = await insertRun(api.pool, { workflowId });
      for (const job of ["build", "security"]) {
        await insertAttempt(api.pool, run.id, job, { number: 1 });
        await insertLog(api.pool, run.id, job, [["info", "a line"]]);
      }
    }
    const source = `query ($filter: WorkflowRunFilter) {
      workflowRuns(filter: $filter, first: 100) { edges { node { jobs { ${JOB} } } } }
    }`;
    const queries = await api.queriesOf(async () => {
      const { data } = await api.as(reader).send(source, JSON.stringify({ filter: { workflowId } }));
      const jobs = data?.workflowRuns.edges.flatMap(({ node }: Data) => node.jobs);
      expect(jobs).toHaveLength(50);
      expect(
        jobs.filter(({ log, attemptHistory }: Data) => log.edges.length === 1 && attemptHistory.length === 1),
      ).toHaveLength(20);
    });
    expect(queries).toBeLessThanOrEqual(8);
  });
});

const times = (hasEnded: boolean) => ({
  startedAt: expect.any(String),
  endedAt: hasEnded ? expect.any(String) : null,
});

describe("the log of a job", () => {
  it("is read in pages from its start and from its end", async () => {
    const run = await insertRun(api.pool);
    const lines = Array.from({ length: 25 }, (_, n) => ["info", `line ${n + 1}`, { n }] as const);
    await insertLog(api.pool, run.id, "build", lines);
    const first = (await logOf(run)).data.workflowRunLog;
    expect(numbers(first)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(first.edges[2].node).toEqual({
      line: 3,
      attempt: 1,
      level: "INFO",
      message: "line 3",
      fields: { n: 2 },
      createdAt: expect.any(String),
    });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = (await logOf(run, { after: first.pageInfo.endCursor })).data.workflowRunLog;
    expect([numbers(second), second.pageInfo.hasNextPage]).toEqual([[21, 22, 23, 24, 25], false]);
    const last = (await logOf(run, { last: 10 })).data.workflowRunLog;
    expect([numbers(last)[0], last.pageInfo.hasPreviousPage]).toEqual([16, true]);
    const before = (await logOf(run, { last: 20, before: last.pageInfo.startCursor })).data.workflowRunLog;
    expect([numbers(before).length, before.pageInfo.hasPreviousPage, before.pageInfo.hasNextPage]).toEqual([
      15,
      false,
      true,
    ]);
  });

  it.each([
    [{ first: 0 }, "`first` must be from 1 to 100, not 0."],
    [{ last: 101 }, "`last` must be from 1 to 100, not 101."],
    [{ first: 1, last: 1 }, "`first` and `last` cannot be combined."],
    [{ after: "nonsense" }, "is not a cursor of this list"],
    [{ job: "half \ud800" }, "half of a surrogate pair"],
  ])("is refused with %j", async (args, message) => {
    const { errors } = await logOf(await insertRun(api.pool), args);
    expect(errors[0].message).toContain(message);
    expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
  });

  it("is null for a run or a job that does not exist", async () => {
    const run = await insertRun(api.pool);
    expect((await logOf(run, { job: "nowhere" })).data.workflowRunLog).toBeNull();
    for (const id of [randomUUID(), "nonsense"]) expect((await logOf({ ...run, id })).data.workflowRunLog).toBeNull();
  });

  it("ends a page early if its lines are long, and reports that there are more", async () => {
    const run = await insertRun(api.pool);
    await insertLog(
      api.pool,
      run.id,
      "build",
      Array.from({ length: 100 }, () => ["info", "€".repeat(4_000)] as const),
    );
    const page = (await logOf(run, { first: 100 })).data.workflowRunLog;
    expect(numbers(page).length).toBeLessThan(100);
    expect(page.pageInfo.hasNextPage).toBe(true);
  });

  it("is followed line by line, from the client's cursor, until the job has ended", async () => {
    const run = await insertRun(api.pool);
    await insertLog(api.pool, run.id, "security", [
      ["info", "one"],
      ["warn", "two"],
    ]);
    const follow = async (afterLine: number | null) =>
      api.as(reader).subscribe(FOLLOW.replace("build", "security"), { id: `run_${run.id}`, afterLine });
    const [all, late] = [await follow(null), await follow(1)];
    const next = async (stream: typeof all) => ((await stream.next()).value as Data)?.data.workflowRunLogAdded.message;
    expect([await next(all), await next(all), await next(late)]).toEqual(["one", "two", "two"]);
    const three = next(all);
    await insertLog(api.pool, run.id, "security", [["error", "three"]]);
    expect([await three, await next(late)]).toEqual(["three", "three"]);
    const end = all.next();
    await insertLog(api.pool, run.id, "build", [["info", "of another job"]]);
    await moveJob(api.pool, run.id, "security", "SUCCEEDED");
    expect(await end).toEqual({ done: true, value: undefined });
    expect((await late.next()).done).toBe(true);
  });
});

const FOLLOW = `subscription ($id: ID!, $afterLine: Int) {
  workflowRunLogAdded(runId: $id, jobId: "build", afterLine: $afterLine) { line message }
}`;
