/** The surfaces for registered workflows, and for changes of their runs. */

import { randomUUID } from "node:crypto";
import type { Pool } from "../../../src/db/pool.ts";
import { runIdOf } from "../../../src/orchestrator/keys.ts";
import { insert } from "../db/rows.ts";
import { type Answer, mutate, orCode, rest } from "./acts.ts";
import type { Asker } from "./asker.ts";
import { type CaseViewer, VIEWERS, type ViewerName } from "./cases.ts";

/** A workflow that `orchestra` has registered, and that holders of the role `ops` may start. */
const WORKFLOW = "nightly";
const definitionOf = (id: string) => ({ id, jobs: [{ id: "gate", type: "approval", config: { title: "Go on?" } }] });

/** Something that is done to a workflow or to an open run of it, by who may, as in `GENERAL`. */
export interface WorkflowAct {
  covers: string;
  about: string;
  act(asker: Asker, run: StoredRun): Promise<Answer>;
}

/** An open run that `orchestra` has started, with a checkpoint before its gate. */
export interface StoredRun {
  id: string;
  /** A run of the same program whose gate has FAILED before it asked. */
  failedId: string;
  checkpointId: string;
}

export async function registerCaseWorkflow(pool: Pool): Promise<void> {
  await insert(pool, "workflow_definitions", {
    name: WORKFLOW,
    version: 1,
    definition: JSON.stringify(definitionOf(WORKFLOW)),
    start_roles: ["ops"],
    created_by: VIEWERS.creator.userId,
  });
  // Its schedule has the same name.
  await insert(pool, "workflow_schedules", {
    orchestrator: "countersign",
    name: WORKFLOW,
    cron: "@daily",
    timezone: "UTC",
    workflow_id: WORKFLOW,
    missed: "skip",
    input: "{}",
  });
}

async function insertRun(pool: Pool, executionId: string, ended: { status?: string; ended_at?: Date }) {
  const id = runIdOf(WORKFLOW, executionId);
  await insert(pool, "workflow_runs", {
    id,
    workflow_id: WORKFLOW,
    execution_id: executionId,
    definition: JSON.stringify(definitionOf(WORKFLOW)),
    created_by: VIEWERS.creator.userId,
    start_roles: ["ops"],
    input: "{}",
    ...ended,
  });
  await insert(pool, "workflow_run_jobs", { run_id: id, job_id: "gate", position: 0, type: "approval", ...ended });
  return id;
}

export async function storeRun(pool: Pool): Promise<StoredRun> {
  const executionId = randomUUID();
  const id = await insertRun(pool, executionId, {});
  const failedId = await insertRun(pool, randomUUID(), { status: "FAILED", ended_at: new Date() });
  const run = { id, failedId, checkpointId: randomUUID() };
  const workflow = definitionOf(WORKFLOW);
  const state = JSON.stringify({ config: {}, dependencies: [], results: {}, workflow });
  await insert(pool, "approval_checkpoints", {
    id: run.checkpointId,
    name: "before the gate",
    workflow_id: WORKFLOW,
    job_id: "gate",
    execution_id: executionId,
    state,
  });
  return run;
}

const listed = (names: readonly string[]): Answer => (names.includes(WORKFLOW) ? "done" : "NOT_FOUND");

/** A mutation and its route. */
const doing = (
  about: string,
  mutation: string,
  input: (run: StoredRun) => Record<string, unknown>,
  route: (run: StoredRun) => [path: string, body: object],
): WorkflowAct[] => [
  { covers: `Mutation.${mutation}`, about, act: (asker, run) => mutate(asker, mutation, input(run)) },
  {
    covers: `POST /api${route({ id: "{id}", failedId: "{id}", checkpointId: "{id}" })[0].replace(WORKFLOW, "{id}")}`,
    about,
    act: (asker, run) => rest(asker, "POST", ...route(run)),
  },
];

export const WORKFLOW_ACTS: readonly WorkflowAct[] = [
  {
    covers: "Query.workflows",
    about: "see a workflow",
    async act(asker) {
      const { workflows } = await asker.graphql("{ workflows(first: 100) { edges { node { name } } } }");
      return listed(workflows.edges.map(({ node }: { node: { name: string } }) => node.name));
    },
  },
  {
    covers: "Query.workflow",
    about: "see a workflow",
    act: (asker) =>
      orCode(async () => {
        const { workflow } = await asker.graphql(`{ workflow(name: "${WORKFLOW}") { name } }`);
        return listed(workflow === null ? [] : [workflow.name]);
      }),
  },
  {
    covers: "GET /api/workflows",
    about: "see a workflow",
    async act(asker) {
      const { body } = await asker.rest("GET", "/workflows?first=100");
      return body.code ?? listed(body.items.map(({ name }: { name: string }) => name));
    },
  },
  {
    covers: "GET /api/workflows/{id}",
    about: "see a workflow",
    act: (asker) => rest(asker, "GET", `/workflows/${WORKFLOW}`),
  },
  {
    covers: "Query.workflowSchedules",
    about: "see schedules",
    async act(asker) {
      const { workflowSchedules } = await asker.graphql("{ workflowSchedules { edges { node { name } } } }");
      return listed(workflowSchedules.edges.map(({ node }: { node: { name: string } }) => node.name));
    },
  },
  {
    covers: "GET /api/schedules",
    about: "see schedules",
    async act(asker) {
      const { body } = await asker.rest("GET", "/schedules");
      return body.code ?? listed(body.items.map(({ name }: { name: string }) => name));
    },
  },
  ...doing(
    "register a workflow",
    "registerWorkflow",
    () => ({ definition: definitionOf(randomUUID()) }),
    () => ["/workflows", { definition: definitionOf(randomUUID()) }],
  ),
  ...doing(
    "start a workflow",
    "startWorkflow",
    () => ({ name: WORKFLOW }),
    () => [`/workflows/${WORKFLOW}/start`, {}],
  ),
  ...doing(
    "steer a run",
    "cancelWorkflowRun",
    ({ id }) => ({ runId: id }),
    ({ id }) => [`/runs/${id}/cancel`, {}],
  ),
  ...doing(
    "steer a run",
    "retryWorkflowJob",
    ({ failedId }) => ({ runId: failedId, jobId: "gate" }),
    ({ failedId }) => [`/runs/${failedId}/retry`, { jobId: "gate" }],
  ),
  ...doing(
    "steer a run",
    "moveWorkflowRun",
    ({ id }) => ({ runId: id }),
    ({ id }) => [`/runs/${id}/move`, {}],
  ),
  ...doing(
    "steer a run",
    "startRunFromCheckpoint",
    ({ checkpointId }) => ({ checkpointId }),
    ({ checkpointId }) => [`/checkpoints/${checkpointId}/start`, {}],
  ),
];

/** The refusal of a viewer without the right: FORBIDDEN for viewers who see everything, else NOT_FOUND. */
export function refusalOf(about: string, viewer: ViewerName): Answer {
  if (about === "register a workflow") return "FORBIDDEN";
  const { scope = "" }: CaseViewer = VIEWERS[viewer];
  return !about.startsWith("see ") && /:(read|admin)/.test(scope) ? "FORBIDDEN" : "NOT_FOUND";
}
