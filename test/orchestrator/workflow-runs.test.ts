/** Tests runs of workflows over GraphQL: their fields and the rights to see them. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Viewer } from "../../src/model/approvals.ts";
import { admin, inputOf, orchestrator, reader, viewerOf } from "../support/approvals/requests.ts";
import { type Api, type Data, startApi } from "../support/graphql/graphql.ts";
import {
  endRun,
  insertCheckpoint,
  insertRun,
  linkRequest,
  type MadeRun,
  moveJob,
  RELEASE,
} from "../support/orchestrator/runs.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const JOB = "id type dependencies status attempts startedAt endedAt error reason output request { id status }";
const RUN = `id version workflowId executionId status isOpen cancelRequestedAt cancelReason cancelledBy timeoutAt reason jobs { ${JOB} }
  waitingFor { id jobId } startedFromCheckpoint { id name createdAt } detailIsVisible definition
  createdAt updatedAt endedAt`;

const ask = async (as: Viewer | string, source: string, variables: object = {}): Promise<Data> => {
  const { data, errors } = await api.as(as).send(source, JSON.stringify(variables));
  if (errors !== undefined) throw new AggregateError(errors, errors.join("; "));
  return data;
};
const read = async (as: Viewer | string, id: string): Promise<Data> =>
  (await ask(as, `query ($id: ID!) { workflowRun(id: $id) { ${RUN} } }`, { id })).workflowRun;
/** The ids of the jobs' runs that the list shows, newest first. */
const list = async (as: Viewer | string, filter: object = {}, first = 100): Promise<string[]> => {
  const source = `query ($filter: WorkflowRunFilter, $first: Int) {
    workflowRuns(filter: $filter, first: $first) { totalCount edges { node { id } } }
  }`;
  const { workflowRuns } = await ask(as, source, { filter, first });
  const ids = workflowRuns.edges.map(({ node }: Data) => node.id.slice("run_".length));
  if (first === 100) expect(workflowRuns.totalCount).toBe(ids.length);
  return ids;
};

/** A request with the key of a job of a run; returns its id. */
async function request(
  run: MadeRun,
  jobId: string,
  more: object = {},
  by: Viewer | string = orchestrator,
): Promise<string> {
  const { workflowId, executionId } = run;
  const input = inputOf({ workflowId, executionId, jobId, ...more });
  const { createApprovalRequest } = await api.as(by).data("Create", { input });
  return createApprovalRequest.request.id;
}
/** Creates the request of a job of a run; returns its id. */
async function gate(run: MadeRun, ...asked: [jobId: string, more?: object, by?: Viewer | string]): Promise<string> {
  const id = await request(run, ...asked);
  await linkRequest(api.pool, run.id, asked[0], id);
  return id;
}

