/** The history of a run's jobs: their attempts and their logs. */

import * as history from "../resolvers/run-history.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType } from "./connections.ts";
import { WorkflowRunAttemptOutcome, WorkflowRunLogLevel } from "./enums.ts";
import { WorkflowRunJobAttemptRef, WorkflowRunLogLineRef } from "./refs.ts";

const DETAIL = "null if `detailIsVisible` of the run is false";

WorkflowRunJobAttemptRef.implement({
  description: "One call of a job's handler.",
  fields: (t) => ({
    number: t.exposeInt("number", { description: "The number of the call, from 1." }),
    startedAt: t.expose("startedAt", { type: "DateTime", description: "When the handler was called." }),
    endedAt: t.expose("endedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the call ended; null while the handler runs.",
    }),
    outcome: t.expose("outcome", {
      type: WorkflowRunAttemptOutcome,
      nullable: true,
      description: "How the call ended; null while the handler runs.",
    }),
    process: t.string({
      nullable: true,
      description: `The host and the process id that called the handler; ${DETAIL}.`,
      resolve: (attempt, _args, context) => history.detailOfAttempt(attempt, attempt.process, context),
    }),
    error: t.string({
      nullable: true,
      description: `The error, cut to 1,000 characters; ${DETAIL}.`,
      resolve: (attempt, _args, context) => history.detailOfAttempt(attempt, attempt.error, context),
    }),
  }),
});

WorkflowRunLogLineRef.implement({
  description: "A log line of a job's handler.",
  fields: (t) => ({
    line: t.exposeInt("line", { description: "The line number, from 1, counted over all attempts of the job." }),
    attempt: t.exposeInt("attempt", { description: "The number of the attempt that logged it." }),
    level: t.expose("level", { type: WorkflowRunLogLevel, description: "The level of the line." }),
    message: t.exposeString("message", { description: "The message." }),
    fields: t.field({
      type: "JSONObject",
      nullable: true,
      description: "The fields that were logged with the message.",
      resolve: ({ fields }) => fields,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was logged." }),
  }),
});

const WorkflowRunLogEdge = edgeType("WorkflowRunLogEdge", "A log line in a list.", WorkflowRunLogLineRef);

export const WorkflowRunLogConnection = connectionType(
  "WorkflowRunLogConnection",
  "A page of the log of a job, in order. A page ends early if its lines would exceed 1 MiB.",
  "lines",
  WorkflowRunLogEdge,
);

/** The arguments of a page of a log, which can be read from both ends. */
export const logArgs = () =>
  builder.args((t) => ({
    first: t.int({
      description: "The number of lines from the start, 1 to 100. Default: 20, unless `last` is set.",
    }),
    after: t.string({ description: "Return lines after this cursor." }),
    last: t.int({ description: "The number of lines from the end, 1 to 100, instead of `first`." }),
    before: t.string({ description: "Return lines before this cursor." }),
  }));

builder.queryField("workflowRunLog", (t) =>
  t.field({
    type: WorkflowRunLogConnection,
    nullable: true,
    description:
      "The log of one job of a run; null if the run or the job does not exist, or the viewer may not see " +
      "the run's details.",
    args: {
      runId: t.arg.id({ required: true, description: "The id of the run: the global id or the orchestrator's id." }),
      jobId: t.arg.string({ required: true, description: "The job's id in the document." }),
      ...logArgs(),
    },
    resolve: (_root, args, context) => history.logOfJob(args, context),
  }),
);
