/** Tests processes of one name with different handlers, and processes of different names. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { insertRun } from "../../src/db/queries/run-starts.ts";
import { runIdOf } from "../../src/orchestrator/keys.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { eventually } from "../support/eventually.ts";
import {
  attemptsOf,
  decide,
  effect,
  ended,
  gate,
  jobsOf,
  notedRequest,
  type OrchestratorStage,
  startStage,
} from "../support/orchestrator/orchestrator.ts";

let stage: OrchestratorStage;
let core: Core;
beforeAll(async () => {
  stage = await startStage();
  core = await startCore(stage.database.url);
});
afterAll(async () => {
  await core.close();
  await stage.stop();
});
afterEach(() => stage.killAll());

/** Longer than any test: a hand-over does not wait for a lease. */
const LEASE = { LEASE_MS: "600000" };
const NEW = { id: "new", type: "flaky", config: { failures: 0 } };
const waitsForHandler = (executionId: string, jobId: string) =>
  eventually(async () => {
    const job = (await jobsOf(core.pool, executionId))[jobId];
    return job?.waiting_for === "HANDLER" ? job.waiting_reason : undefined;
  });

// Every test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("a run whose process has no handler for one of its jobs", { timeout: 120_000 }, () => {
  it("shows which handler it waits for, and moves to a process that has the handler", async () => {
    const executionId = randomUUID();
    const jobs = [gate("approval", []), { ...NEW, dependencies: ["approval"] }, effect("last", ["new"])];
    const first = await stage.start([[{ id: "gated", jobs }, executionId]], LEASE);
    const id = await notedRequest(core.pool, executionId, "approval");
    await first.end("SIGTERM");
    const old = await stage.start([], { ...LEASE, TYPES: "approval,effect" });
    await decide(core, id, true);
    expect(await waitsForHandler(executionId, "new")).toBe(
      'No process of the orchestrator "countersign" has a handler for the type "flaky".',
    );
    const { rows } = await core.pool.query("select name, types from orchestrator_executors where lease_until > now()");
    expect(rows).toEqual([{ name: "countersign", types: ["approval", "effect", "workflow"] }]);

    const other = await stage.start([], { ...LEASE, NAME: "other" });
    const next = await stage.start([], LEASE);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect(await attemptsOf(core.pool, executionId, "new")).toMatchObject([{ outcome: "SUCCEEDED", pid: next.pid }]);
    expect((await jobsOf(core.pool, executionId)).new).toMatchObject({ waiting_for: null, waiting_reason: null });
    for (const process of [old, other, next]) expect(await process.end("SIGTERM")).toMatchObject({ code: 0 });
  });

  it("stays until its other jobs there have ended, and takes its open gates along", async () => {
    const executionId = randomUUID();
    const slow = { id: "slow", type: "slow", dependencies: ["first"], config: { ms: 3_000 } };
    const jobs = [gate("first", []), gate("approval", ["first"]), slow, { ...NEW, dependencies: ["first"] }];
    const first = await stage.start([[{ id: "mixed", jobs }, executionId]], LEASE);
    const before = await notedRequest(core.pool, executionId, "first");
    await first.end("SIGTERM");
    const old = await stage.start([], { ...LEASE, TYPES: "approval,slow" });
    await decide(core, before, true);
    const id = await notedRequest(core.pool, executionId, "approval");
    await waitsForHandler(executionId, "new");
    const next = await stage.start([], LEASE);
    await eventually(async () => (await jobsOf(core.pool, executionId)).new?.status === "SUCCEEDED" || undefined);
    expect(await attemptsOf(core.pool, executionId, "slow")).toMatchObject([{ outcome: "SUCCEEDED", pid: old.pid }]);
    expect(await attemptsOf(core.pool, executionId, "new")).toMatchObject([{ outcome: "SUCCEEDED", pid: next.pid }]);
    await decide(core, id, true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect(await attemptsOf(core.pool, executionId, "approval")).toMatchObject([
      { outcome: "HANDED_OVER", pid: old.pid },
      { outcome: "SUCCEEDED", pid: next.pid },
    ]);
  });
});

describe("a run that was stored and not started", { timeout: 120_000 }, () => {
  it("is started by processes of its own name only, also if another name starts it again", async () => {
    const executionId = randomUUID();
    const definition = { id: "named", jobs: [effect("build")] };
    const run = { id: runIdOf("named", executionId), executionId, startedFromCheckpoint: null, taken: {}, definition };
    await core.pool.query("alter table workflow_runs alter created_at set default now() - interval '1 minute'");
    await insertRun(core.pool, { ...run, origin: { orchestrator: "blue" } });
    await core.pool.query("alter table workflow_runs alter created_at set default clock_timestamp()");
    const marker = randomUUID();
    const green = await stage.start(
      [
        [definition, executionId],
        [definition, marker],
      ],
      { NAME: "green" },
    );
    expect(await ended(core.pool, marker)).toBe("SUCCEEDED");
    expect((await jobsOf(core.pool, executionId)).build).toMatchObject({ status: "PENDING" });
    const blue = await stage.start([], { NAME: "blue" });
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect(await attemptsOf(core.pool, executionId, "build")).toMatchObject([{ pid: blue.pid }]);
    expect(JSON.parse(await green.line())).toMatchObject({ status: "SUCCEEDED" });
  });
});
