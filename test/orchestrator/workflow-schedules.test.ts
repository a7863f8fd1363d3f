/** Tests the list of schedules, and the schedule of a run, in the API and the command. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/cli/process.ts";
import { insert } from "../support/db/rows.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const LIST = `query ($first: Int, $after: String) {
  workflowSchedules(first: $first, after: $after) {
    edges { node { name orchestrator cron timezone workflow isRegistered version input priority missed pausedAt lastTick lastError } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const LONG = "😀".repeat(175);
const TICK = new Date("2026-10-26T01:30:00Z");

let server: TestServer;
const runId = randomUUID();
beforeAll(async () => {
  server = await startServer();
  const row = { cron: "30 2 * * 1-5", timezone: "Europe/Berlin", workflow_id: "report", missed: "run", input: "{}" };
  const { pool } = server.database;
  await insert(pool, "workflow_schedules", { ...row, orchestrator: "b", name: "nightly" });
  await insert(pool, "workflow_schedules", { ...row, orchestrator: "a", name: LONG });
  await insert(pool, "workflow_schedules", {
    ...row,
    orchestrator: "a",
    name: "nightly",
    paused_at: TICK,
    last_tick: TICK,
    last_error: "gone",
    priority: 7,
    workflow_version: 2,
    input: '{"scope":"all"}',
  });
  const definition = '{"id":"report","jobs":[{"id":"send","type":"send"}]}';
  const run = { id: runId, workflow_id: "report", execution_id: `nightly:${TICK.toISOString()}`, definition };
  await insert(pool, "workflow_runs", { ...run, schedule: "nightly" });
  await insert(pool, "workflow_run_jobs", { run_id: runId, job_id: "send", position: 0, type: "send" });
});
afterAll(() => server.stop());

const reader = () => tokenFor("auditor", { scope: "approvals:read" });
const program = () => tokenFor("program", { scope: "approvals:request" });
const PAUSED = {
  name: "nightly",
  orchestrator: "a",
  cron: "30 2 * * 1-5",
  timezone: "Europe/Berlin",
  workflow: "report",
  isRegistered: true,
  version: 2,
  input: { scope: "all" },
  priority: 7,
  missed: "RUN",
  pausedAt: TICK.toISOString(),
  lastTick: TICK.toISOString(),
  lastError: "gone",
};

describe("the schedules", () => {
  it("are listed in pages over GraphQL, by orchestrator and name", async () => {
    const seen: unknown[] = [];
    let after: string | null = null;
    for (let hasNextPage = true; hasNextPage; ) {
      const { workflowSchedules } = await server.data(await reader(), LIST, { first: 1, after });
      seen.push(...workflowSchedules.edges.map(({ node }: { node: unknown }) => node));
      ({ hasNextPage, endCursor: after } = workflowSchedules.pageInfo);
    }
    expect(seen).toMatchObject([PAUSED, { orchestrator: "a", name: LONG }, { orchestrator: "b", name: "nightly" }]);
  });

  it("are listed over REST, without input and error for a program, and not at all for a person", async () => {
    const { body } = await restClient(server, await program()).get("/schedules");
    expect(body.items[0]).toMatchObject({ ...PAUSED, input: null, lastError: null });
    expect((await restClient(server, await tokenFor("bob")).get("/schedules")).body.items).toEqual([]);
  });

  it("are listed by the command, and a run shows which one started it", async () => {
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: await reader() };
    const { stdout } = await runCommand(["workflows", "schedules"], { env });
    expect(stdout).toMatch(
      /^nightly +30 2 \* \* 1-5 +Europe\/Berlin +report +paused +2026-10-26T01:30:00.000Z failed$/m,
    );
    const json = await runCommand(["workflows", "schedules", "--json"], { env });
    expect(JSON.parse(json.stdout)).toHaveLength(3);
    const shown = await runCommand(["runs", "show", `run_${runId}`], { env });
    expect(shown.stdout).toContain("Started by the schedule nightly.\n");
    const { body } = await restClient(server, await reader()).get(`/runs/run_${runId}`);
    expect(body.schedule).toBe("nightly");
  });
});