describe("a run", () => {
  it("has its document, which may be long, read only if the operation selects it", async () => {
    const run = await insertRun(api.pool);
    const query = vi.spyOn(api.pool, "query");
    const isRead = () => query.mock.calls.some(([text]) => /definition/.test(JSON.stringify(text)));
    await ask(admin, "query ($id: ID!) { workflowRun(id: $id) { status jobs { status } } }", run);
    await ask(admin, "{ workflowRuns { edges { node { id status } } } }");
    expect(query).toHaveBeenCalled();
    expect(isRead()).toBe(false);
    const { workflowRun } = await ask(admin, "query ($id: ID!) { workflowRun(id: $id) { definition } }", run);
    expect(workflowRun.definition).toMatchObject({ id: "release" });
    expect(isRead()).toBe(true);
    query.mockRestore();
  });

  it("is shown with its jobs in the order of its document, and the requests that they wait for", async () => {
    const run = await insertRun(api.pool);
    const id = await gate(run, "approval");
    const shown = await read(reader, `run_${run.id}`);
    expect(shown).toMatchObject({
      id: `run_${run.id}`,
      workflowId: "release",
      executionId: run.executionId,
      status: "RUNNING",
      isOpen: true,
      cancelRequestedAt: null,
      cancelReason: null,
      startedFromCheckpoint: null,
      endedAt: null,
      detailIsVisible: true,
      definition: { id: "release" },
      waitingFor: [{ id, jobId: "approval" }],
    });
    expect(shown.jobs.map((job: Data) => [job.id, job.status, job.dependencies])).toEqual(
      RELEASE.map((job) => [job.id, job.status ?? "PENDING", job.dependencies ?? []]),
    );
    expect(shown.jobs[0]).toMatchObject({ type: "script", attempts: 1, output: { size: 42 }, request: null });
    expect(shown.jobs[2]).toMatchObject({ type: "approval", output: null, request: { id, status: "PENDING" } });
  });

  it("is found by its global id, by its orchestrator's id, and as a node", async () => {
    const run = await insertRun(api.pool);
    for (const id of [run.id, `run_${run.id}`]) expect(await read(reader, id)).toMatchObject({ id: `run_${run.id}` });
    const source = "query ($id: ID!) { node(id: $id) { __typename id ... on WorkflowRun { executionId } } }";
    const { executionId } = run;
    const { node } = await ask(reader, source, { id: `run_${run.id}` });
    expect(node).toEqual({ __typename: "WorkflowRun", id: `run_${run.id}`, executionId });
  });

  it("waits for nothing once its request is decided, or it has ended", async () => {
    const run = await insertRun(api.pool);
    const [decided, open] = [await gate(run, "approval"), await gate(run, "security")];
    await api.as("bob").data("Approve", { input: { requestId: decided } });
    expect((await read(reader, run.id)).waitingFor).toEqual([{ id: open, jobId: "security" }]);
    await endRun(api.pool, run.id, "CANCELLED");
    expect(await read(reader, run.id)).toMatchObject({
      waitingFor: [],
      isOpen: false,
      status: "CANCELLED",
      endedAt: expect.any(String),
    });
  });

  it("is a field of its request, with the checkpoint that was stored before it", async () => {
    const run = await insertRun(api.pool);
    const checkpoint = await insertCheckpoint(api.pool, run, "approval", "before the gate");
    const again = await insertRun(api.pool, { startedFromCheckpoint: checkpoint });
    const id = await gate(run, "approval");
    const alone = await request({ ...run, executionId: randomUUID() }, "approval");
    const source = `query ($id: ID!) { approvalRequest(id: $id) { run { id jobs { id } } checkpoint { id name } } }`;
    const { approvalRequest } = await ask("bob", source, { id });
    expect(approvalRequest).toMatchObject({
      run: { id: `run_${run.id}` },
      checkpoint: { id: checkpoint, name: "before the gate" },
    });
    expect(approvalRequest.run.jobs).toHaveLength(5);
    expect((await ask("bob", source, { id: alone })).approvalRequest).toEqual({ run: null, checkpoint: null });
    expect((await read(reader, again.id)).startedFromCheckpoint).toMatchObject({ id: checkpoint });
  });

  it("is null if its id is unknown or malformed, or if the viewer may not see the run", async () => {
    const run = await insertRun(api.pool);
    await gate(run, "approval");
    for (const id of [randomUUID(), "nonsense", `run_nonsense`, `event_${run.id}`, ""]) {
      expect(await read(admin, id)).toBeNull();
    }
    expect(await read("mallory", run.id)).toBeNull();
  });
});

