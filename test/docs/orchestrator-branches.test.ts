/** Tests that the example of branches in docs/orchestrator.md runs as its table states. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator, type WorkflowDefinition } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { coded, docPage } from "../support/docs/doc-page.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, openRequest } from "../support/orchestrator/orchestrator.ts";

const page = docPage("orchestrator.md");
const [example] = page.blocks("Branches and compensation", "json");
const workflow = JSON.parse(example as string) as WorkflowDefinition;
const rows = page.rows("Branches and compensation");

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
const called: string[] = [];
/** The job that fails. */
let broken = "";

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("approval", new ApprovalHandler(core));
  for (const type of ["reserve", "deploy", "notify", "roll-back", "free"]) {
    orchestrator.registerHandler(type, {
      type,
      async execute({ jobId }) {
        called.push(jobId);
        return { success: jobId !== broken };
      },
    });
  }
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await database.drop();
});

it("the example of branches in docs/orchestrator.md has a row for each outcome", () => {
  expect(rows.map(([event]) => event)).toContain("`approval` is rejected");
  expect(new Set(rows.map(([, status]) => status))).toEqual(new Set(["SUCCEEDED", "FAILED", "CANCELLED"]));
});

it.each(rows)("the example of branches: when %s, its run ends %s and calls %s", async (event, status, jobs) => {
  called.length = 0;
  broken = event.endsWith(" fails") ? (coded(event)[0] as string) : "";
  const executionId = randomUUID();
  const run = await orchestrator.start(workflow, { executionId });
  if (broken !== "canary") {
    const requestId = await openRequest(core.pool, executionId, "approval");
    if (event.endsWith("cancelled")) await orchestrator.cancel(workflow.id, executionId);
    else await decide(core, requestId, !event.endsWith("rejected"));
  }
  expect((await run.result()).status).toBe(status);
  expect(called).toEqual(coded(jobs));
});

it("the example of branches stores the reason of a skipped job as the page shows it", async () => {
  broken = "";
  const executionId = randomUUID();
  const run = await orchestrator.start(workflow, { executionId });
  await decide(core, await openRequest(core.pool, executionId, "approval"), true);
  const { explain } = (await run.result()).jobs;
  const shown = page.text("Branches and compensation");
  expect(shown).toContain(`\`${explain?.reason}\``);
});
