/** The history of a run's jobs: their attempts and their logs. */

import * as history from "../resolvers/run-history.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType } from "./connections.ts";
import { WorkflowRunAttemptOutcome, WorkflowRunLogLevel } from "./enums.ts";
import { WorkflowRunJobAttemptRef, WorkflowRunLogLineRef } from "./refs.ts";

const DETAIL = "null where `detailIsVisible` of the run is false";

WorkflowRunJobAttemptRef.implement({
  description: "One call of a job's handler.",
  fields: (t) => ({
    number: t.exposeInt("number", { description: "Counts the calls of this job, from 1." }),
    startedAt: t.expose("startedAt", { type: "DateTime", description: "When the handler was called." }),
    endedAt: t.expose("endedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the call ended; null while it is under way.",
    }),
    outcome: t.expose("outcome", {
      type: WorkflowRunAttemptOutcome,
      nullable: true,
      description: "How it ended; null while it is under way.",
    }),
    process: t.string({
      nullable: true,
      description: `The host and the process id that called the handler; ${DETAIL}.`,
      resolve: (attempt, _args, context) => history.detailOfAttempt(attempt, attempt.process, context),
    }),
    error: t.string({
      nullable: true,
      description: `Why it failed, cut to 1,000 characters; ${DETAIL}.`,
      resolve: (attempt, _args, context) => history.detailOfAttempt(attempt, attempt.error, context),
    }),
  }),
});

WorkflowRunLogLineRef.implement({
  description: "A line that a job's handler has logged.",
  fields: (t) => ({
    line: t.exposeInt("line", { description: "Counts the lines of the job, from 1, over all of its attempts." }),
    attempt: t.exposeInt("attempt", { description: "The number of the attempt that logged it." }),
    level: t.expose("level", { type: WorkflowRunLogLevel, description: "How much it matters." }),
    message: t.exposeString("message", { description: "What the handler logged." }),
    fields: t.field({
      type: "JSONObject",
      nullable: true,
      description: "The fields that it logged with the message.",
      resolve: ({ fields }) => fields,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was logged." }),
  }),
});

const WorkflowRunLogEdge = edgeType("WorkflowRunLogEdge", "A line in a page of a log.", WorkflowRunLogLineRef);

export const WorkflowRunLogConnection = connectionType(
  "WorkflowRunLogConnection",
  "A page of what a job has logged, in order. It ends early where its lines would be longer than a megabyte.",
  "lines",
  WorkflowRunLogEdge,
);

/** The arguments of a page of a log, which can be read from both ends. */
export const logArgs = () =>
  builder.args((t) => ({
    first: t.int({
      description: "Lines of the page from the start, 1 to 100; 20 where neither this nor `last` is given.",
    }),
    after: t.string({ description: "Only lines behind the one with this cursor." }),
    last: t.int({ description: "Lines of the page from the end, 1 to 100, instead of `first`." }),
    before: t.string({ description: "Only lines before the one with this cursor." }),
  }));

builder.queryField("workflowRunLog", (t) =>
  t.field({
    type: WorkflowRunLogConnection,
    nullable: true,
    description:
      "The log of one job of a run; null where the run or the job does not exist, or the viewer may not see the run's detail.",
    args: {
      runId: t.arg.id({ required: true, description: "The run's id; the orchestrator's id of it does as well." }),
      jobId: t.arg.string({ required: true, description: "The job's id in the document." }),
      ...logArgs(),
    },
    resolve: (_root, args, context) => history.logOfJob(args, context),
  }),
);