describe("the rights on a run", () => {
  it("are those of its requests: a viewer of one of them sees how far the run is", async () => {
    const run = await insertRun(api.pool);
    const nobody = await insertRun(api.pool);
    const about = { requestedBy: "ann", notifyUsers: ["bob"], notifyRoles: ["ops"], escalateToUsers: ["eve"] };
    await gate(run, "approval", about);
    const those: [Viewer | string, boolean][] = [
      ["ann", true],
      ["bob", true],
      [viewerOf("olga", { roles: ["ops"] }), true],
      [orchestrator, true],
      [reader, true],
      [admin, true],
      ["orchestrator", false],
      ["eve", false],
      ["mallory", false],
      [viewerOf("other", { scopes: ["approvals:request"] }), false],
    ];
    for (const [viewer, sees] of those) {
      const { executionId } = run;
      expect([viewer, (await read(viewer, run.id)) !== null]).toEqual([viewer, sees]);
      expect([viewer, await list(viewer, { executionId })]).toEqual([viewer, sees ? [run.id] : []]);
    }
    expect(await read("bob", nobody.id)).toBeNull();
    expect(await read(reader, nobody.id)).not.toBeNull();
  });

  it("include its detail for viewers who see everything, and for the creator of all of its requests", async () => {
    const failed = { id: "test", status: "FAILED", error: "a secret", reason: "another" } as const;
    const run = await insertRun(api.pool, { jobs: [...RELEASE, failed] });
    await api.pool.query(
      "update workflow_runs set cancel_reason = 'a third', cancelled_by = 'dora', reason = 'a fourth' where id = $1",
      [run.id],
    );
    await gate(run, "approval");
    const secrets = (shown: Data) => [
      ...[shown.detailIsVisible, shown.cancelReason, shown.definition?.id ?? null],
      ...[
        shown.cancelledBy,
        shown.reason,
        shown.jobs[0].output?.size ?? null,
        shown.jobs[5].error,
        shown.jobs[5].reason,
      ],
    ];
    const everything = [true, "a third", "release", "dora", "a fourth", 42, "a secret", "another"];
    const nothing = [false, null, null, null, null, null, null, null];
    for (const viewer of [reader, admin, orchestrator]) expect(secrets(await read(viewer, run.id))).toEqual(everything);
    expect(secrets(await read("bob", run.id))).toEqual(nothing);
    await gate(run, "security", {}, viewerOf("other", { scopes: ["approvals:request"] }));
    expect(secrets(await read(orchestrator, run.id))).toEqual(nothing);
    expect(secrets(await read(reader, run.id))).toEqual(everything);
  });

  it("include those of its requests that the viewer may see", async () => {
    const run = await insertRun(api.pool);
    const own = await gate(run, "approval", { notifyUsers: ["bob"] });
    const others = await gate(run, "security", { notifyUsers: ["cleo"] });
    const shown = await read("bob", run.id);
    expect(shown.waitingFor).toEqual([{ id: own, jobId: "approval" }]);
    expect(shown.jobs.map((job: Data) => job.request?.id ?? null)).toEqual([null, null, own, null, null]);
    expect((await read(admin, run.id)).waitingFor.map(({ id }: Data) => id)).toEqual([others, own]);
  });

  it("are not given by a request that somebody created with the key of one of its jobs, however far the run is", async () => {
    const run = await insertRun(api.pool);
    await insertCheckpoint(api.pool, run, "security", "before the gate");
    const id = await gate(run, "approval");
    const source = `query ($id: ID!) { approvalRequest(id: $id) { run { id } checkpoint { id } } }`;
    for (const mallory of [viewerOf("mallory"), viewerOf("mallory", { scopes: ["approvals:request"] })]) {
      for (const jobId of ["build", "security", "deploy", "another"]) {
        const made = await request(run, jobId, { title: "What Mallory wants" }, mallory);
        expect((await ask(mallory, source, { id: made })).approvalRequest).toEqual({ run: null, checkpoint: null });
      }
      expect(await read(mallory, run.id)).toBeNull();
      expect(await list(mallory, { executionId: run.executionId })).toEqual([]);
      expect(await list(mallory)).toEqual([]);
    }
    const shown = await read(orchestrator, run.id);
    expect(shown).toMatchObject({ detailIsVisible: true, waitingFor: [{ id }] });
    expect(shown.jobs.map((job: Data) => job.request?.id ?? null)).toEqual([null, null, id, null, null]);
    expect((await read("bob", run.id)).waitingFor).toEqual([{ id, jobId: "approval" }]);
  });
});

