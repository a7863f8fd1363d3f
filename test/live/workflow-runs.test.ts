/** Following a run: all changes of the run, its jobs and their requests arrive, in order, and none is lost. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createLoaders } from "../../src/db/loaders.ts";
import { subscribeToRun } from "../../src/live/run-updates.ts";
import type { VisibleRun } from "../../src/live/visible-run.ts";
import { NotFoundError } from "../../src/model/errors.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { reader as auditor, callerOf, inputOf, orchestrator, viewerOf } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { type Data, startApi } from "../support/graphql/graphql.ts";
import { patiently, useLive } from "../support/live/live.ts";
import { Reader } from "../support/live/reader.ts";
import { endRun, insertRun, linkRequest, type MadeRun, moveJob } from "../support/orchestrator/runs.ts";

const bob = viewerOf("bob");
const live = useLive("subscribers");
beforeAll(() => allowRewriting(live.core.pool));

function watch(
  { id }: MadeRun,
  afterVersion: number | null = null,
  viewer = auditor,
  from: Pick<Core, "hub" | "loaders"> = live.core,
) {
  return new Reader(live.opened(subscribeToRun(from, viewer, id, afterVersion)));
}
const versions = (reader: Reader<VisibleRun>) => reader.received.map((run) => run.version);
const make = () => insertRun(live.core.pool);
const end = ({ id }: MadeRun) => endRun(live.core.pool, id, "SUCCEEDED");
const move = ({ id }: MadeRun, jobId: string, status: "RUNNING" | "SUCCEEDED") =>
  moveJob(live.core.pool, id, jobId, status);
async function gate({ id, workflowId, executionId }: MadeRun, more: object = {}, jobId = "approval"): Promise<string> {
  const input = inputOf({ workflowId, executionId, jobId, ...more });
  const { request } = await live.core.manager.createRequest(input, callerOf(orchestrator));
  await linkRequest(live.core.pool, id, jobId, request.id);
  return request.id;
}
const approve = (id: string, by = "bob") => live.core.manager.approve(id, {}, callerOf(by));

describe("the updates of a run", () => {
  it("start with the current state, include its jobs and its requests, and end when it has ended", async () => {
    const run = await make();
    const reader = watch(run);
    expect(await reader.at(0)).toMatchObject({ id: run.id, version: 1, status: "RUNNING", requests: [] });
    const id = await gate(run, { notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    expect(await reader.at(1)).toMatchObject({ version: 2, requests: [{ id, status: "PENDING" }] });
    await approve(id);
    expect(await reader.at(2)).toMatchObject({ version: 3, requests: [{ id, status: "PENDING" }] });
    await approve(id, "cleo");
    expect(await reader.at(3)).toMatchObject({ version: 4, requests: [{ id, status: "APPROVED" }] });
    await move(run, "approval", "SUCCEEDED");
    expect(await reader.at(4)).toMatchObject({ version: 5, status: "RUNNING" });
    await end(run);
    expect(await reader.end).toBeUndefined();
    expect(reader.received.at(-1)).toMatchObject({ version: 6, status: "SUCCEEDED" });
  });

  it("are only the final state of a run that has ended, or nothing if the subscriber has it", async () => {
    const run = await make();
    await end(run);
    const [late, knowing] = [watch(run), watch(run, 2)];
    await Promise.all([late.end, knowing.end]);
    expect([versions(late), versions(knowing)]).toEqual([[2], []]);
  });

  it("start above the version that the subscriber has", async () => {
    const run = await make();
    const [level, ahead] = [watch(run, 1), watch(run, 2)];
    await move(run, "deploy", "RUNNING");
    await level.at(0);
    await end(run);
    await Promise.all([level.end, ahead.end]);
    expect([versions(level), versions(ahead)]).toEqual([[2, 3], [3]]);
  });

  it("never arrive in a wrong order, whatever is read while more changes are made", async () => {
    const runs = await Promise.all(Array.from({ length: 10 }, make));
    const readers = runs.flatMap((run) => [watch(run), watch(run, 5)]);
    const changes = runs.map(async (run) => {
      for (let change = 0; change < 10; change++) await move(run, "deploy", "RUNNING");
      await end(run);
    });
    await Promise.all([...changes, ...readers.map((reader) => reader.end)]);
    for (const reader of readers) {
      const sent = versions(reader);
      expect(sent).toEqual([...new Set(sent)].sort((a, b) => a - b));
      expect(reader.received.at(-1)).toMatchObject({ version: 12, status: "SUCCEEDED" });
    }
  });

  it("fail as not found if the id is unknown or malformed, or the viewer may not see the run, or it is deleted", async () => {
    const run = await make();
    await gate(run);
    for (const reader of [
      watch(run, null, viewerOf("mallory")),
      watch({ ...run, id: randomUUID() }),
      watch({ ...run, id: "nonsense" }),
    ]) {
      expect(await reader.end).toEqual(new NotFoundError("workflow run"));
    }
    const sweeping = await startCore(live.database.url, {}, {}, { sweepIntervalMs: 50 });
    live.finally(() => sweeping.close());
    const reader = watch(run, null, bob, sweeping);
    await reader.at(0);
    await live.core.pool.query("delete from workflow_runs where id = $1", [run.id]);
    expect(await reader.end).toBeInstanceOf(NotFoundError);
  });

  it("end as not found for a viewer who may no longer see any of its requests", async () => {
    const run = await make();
    const id = await gate(run, { notifyUsers: ["bob", "cleo"] });
    const [losing, keeping] = [watch(run, null, bob), watch(run, null, viewerOf("cleo"))];
    await Promise.all([losing.at(0), keeping.at(0)]);
    await live.core.pool.query("update approval_requests set notify_users = '{cleo}' where id = $1", [id]);
    expect(await losing.end).toBeInstanceOf(NotFoundError);
    expect(await keeping.at(1)).toMatchObject({ version: 3 });
  });
});

it("the version of a run is raised by statements that touch the same runs, without a deadlock", async () => {
  const both = [await make(), await make()] as const;
  const asked = async (jobId: string) => [await gate(both[0], {}, jobId), await gate(both[1], {}, jobId)];
  const [one, other] = [await asked("approval"), await asked("security")];
  const write = (ids: string[]) =>
    live.core.pool.query(
      `update approval_requests r set title = title || '!'
         from (select id from unnest($1::uuid[]) with ordinality g (id, place) order by place) given
        where r.id = given.id`,
      [ids],
    );
  for (let round = 0; round < 20; round++) await Promise.all([write(one), write(other.toReversed())]);
  for (const run of both) expect(await watch(run).at(0)).toMatchObject({ version: 43 });
});

describe("a wait for a run", () => {
  it("is not lost when the LISTEN session is killed before the change", async () => {
    const runs = await Promise.all(Array.from({ length: 30 }, make));
    const readers = runs.map((run) => watch(run));
    await Promise.all(readers.map((reader) => reader.at(0)));
    await live.killListeners();
    await Promise.all(runs.map((run) => gate(run)));
    await live.killListeners();
    await Promise.all(runs.map(end));
    await Promise.all(readers.map((reader) => reader.end));
    for (const reader of readers) expect(reader.received.at(-1)).toMatchObject({ version: 3, status: "SUCCEEDED" });
  });

  it("is answered by the comparison of versions if a hint never came", async () => {
    const sweeping = await startCore(live.database.url, {}, {}, { sweepIntervalMs: 50 });
    live.finally(() => sweeping.close());
    const run = await make();
    const reader = watch(run, null, auditor, sweeping);
    await reader.at(0);
    await live.core.pool.query("alter table workflow_runs disable trigger workflow_runs_notify_update");
    live.finally(() => live.core.pool.query("alter table workflow_runs enable trigger workflow_runs_notify_update"));
    await end(run);
    expect(await reader.end).toBeUndefined();
    expect(versions(reader)).toEqual([1, 2]);
  });

  it("starts while the database is unavailable and is answered when it is back", async () => {
    const { proxy, pool } = await live.poolBehindProxy();
    const run = await make();
    proxy.refuse();
    const reader = watch(run, null, auditor, { hub: live.core.hub, loaders: createLoaders(pool) });
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(1);
    proxy.accept();
    expect(await reader.at(0)).toMatchObject({ version: 1 });
  });
});

it("a run is sent over GraphQL in every state, with the gate that it waits for, until it completes", async () => {
  const api = await startApi({ live: true });
  live.finally(() => api.close());
  const run = await insertRun(api.pool);
  const source = `subscription ($id: ID!, $afterVersion: Int) {
    workflowRunUpdated(id: $id, afterVersion: $afterVersion) { version isOpen waitingFor { title } jobs { id status } }
  }`;
  const stream = await api.as(auditor).subscribe(source, { id: run.id });
  const next = async (): Promise<Data> => {
    const { done, value } = await stream.next();
    return done ? "done" : (value.data?.workflowRunUpdated ?? value.errors);
  };
  expect(await next()).toMatchObject({ version: 1, waitingFor: [] });
  const input = inputOf({ workflowId: run.workflowId, executionId: run.executionId, jobId: "approval" });
  const { createApprovalRequest } = await api.as(orchestrator).data("Create", { input });
  await linkRequest(api.pool, run.id, "approval", createApprovalRequest.request.id);
  expect(await next()).toMatchObject({ version: 2, waitingFor: [{ title: input.title }] });
  await endRun(api.pool, run.id, "FAILED");
  expect(await next()).toMatchObject({ version: 3, isOpen: false, waitingFor: [] });
  expect(await next()).toBe("done");

  const unknown = await api.as("mallory").subscribe(source, { id: `run_${run.id}` });
  expect((await unknown.next()).value?.errors?.[0]?.extensions.code).toBe("NOT_FOUND");
  expect((await unknown.next()).done).toBe(true);
});
