/** Schedules: their fields, and the list. */

import * as schedules from "../resolvers/schedules.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType, pageArgs } from "./connections.ts";
import { WorkflowScheduleRef } from "./refs.ts";

const MissedTicks = builder.enumType("WorkflowScheduleMissed", {
  description: "What a tick of a schedule does that is more than a minute late.",
  values: {
    SKIP: { value: "skip", description: "It starts no run." },
    RUN: { value: "run", description: "It starts a run, if it is one of the latest 1,000." },
  } as const,
});

const DETAIL = "null for viewers who do not see everything";

WorkflowScheduleRef.implement({
  description: "A schedule: it starts a run of a workflow at each time of a cron expression.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "The name, unique within the orchestrator." }),
    orchestrator: t.exposeString("orchestrator", { description: "The name of the processes that run it." }),
    cron: t.exposeString("cron", { description: "The cron expression: five fields, or six with the second first." }),
    timezone: t.exposeString("timezone", { description: "The IANA name of the time zone of the cron expression." }),
    workflow: t.exposeString("workflowId", { description: "The id of the workflow." }),
    isRegistered: t.boolean({
      description: "Whether the workflow is a registered one; otherwise the schedule has a document of its own.",
      resolve: ({ hasDefinition }) => !hasDefinition,
    }),
    version: t.exposeInt("workflowVersion", {
      nullable: true,
      description: "The registered version that it starts; null for the newest, and without a registered workflow.",
    }),
    input: t.field({
      type: "JSONObject",
      nullable: true,
      description: `The input of each run; null without one; ${DETAIL}.`,
      resolve: ({ input }, _args, context) => schedules.detailOf(input, context),
    }),
    priority: t.exposeInt("priority", { description: "The priority of each run, from -100 to 100." }),
    missed: t.expose("missed", { type: MissedTicks, description: "What ticks do that are more than a minute late." }),
    pausedAt: t.expose("pausedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was paused; null for a schedule that is not paused.",
    }),
    lastTick: t.expose("lastTick", {
      type: "DateTime",
      nullable: true,
      description: "The latest tick that started a run or failed to; null before the first one.",
    }),
    lastError: t.string({
      nullable: true,
      description: `Why that tick started no run; null if it did; ${DETAIL}.`,
      resolve: ({ lastError }, _args, context) => schedules.detailOf(lastError, context),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was first stored." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When its definition was last stored." }),
  }),
});

const ScheduleEdge = edgeType("WorkflowScheduleEdge", "A schedule in a list.", WorkflowScheduleRef);
const ScheduleConnection = connectionType(
  "WorkflowScheduleConnection",
  "A page of schedules.",
  "schedules",
  ScheduleEdge,
);

builder.queryField("workflowSchedules", (t) =>
  t.field({
    type: ScheduleConnection,
    description:
      "The schedules of all orchestrators, by the name of the orchestrator and their own, for programs and for viewers who see everything; empty for others.",
    args: pageArgs(),
    resolve: (_root, args, context) => schedules.scheduleList(args, context),
  }),
);