describe("the list of runs", () => {
  it("is filtered, newest first, in pages that contain everything once", async () => {
    const workflowId = randomUUID();
    const made: string[] = [];
    for (let n = 0; n < 5; n++) {
      const run = await insertRun(api.pool, { workflowId });
      await gate(run, "approval");
      made.unshift(run.id);
    }
    await endRun(api.pool, made[1] as string, "FAILED");
    for (const viewer of [reader, "bob"]) {
      expect(await list(viewer, { workflowId })).toEqual(made);
      expect(await list(viewer, { workflowId, statuses: ["FAILED", "CANCELLED"] })).toEqual([made[1]]);
      expect(await list(viewer, { workflowId, statuses: [] })).toEqual([]);
      const paged: string[] = [];
      let after: string | null = null;
      do {
        const source = `query ($filter: WorkflowRunFilter, $after: String) {
          workflowRuns(filter: $filter, first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } }
        }`;
        const { workflowRuns }: Data = await ask(viewer, source, { filter: { workflowId }, after });
        paged.push(...workflowRuns.edges.map(({ node }: Data) => node.id.slice(4)));
        after = workflowRuns.pageInfo.hasNextPage ? workflowRuns.pageInfo.endCursor : null;
      } while (after !== null);
      expect(paged).toEqual(made);
    }
  });

  it("refuses a cursor of another list, and invalid text", async () => {
    const run = async (args: string) =>
      (await api.as(reader).send(`{ workflowRuns(${args}) { edges { cursor } } }`)).errors?.[0]?.extensions.code;
    const { data } = await api.as(reader).send("{ approvalRequests(first: 1) { edges { cursor } } }");
    expect(await run(`after: "${(data as Data).approvalRequests.edges[0].cursor}"`)).toBe("BAD_USER_INPUT");
    expect(await run('filter: { workflowId: "\\u0000" }')).toBe("BAD_USER_INPUT");
    expect(await run("first: 101")).toBe("BAD_USER_INPUT");
  });

  it("costs the queries of a few for a hundred runs with their jobs and requests", async () => {
    const workflowId = randomUUID();
    for (let n = 0; n < 20; n++) await gate(await insertRun(api.pool, { workflowId }), "approval");
    const source = `query ($filter: WorkflowRunFilter) {
      workflowRuns(filter: $filter, first: 100) {
        totalCount edges { node { ${RUN} waitingFor { id run { id } checkpoint { id } } } }
      }
    }`;
    for (const viewer of [reader, "bob"]) {
      const queries = await api.queriesOf(async () => {
        const { workflowRuns } = await ask(viewer, source, { filter: { workflowId } });
        expect(workflowRuns.edges).toHaveLength(20);
      });
      expect(queries).toBeLessThanOrEqual(12);
    }
  });

  it("includes a run of a hundred jobs within the limits", async () => {
    const jobs = Array.from({ length: 100 }, (_, n) => ({
      id: `job-${n}`,
      dependencies: n === 0 ? [] : [`job-${n - 1}`],
    }));
    const run = await insertRun(api.pool, { jobs });
    expect((await read(reader, run.id)).jobs).toHaveLength(100);
  });
});

describe("the version of a run", () => {
  const versionOf = async ({ id }: MadeRun): Promise<number> => (await read(reader, id)).version;

  it("grows with every change of a job and of a request, and with no other", async () => {
    const run = await insertRun(api.pool);
    expect(await versionOf(run)).toBe(1);
    await moveJob(api.pool, run.id, "deploy", "RUNNING");
    expect(await versionOf(run)).toBe(2);
    const id = await gate(run, "approval", { notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    expect(await versionOf(run)).toBe(3);
    await api.as("bob").data("Approve", { input: { requestId: id } });
    expect(await versionOf(run)).toBe(4);
    await api.as("bob").data("Comment", { input: { requestId: id, body: "Fine." } });
    await request(run, "another");
    await request(run, "security");
    await request({ ...run, workflowId: "another" }, "approval");
    expect(await versionOf(run)).toBe(4);
    await endRun(api.pool, run.id, "SUCCEEDED");
    await api.as("cleo").data("Approve", { input: { requestId: id } });
    expect(await versionOf(run)).toBe(5);
  });
});
