/** Tests starting a run again after its handlers have changed, and the registration of handlers. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import {
  createOrchestrator,
  type JobHandler,
  type Orchestrator,
  type WorkflowDefinition,
} from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, gate, notedRequest, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
/** As a later version of the program: it has no handler for the first runs, or one that accepts no configuration. */
let later: Orchestrator;
let checkpointId: string;
const executionId = randomUUID();

const succeeds = async () => ({ success: true, output: 7 });
const ENDED: WorkflowDefinition = { id: "ended", jobs: [{ id: "build", type: "build", config: { target: "x64" } }] };
const STRICT: WorkflowDefinition = { id: "strict", jobs: [{ id: "pack", type: "pack", config: { level: 9 } }] };
const WAITING: WorkflowDefinition = { id: "waiting", jobs: [gate("approval", [], { createCheckpoint: true })] };
const CHANGES = { executionId: `${executionId}-again`, config: { approval: { title: "Once more?" } } };

const create = () => createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  const earlier = create();
  for (const type of ["build", "pack"]) earlier.registerHandler(type, { type, execute: succeeds });
  earlier.registerHandler("approval", new ApprovalHandler(core));
  await earlier.launch();
  for (const workflow of [ENDED, STRICT]) await (await earlier.start(workflow, { executionId })).result();
  await earlier.start(WAITING, { executionId });
  await notedRequest(core.pool, executionId, "approval");
  const { rows } = await core.pool.query("select id from approval_checkpoints where execution_id = $1", [executionId]);
  checkpointId = rows[0].id;
  await earlier.startFromCheckpoint(checkpointId, CHANGES);
  await notedRequest(core.pool, CHANGES.executionId, "approval");
  await earlier.shutdown();
  later = create();
  later.registerHandler("pack", {
    type: "pack",
    execute: succeeds,
    validate: () => [{ path: "level", message: "is retired" }],
  });
  await later.launch();
});
afterAll(async () => {
  await later.shutdown();
  await core.close();
  await database.drop();
});

describe("an existing run", () => {
  it.each([
    ["whose type no longer has a handler", ENDED],
    ["whose configuration its handler now refuses", STRICT],
  ])("that has ended is returned with its result when it is started again, %s", async (_what, workflow) => {
    const run = await later.start(workflow, { executionId });
    const [job] = workflow.jobs;
    expect(await run.result()).toEqual({
      status: "SUCCEEDED",
      jobs: { [job?.id as string]: { status: "SUCCEEDED", output: 7 } },
    });
  });

  it("that waits is returned when it is started again, although this process has no handler for it", async () => {
    expect(await later.start(WAITING, { executionId })).toMatchObject({ workflowId: "waiting", executionId });
    const again = await later.startFromCheckpoint(checkpointId, CHANGES);
    expect(again).toMatchObject({ workflowId: "waiting", executionId: CHANGES.executionId });
    const changes = { ...CHANGES, results: { approval: { status: "APPROVED" } } };
    await expect(later.startFromCheckpoint(checkpointId, changes)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("is not returned for another document, which is refused for its own faults", async () => {
    const other = { id: "ended", jobs: [...ENDED.jobs, { id: "deploy", type: "deploy" }] };
    await expect(later.start(other, { executionId })).rejects.toMatchObject({
      code: "VALIDATION",
      issues: [{ path: "jobs.0.type" }, { path: "jobs.1.type" }],
    });
  });

  it("does not let a new execution of the same document start, which is refused", async () => {
    await expect(later.start(ENDED, { executionId: randomUUID() })).rejects.toMatchObject({
      code: "VALIDATION",
      issues: [{ path: "jobs.0.type", message: 'there is no handler for "build"; registered types: pack' }],
    });
    await expect(later.start(ENDED, { executionId: 7 as unknown as string })).rejects.toMatchObject({
      code: "VALIDATION",
    });
    const circular: Record<string, unknown> = { id: "ended" };
    circular.jobs = [circular];
    await expect(later.start(circular as unknown as WorkflowDefinition, { executionId })).rejects.toMatchObject({
      code: "VALIDATION",
    });
  });

  it("continues in another process that has its handlers", async () => {
    await later.shutdown();
    later = create();
    later.registerHandler("approval", new ApprovalHandler(core));
    await later.launch();
    for (const id of [executionId, CHANGES.executionId]) {
      await decide(core, await openRequest(core.pool, id, "approval"), true);
      expect((await (await later.find("waiting", id))?.result())?.status).toBe("SUCCEEDED");
    }
  });
});

describe("a handler", () => {
  it.each([["buld"], [""], [null], [7]])("of type %j is not registered for jobs of type build", (type) => {
    const handler = { type, execute: succeeds } as unknown as JobHandler;
    expect(() => create().registerHandler("build", handler)).toThrow(
      new TypeError(
        `registerHandler("build", …): the handler's own type is ${JSON.stringify(type)}; both must be the same`,
      ),
    );
  });

  it("without a type is registered for jobs of any type", () => {
    expect(() => create().registerHandler("build", { execute: succeeds } as unknown as JobHandler)).not.toThrow();
  });

  it("for approvals has the type that it is given", () => {
    expect(new ApprovalHandler(core).type).toBe("approval");
    const second = new ApprovalHandler({ ...core, type: "second-approval" });
    expect(() => create().registerHandler("second-approval", second)).not.toThrow();
  });
});
