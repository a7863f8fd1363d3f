/** The mutations that register workflows and start runs. */

import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from "../model/errors.ts";
import { startRunFromCheckpoint } from "../resolvers/restart-run.ts";
import type { RunPayload } from "../resolvers/run-commands.ts";
import { registerWorkflow, startWorkflow, type VisibleWorkflow } from "../resolvers/workflows.ts";
import { builder } from "./builder.ts";
import { WorkflowRef, WorkflowRunRef } from "./refs.ts";

const RegisterWorkflowInput = builder.inputType("RegisterWorkflowInput", {
  description: "A workflow to register.",
  fields: (t) => ({
    definition: t.field({
      type: "JSONObject",
      required: true,
      description: "The document, `{ id, jobs }`. Its id is the name by which the workflow is started.",
    }),
    inputSchema: t.field({
      type: "JSONObject",
      description: "The JSON Schema (2020-12) of the input of a run, up to 64 KiB. Default: any object is valid.",
    }),
    startRoles: t.stringList({
      description: "The roles of people who may start a run. Programs may start any workflow.",
    }),
    orchestrator: t.string({ description: "The name of the orchestrator that runs it. Default: `countersign`." }),
  }),
});

const RegisterWorkflowPayload = builder
  .objectRef<{ workflow: VisibleWorkflow; created: boolean }>("RegisterWorkflowPayload")
  .implement({
    description: "The version that was registered, or that already existed.",
    fields: (t) => ({
      workflow: t.expose("workflow", { type: WorkflowRef, description: "The version." }),
      created: t.exposeBoolean("created", { description: "False if the newest version is the same." }),
    }),
  });

const StartWorkflowInput = builder.inputType("StartWorkflowInput", {
  description: "The workflow to start, and its input.",
  fields: (t) => ({
    name: t.string({ required: true, description: "The name of the workflow." }),
    version: t.int({ description: "The version. Default: the newest one." }),
    executionId: t.string({
      description: "The execution id. A run with the same id is never started twice. Default: a new id.",
    }),
    input: t.field({
      type: "JSONObject",
      description: "The input of the run, up to 1 MiB. It must match the workflow's `inputSchema`. Default: `{}`.",
    }),
    priority: t.int({
      description:
        "The priority, from -100 to 100. Jobs of runs with a higher priority get slots first. Only programs " +
        "and admins may set it. Default: 0.",
    }),
  }),
});

export const StartedRunPayload = (name: string) =>
  builder.objectRef<RunPayload & { created: boolean }>(name).implement({
    description: "The run that was started, or that already existed.",
    fields: (t) => ({
      run: t.expose("run", { type: WorkflowRunRef, description: "The current state of the run." }),
      created: t.exposeBoolean("created", { description: "False if the run already existed." }),
    }),
  });

const StartRunFromCheckpointInput = builder.inputType("StartRunFromCheckpointInput", {
  description: "The checkpoint that a new run starts from, and the changes.",
  fields: (t) => ({
    checkpointId: t.id({ required: true, description: "The checkpoint." }),
    executionId: t.string({
      description: "The execution id of the new run. A run with the same id is never started twice. Default: a new id.",
    }),
    config: t.field({ type: "JSONObject", description: "Fields of job configurations to change, by job id." }),
    results: t.field({ type: "JSONObject", description: "Outputs by job id. These jobs do not run." }),
    definition: t.field({
      type: "JSONObject",
      description: "Another document of the same workflow. Default: the document of the checkpoint.",
    }),
  }),
});

builder.mutationFields((t) => ({
  startRunFromCheckpoint: t.field({
    type: StartedRunPayload("StartRunFromCheckpointPayload"),
    description:
      "Starts a new run from the state before a gate. Jobs that had succeeded by then are taken over with " +
      "their outputs, if they and all jobs before them are unchanged. A repeated call with the same " +
      "`executionId` and changes returns the existing run; with other changes it returns a ConflictError.",
    args: {
      input: t.arg({
        type: StartRunFromCheckpointInput,
        required: true,
        description: "The checkpoint and the changes.",
      }),
    },
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError, ValidationError],
      union: { name: "StartRunFromCheckpointResult", description: "The run, or the error." },
    },
    resolve: (_root, { input }, context) => startRunFromCheckpoint(input as never, context),
  }),
  registerWorkflow: t.field({
    type: RegisterWorkflowPayload,
    description:
      "Registers a workflow under the id in its document. It becomes a new version, unless it equals the " +
      "newest one. For admins, and for programs if the name is new or the newest version is their own.",
    args: { input: t.arg({ type: RegisterWorkflowInput, required: true, description: "The name of the workflow." }) },
    errors: {
      types: [ForbiddenError, ValidationError],
      union: { name: "RegisterWorkflowResult", description: "The version, or the error." },
    },
    resolve: (_root, { input }, context) => registerWorkflow(input as never, context),
  }),
  startWorkflow: t.field({
    type: StartedRunPayload("StartWorkflowPayload"),
    description:
      "Starts a run of a registered workflow. A repeated call with the same `executionId`, document and " +
      "input returns the existing run; with others it returns a ConflictError.",
    args: { input: t.arg({ type: StartWorkflowInput, required: true, description: "The workflow and its input." }) },
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError, ValidationError],
      union: { name: "StartWorkflowResult", description: "The run, or the error." },
    },
    resolve: (_root, { input }, context) => startWorkflow(input as never, context),
  }),
}));
