/** Registering workflows, and starting runs of them. */

import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from "../errors.ts";
import { startRunFromCheckpoint } from "../resolvers/restart-run.ts";
import type { RunPayload } from "../resolvers/run-commands.ts";
import { registerWorkflow, type SeenWorkflow, startWorkflow } from "../resolvers/workflows.ts";
import { builder } from "./builder.ts";
import { WorkflowRef, WorkflowRunRef } from "./refs.ts";

const RegisterWorkflowInput = builder.inputType("RegisterWorkflowInput", {
  description: "A workflow, and who may start it with what.",
  fields: (t) => ({
    definition: t.field({
      type: "JSONObject",
      required: true,
      description: "The document, `{ id, jobs }`. Its id is the name by which the workflow is started.",
    }),
    inputSchema: t.field({
      type: "JSONObject",
      description: "The JSON Schema (2020-12) of the input of a run, up to 64 KiB; any object is taken where left out.",
    }),
    startRoles: t.stringList({ description: "The roles of the people who may start a run. Programs may start each." }),
    orchestrator: t.string({ description: "The name of the processes that run it; `countersign` where left out." }),
  }),
});

const RegisterWorkflowPayload = builder
  .objectRef<{ workflow: SeenWorkflow; created: boolean }>("RegisterWorkflowPayload")
  .implement({
    description: "The version that was registered, or is there already.",
    fields: (t) => ({
      workflow: t.expose("workflow", { type: WorkflowRef, description: "The version." }),
      created: t.exposeBoolean("created", { description: "False where the newest version is the same." }),
    }),
  });

const StartWorkflowInput = builder.inputType("StartWorkflowInput", {
  description: "Which workflow is started, with what.",
  fields: (t) => ({
    name: t.string({ required: true, description: "The workflow." }),
    version: t.int({ description: "The newest version where left out." }),
    executionId: t.string({
      description: "Names the run: the same one is never started twice. A new one is made where it is left out.",
    }),
    input: t.field({
      type: "JSONObject",
      description:
        "What the jobs work with, up to 1 MiB; it must fit the workflow's `inputSchema`. `{}` where left out.",
    }),
    priority: t.int({
      description:
        "From -100 to 100; 0 where left out. Jobs of the run with the higher priority get slots first. For programs and " +
        "admins; a person leaves it out.",
    }),
  }),
});

export const StartedRunPayload = (name: string) =>
  builder.objectRef<RunPayload & { created: boolean }>(name).implement({
    description: "The run that was started, or is there already.",
    fields: (t) => ({
      run: t.expose("run", { type: WorkflowRunRef, description: "The run as it stands." }),
      created: t.exposeBoolean("created", { description: "False where it had been started before." }),
    }),
  });

const StartRunFromCheckpointInput = builder.inputType("StartRunFromCheckpointInput", {
  description: "From which checkpoint a run is started again, and what is different.",
  fields: (t) => ({
    checkpointId: t.id({ required: true, description: "The checkpoint." }),
    executionId: t.string({
      description: "Names the new run: the same one is never started twice. A new one is made where it is left out.",
    }),
    config: t.field({ type: "JSONObject", description: "Fields of configurations to change, by job." }),
    results: t.field({ type: "JSONObject", description: "Outputs by job; these jobs are not run." }),
    definition: t.field({
      type: "JSONObject",
      description: "Another document for the same workflow; that of the checkpoint where left out.",
    }),
  }),
});

builder.mutationFields((t) => ({
  startRunFromCheckpoint: t.field({
    type: StartedRunPayload("StartRunFromCheckpointPayload"),
    description:
      "Starts another run from the state before a gate. Jobs that had succeeded by then are taken over with their " +
      "outputs, as long as they and all jobs before them are the same as they were. Sent again with the same " +
      "`executionId` and changes it returns the run that is there; with others it answers ConflictError.",
    args: {
      input: t.arg({ type: StartRunFromCheckpointInput, required: true, description: "What is started again." }),
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
      "Registers a workflow under the id in its document, as a new version unless it is the same as the newest one. For " +
      "admins, and for programs where the name is new or the newest version is theirs.",
    args: { input: t.arg({ type: RegisterWorkflowInput, required: true, description: "The workflow." }) },
    errors: {
      types: [ForbiddenError, ValidationError],
      union: { name: "RegisterWorkflowResult", description: "The version, or why it was not registered." },
    },
    resolve: (_root, { input }, context) => registerWorkflow(input as never, context),
  }),
  startWorkflow: t.field({
    type: StartedRunPayload("StartWorkflowPayload"),
    description:
      "Starts a run of a registered workflow. Sent again with the same `executionId`, document and input it returns the " +
      "run that is there; with others it answers ConflictError.",
    args: { input: t.arg({ type: StartWorkflowInput, required: true, description: "What is started, with what." }) },
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError, ValidationError],
      union: { name: "StartWorkflowResult", description: "The run, or the error." },
    },
    resolve: (_root, { input }, context) => startWorkflow(input as never, context),
  }),
}));
