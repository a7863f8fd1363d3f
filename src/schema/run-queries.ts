/** Questions about runs: one, a list. */

import type { SeenRun } from "../approvals/seen-run.ts";
import { runList, visibleRun } from "../resolvers/runs.ts";
import { builder } from "./builder.ts";
import { countedConnectionType, edgeType, pageArgs } from "./connections.ts";
import { WorkflowRunFilter } from "./filters.ts";
import { WorkflowRunRef } from "./refs.ts";

const WorkflowRunEdge = edgeType("WorkflowRunEdge", "A run in a list.", WorkflowRunRef);

const WorkflowRunConnection = countedConnectionType<SeenRun>(
  "WorkflowRunConnection",
  "A page of runs.",
  "runs",
  WorkflowRunEdge,
);

builder.queryField("workflowRun", (t) =>
  t.field({
    type: WorkflowRunRef,
    nullable: true,
    description: "One run; null where the id is unknown, malformed or not the viewer's to see.",
    args: {
      id: t.arg.id({ required: true, description: "The run's id; the orchestrator's id of it does as well." }),
    },
    resolve: (_root, { id }, context) => visibleRun(id, context),
  }),
);

builder.queryField("workflowRuns", (t) =>
  t.field({
    type: WorkflowRunConnection,
    description: "The runs of which the viewer may see a request, newest first; all of them for who sees everything.",
    args: {
      ...pageArgs(),
      filter: t.arg({ type: WorkflowRunFilter, description: "Which runs; everything given must hold." }),
    },
    resolve: (_root, args, context) => runList(args, context),
  }),
);
