/** Questions about runs: one, a list. */

import type { SeenRun } from "../approvals/seen-run.ts";
import { COUNT_CAP, type CountedConnection } from "../resolvers/paging.ts";
import { runList, visibleRun } from "../resolvers/runs.ts";
import { builder } from "./builder.ts";
import { edgeType, pageArgs } from "./connections.ts";
import { WorkflowRunFilter } from "./filters.ts";
import { WorkflowRunRef } from "./refs.ts";

const WorkflowRunEdge = edgeType("WorkflowRunEdge", "A run in a list.", WorkflowRunRef);

const WorkflowRunConnection = builder.objectRef<CountedConnection<SeenRun>>("WorkflowRunConnection").implement({
  description: "A page of runs.",
  fields: (t) => ({
    totalCount: t.int({
      description: `How many there are on all pages; exact up to ${COUNT_CAP}.`,
      resolve: async (connection) => Math.min(await connection.count(), COUNT_CAP),
    }),
    totalCountIsCapped: t.boolean({
      description: `Whether there are more than the ${COUNT_CAP} that \`totalCount\` says.`,
      resolve: async (connection) => (await connection.count()) > COUNT_CAP,
    }),
    edges: t.expose("edges", { type: [WorkflowRunEdge], description: "The runs of this page." }),
    pageInfo: t.expose("pageInfo", { type: builder.pageInfoRef(), description: "Where the page stands." }),
  }),
});

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
