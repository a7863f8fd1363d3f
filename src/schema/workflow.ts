/** Registered workflows: their fields, and their queries. */

import * as workflows from "../resolvers/workflows.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType, pageArgs } from "./connections.ts";
import { WorkflowRef } from "./refs.ts";

WorkflowRef.implement({
  description: "A version of a registered workflow. It never changes.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "The id of the workflow in its document." }),
    version: t.exposeInt("version", {
      description: "The version, from 1. Each change of the document or its terms creates a new version.",
    }),
    inputSchema: t.expose("inputSchema", {
      type: "JSONObject",
      nullable: true,
      description: "The JSON Schema (2020-12) of the input of a run; null if any object is valid.",
    }),
    startRoles: t.stringList({
      description: "The roles of people who may start a run. The roles of the newest version apply to all versions.",
      resolve: ({ newest }) => [...newest.startRoles],
    }),
    orchestrator: t.exposeString("orchestrator", { description: "The name of the orchestrator that runs it." }),
    createdBy: t.exposeString("createdBy", {
      nullable: true,
      description: "The user whose token registered it; null if an orchestrator registered it.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was registered." }),
    canStart: t.boolean({
      description: "Whether the viewer may start a run.",
      resolve: (workflow, _args, context) => workflows.canStart(workflow, context),
    }),
    definition: t.field({
      type: "JSONObject",
      nullable: true,
      description: "The document; null unless the viewer may see all requests or registered the workflow.",
      resolve: (workflow, _args, context) => workflows.documentOf(workflow, context),
    }),
  }),
});

const WorkflowEdge = edgeType("RegisteredWorkflowEdge", "A workflow in a list.", WorkflowRef);

const WorkflowConnection = connectionType<workflows.VisibleWorkflow>(
  "RegisteredWorkflowConnection",
  "A page of workflows.",
  "workflows",
  WorkflowEdge,
);

builder.queryFields((t) => ({
  workflow: t.field({
    type: WorkflowRef,
    nullable: true,
    description: "A registered workflow; null if it does not exist, or the viewer may neither start nor see it.",
    args: {
      name: t.arg.string({ required: true, description: "The id of the workflow in its document." }),
      version: t.arg.int({ description: "The version. Default: the newest one." }),
    },
    resolve: (_root, args, context) => workflows.visibleWorkflow(args, context),
  }),
  workflows: t.field({
    type: WorkflowConnection,
    description:
      "The newest versions of the registered workflows that the viewer may start, by name. Programs and " +
      "viewers who may see all requests get all of them.",
    args: pageArgs(),
    resolve: (_root, args, context) => workflows.workflowList(args, context),
  }),
}));
