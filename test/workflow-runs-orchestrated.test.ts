/** A run of the orchestrator, as it is seen over GraphQL while it goes on. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ApprovalHandler } from "../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator } from "../src/orchestrator/entry.ts";
import { type Api, type Data, type Stream, startApi } from "./support/graphql.ts";
import { gate } from "./support/orchestrator.ts";
import { reader } from "./support/requests.ts";

let api: Api;
let orchestrator: Orchestrator;
beforeAll(async () => {
  api = await startApi({ live: true });
  orchestrator = createOrchestrator({ databaseUrl: api.url });
  orchestrator.registerHandler("approval", new ApprovalHandler(api.services));
  orchestrator.registerHandler("effect", {
    type: "effect",
    execute: async ({ jobId }) => ({ success: true, output: { made: jobId } }),
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await api.close();
});

const LIVE = `subscription ($id: ID!) {
  workflowRunUpdated(id: $id) {
    id version status executionId startedFromCheckpoint { id }
    waitingFor { id jobId checkpoint { id name } } jobs { id status output error }
  }
}`;

/** Reads on until it holds of a state; every state is newer than the one before. */
async function until(stream: Stream, holds: (run: Data) => boolean): Promise<Data> {
  let version = 0;
  for (;;) {
    const { done, value } = await stream.next();
    if (done) throw new Error("the stream ended");
    const run: Data = value.data?.workflowRunUpdated;
    expect(run.version).toBeGreaterThan(version);
    version = run.version;
    if (holds(run)) return run;
  }
}

it("shows the gate that holds it, and its end", async () => {
  const executionId = randomUUID();
  const effect = (id: string, dependencies: string[]) => ({ id, type: "effect", dependencies });
  const jobs = [
    effect("build", []),
    gate("approval", ["build"], { createCheckpoint: true }),
    effect("deploy", ["approval"]),
  ];
  const run = await orchestrator.start({ id: "release", jobs }, { executionId });
  const stream = await api.as(reader).subscribe(LIVE, { id: run.id });
  const held = await until(stream, ({ waitingFor }) => waitingFor.length > 0);
  expect(held).toMatchObject({ id: `run_${run.id}`, executionId, status: "RUNNING" });
  expect(held.jobs.map(({ status }: Data) => status)).toEqual(["SUCCEEDED", "RUNNING", "PENDING"]);
  expect(held.jobs[0].output).toEqual({ made: "build" });
  expect(held.waitingFor).toMatchObject([{ jobId: "approval", checkpoint: { name: expect.any(String) } }]);

  await api.as("bob").data("Approve", { input: { requestId: held.waitingFor[0].id } });
  const ended = await until(stream, ({ status }) => status !== "RUNNING");
  expect(ended).toMatchObject({ status: "SUCCEEDED", waitingFor: [] });
  expect(ended.jobs.map(({ status }: Data) => status)).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
  expect((await stream.next()).done).toBe(true);
  expect((await run.result()).status).toBe("SUCCEEDED");
});
