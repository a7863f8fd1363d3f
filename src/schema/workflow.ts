/** Registered workflows: what is shown of them, and the questions about them. */

import * as workflows from "../resolvers/workflows.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType, pageArgs } from "./connections.ts";
import { WorkflowRef } from "./refs.ts";

WorkflowRef.implement({
  description: "A version of a workflow that can be started by name. It never changes.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "The id of the workflow in its document." }),
    version: t.exposeInt("version", {
      description: "From 1; each change of the document or its terms is a new version.",
    }),
    inputSchema: t.expose("inputSchema", {
      type: "JSONObject",
      nullable: true,
      description: "The JSON Schema (2020-12) of the input of a run; null where any object is taken.",
    }),
    startRoles: t.stringList({
      description: "The roles whose holders may start a run. Those of the newest version apply to all versions.",
      resolve: ({ newest }) => [...newest.startRoles],
    }),
    orchestrator: t.exposeString("orchestrator", { description: "The name of the processes that run it." }),
    createdBy: t.exposeString("createdBy", {
      nullable: true,
      description: "The user whose token registered it; null where an orchestrator did.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was registered." }),
    canStart: t.boolean({
      description: "Whether the viewer may start a run.",
      resolve: (workflow, _args, context) => workflows.canStart(workflow, context),
    }),
    definition: t.field({
      type: "JSONObject",
      nullable: true,
      description:
        "The document, for those who see everything and for the program that registered it; null for others.",
      resolve: (workflow, _args, context) => workflows.documentOf(workflow, context),
    }),
  }),
});

const WorkflowEdge = edgeType("RegisteredWorkflowEdge", "A workflow in a list.", WorkflowRef);

const WorkflowConnection = connectionType<workflows.SeenWorkflow>(
  "RegisteredWorkflowConnection",
  "A page of workflows.",
  "workflows",
  WorkflowEdge,
);

builder.queryFields((t) => ({
  workflow: t.field({
    type: WorkflowRef,
    nullable: true,
    description: "A registered workflow; null where it is unknown, or the viewer may neither start nor see it.",
    args: {
      name: t.arg.string({ required: true, description: "The id of the workflow in its document." }),
      version: t.arg.int({ description: "The newest version where left out." }),
    },
    resolve: (_root, args, context) => workflows.visibleWorkflow(args, context),
  }),
  workflows: t.field({
    type: WorkflowConnection,
    description:
      "The registered workflows that the viewer may start, each in its newest version, by name; all of them for programs and for those who see everything.",
    args: pageArgs(),
    resolve: (_root, args, context) => workflows.workflowList(args, context),
  }),
}));
