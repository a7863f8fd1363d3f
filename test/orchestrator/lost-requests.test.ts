/** Tests a process that is killed after its gate has created a request and before the job's row names it. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf } from "../support/approvals/requests.ts";
import {
  decide,
  ended,
  gate,
  jobsOf,
  notedRequest,
  type OrchestratorStage,
  openRequest,
  startStage,
} from "../support/orchestrator/orchestrator.ts";
import { tokenFor } from "../support/server/server.ts";

const GATE = { id: "release", jobs: [gate("gate", [])] };

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

const service = async (sub: string) => ({
  LEASE_MS: "2000",
  COUNTERSIGN_TOKEN: await tokenFor(sub, { scope: "approvals:request" }),
});
const requestsOf = async (executionId: string) =>
  (
    await core.pool.query<{ id: string; created_by: string }>(
      "select id, created_by from approval_requests where execution_id = $1 order by created_at",
      [executionId],
    )
  ).rows;

// The test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("a run whose process was killed between creating its request and storing the id", { timeout: 120_000 }, () => {
  it("waits for that request under another user of the service, and not for one that another user has planted", async () => {
    const [noted, lost] = [randomUUID(), randomUUID()];
    const runs = [noted, lost].map((executionId) => [GATE, executionId] as const);
    const first = await stage.start(runs, { ...(await service("service-1")), DIES_ASKING: lost });
    const id = await openRequest(core.pool, lost, "gate");
    await first.end();
    expect((await jobsOf(core.pool, lost)).gate).toMatchObject({ request_id: null, status: "RUNNING" });
    const key = { workflowId: "release", jobId: "gate", executionId: lost };
    const planted = { ...key, title: "May gate go on?", notifyUsers: ["mallory-2"] };
    await core.manager.createRequest(planted, callerOf("mallory"));

    await stage.start([], await service("service-2"));
    expect(await notedRequest(core.pool, lost, "gate")).toBe(id);
    await decide(core, id, true);
    expect(await ended(core.pool, lost)).toBe("SUCCEEDED");
    const creators = (await requestsOf(lost)).map((request) => request.created_by);
    expect(creators).toEqual(["service-1", "mallory"]);
  });

  it("creates a request again if nothing shows which user had created the first", async () => {
    const lost = randomUUID();
    await stage.killAll();
    const first = await stage.start([[GATE, lost]], { ...(await service("service-3")), DIES_ASKING: lost });
    const id = await openRequest(core.pool, lost, "gate");
    await first.end();
    await stage.start([], await service("service-4"));
    const own = await notedRequest(core.pool, lost, "gate");
    // The process under service-3 also waited for a request of service-1, which it had not created.
    expect((await requestsOf(lost)).map((request) => request.id)).toEqual([id, own]);
    expect((await requestsOf(lost)).map((request) => request.created_by)).toEqual(["service-3", "service-4"]);
  });
});
