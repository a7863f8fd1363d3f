/**
 * Tests a short selection of `npm run test:faults` for orchestrators: one process is killed, one loses its connections.
 */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Core, startCore } from "../support/approvals/core.ts";
import {
  decide,
  effectsOf,
  ended,
  GATED,
  type OrchestratorStage,
  openRequest,
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
// A process that is left would resume the runs of the next test.
afterEach(() => stage.killAll());

// The other process takes over when the lease of the killed one expires.
const ENV = { LEASE_MS: "2000" };

describe("a run of an orchestrator", { timeout: 120_000 }, () => {
  it("is resumed by a process that is started after its own was killed", async () => {
    const executionId = randomUUID();
    const first = await stage.start([[GATED, executionId]], ENV);
    const id = await openRequest(core.pool, executionId, "approval");
    await first.end("SIGKILL");
    await decide(core, id, false);
    const second = await stage.start([], ENV);
    expect(await ended(core.pool, executionId)).toBe("FAILED");
    expect(await effectsOf(core.pool, executionId)).toEqual(["build"]);
    await second.end("SIGTERM");
  });

  it("continues after the database was away", async () => {
    const executionId = randomUUID();
    const process = await stage.start([[GATED, executionId]]);
    const id = await openRequest(core.pool, executionId, "approval");
    await core.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await decide(core, id, true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect(await effectsOf(core.pool, executionId)).toEqual(["build", "deploy"]);
    await process.end("SIGTERM");
  });
});
