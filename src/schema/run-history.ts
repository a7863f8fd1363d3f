/** The history of a run's jobs: their attempts and their logs. */

import { detailOfRetry } from "../resolvers/retry-job.ts";
import * as history from "../resolvers/run-history.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType } from "./connections.ts";
import { WorkflowRunAttemptOutcome, WorkflowRunLogLevel, WorkflowRunStatus } from "./enums.ts";
import { WorkflowRunJobAttemptRef, WorkflowRunLogLineRef, WorkflowRunRetryRef } from "./refs.ts";

const DETAIL = "null if `detailIsVisible` of the run is false";

WorkflowRunJobAttemptRef.implement({
  description: "One call of a job's handler.",
  fields: (t) => ({
    number: t.exposeInt("number", { description: "The number of the call, from 1." }),
    generation: t.exposeInt("generation", {
      description: "The generation of the run that called the handler, from 1.",
    }),
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

WorkflowRunRetryRef.implement({
  description: "A retry of a failed job, and the state of the run and the job before it.",
  fields: (t) => ({
    generation: t.exposeInt("generation", { description: "The generation of the run that the retry started, from 2." }),
    jobId: t.exposeString("jobId", { description: "The job that was retried." }),
    retriedAt: t.expose("retriedAt", { type: "DateTime", description: "When it was retried." }),
    retriedBy: t.string({
      nullable: true,
      description: `The person or program that retried the job, if known; ${DETAIL}.`,
      resolve: (retry, _args, context) => detailOfRetry(retry, retry.retriedBy, context),
    }),
    jobError: t.string({
      nullable: true,
      description: `The error of the job before the retry, up to 1,000 characters; ${DETAIL}.`,
      resolve: (retry, _args, context) => detailOfRetry(retry, retry.jobError, context),
    }),
    runStatus: t.expose("runStatus", {
      type: WorkflowRunStatus,
      description: "The status of the run before the retry.",
    }),
    runReason: t.string({
      nullable: true,
      description: `The reason of that status, if the run had one, up to 1,000 characters; ${DETAIL}.`,
      resolve: (retry, _args, context) => detailOfRetry(retry, retry.runReason, context),
    }),
    runEndedAt: t.expose("runEndedAt", { type: "DateTime", description: "When the run had ended before the retry." }),
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
