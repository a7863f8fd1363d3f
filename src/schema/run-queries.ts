/** Queries for runs: one, a list. */

import type { VisibleRun } from "../live/visible-run.ts";
import { runList, visibleRun } from "../resolvers/runs.ts";
import { builder } from "./builder.ts";
import { countedConnectionType, edgeType, pageArgs } from "./connections.ts";
import { WorkflowRunFilter } from "./filters.ts";
import { WorkflowRunRef } from "./refs.ts";

const WorkflowRunEdge = edgeType("WorkflowRunEdge", "A run in a list.", WorkflowRunRef);

const WorkflowRunConnection = countedConnectionType<VisibleRun>(
  "WorkflowRunConnection",
  "A page of runs.",
  "runs",
  WorkflowRunEdge,
);

builder.queryField("workflowRun", (t) =>
  t.field({
    type: WorkflowRunRef,
    nullable: true,
    description: "A run by its id; null if the id is unknown or malformed, or the viewer may not see the run.",
    args: {
      id: t.arg.id({ required: true, description: "The id of the run: the global id or the orchestrator's id." }),
    },
    resolve: (_root, { id }, context) => visibleRun(id, context),
  }),
);

builder.queryField("workflowRuns", (t) =>
  t.field({
    type: WorkflowRunConnection,
    description:
      "The runs with a request that the viewer may see, newest first. Viewers who may see all requests get " +
      "all runs.",
    args: {
      ...pageArgs(),
      filter: t.arg({ type: WorkflowRunFilter, description: "A filter for runs. All fields that are set must match." }),
    },
    resolve: (_root, args, context) => runList(args, context),
  }),
);
