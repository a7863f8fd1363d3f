/**
 * The process that the measurement of the orchestrator starts: runs that wait at a gate (KIND=runs), or DBOS workflows
 * that wait on its own `recv` (KIND=recv). It starts the requested number, and prints the name of each that continues.
 * SIGTERM shuts it down.
 */

import { DBOS } from "@dbos-inc/dbos-sdk";
import { getApprovalHandler } from "../../src/handler/entry.ts";
import { createOrchestrator, type WorkflowDefinition } from "../../src/orchestrator/entry.ts";

const { KIND, DATABASE_URL: url = "", LEASE_MS = "60000" } = process.env;

/** Starts them; resolves when all are started. */
type Start = (from: number, count: number) => Promise<void>;

const DAY_S = 86_400;
const RELEASE: WorkflowDefinition = {
  id: "release",
  jobs: [
    { id: "build", type: "build" },
    {
      id: "approval",
      type: "approval",
      dependencies: ["build"],
      config: { title: "Deploy 1.4.0 of the shop to production?", notifyUsers: ["bob"] },
    },
    { id: "deploy", type: "deploy", dependencies: ["approval"] },
  ],
};
const BUILT = { name: "shop-1.4.0.tgz", bytes: 1_284_331 };

async function startRuns(): Promise<Start> {
  const orchestrator = createOrchestrator({ databaseUrl: url, leaseMs: Number(LEASE_MS) });
  orchestrator.registerHandler("approval", getApprovalHandler());
  orchestrator.registerHandler("build", {
    type: "build",
    execute: async () => ({ success: true, output: BUILT }),
  });
  orchestrator.registerHandler("deploy", {
    type: "deploy",
    async execute({ executionId }) {
      console.log(executionId);
      return { success: true };
    },
  });
  await orchestrator.launch();
  process.once("SIGTERM", async () => {
    await orchestrator.shutdown();
    process.exit();
  });
  return async (from, count) => {
    const ids = Array.from({ length: count }, (_, n) => `run-${from + n}`);
    await Promise.all(ids.map((executionId) => orchestrator.start(RELEASE, { executionId })));
  };
}

async function startReceivers(): Promise<Start> {
  const workflow = DBOS.registerWorkflow(
    async (name: string) => {
      await DBOS.runStep(async () => BUILT, { name: "build" });
      await DBOS.recv("decision", DAY_S);
      await DBOS.runStep(async () => console.log(name), { name: "deploy" });
    },
    { name: "release" },
  );
  const logger = { info() {}, debug() {}, warn() {}, error: console.error };
  DBOS.setConfig({ name: "bench", systemDatabaseUrl: url, systemDatabaseSchemaName: "bench_dbos", logger });
  await DBOS.launch();
  return async (from, count) => {
    const ids = Array.from({ length: count }, (_, n) => `run-${from + n}`);
    await Promise.all(ids.map((workflowID) => DBOS.startWorkflow(workflow, { workflowID })(workflowID)));
  };
}

const start = await (KIND === "runs" ? startRuns() : startReceivers());
process.on("message", async (message: { from: number; count: number } | string) => {
  if (typeof message === "string") return;
  await start(message.from, message.count);
  process.send?.("started");
});
console.log("ready");
