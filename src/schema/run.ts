/** Runs of workflows, their jobs, and checkpoints. */

import { mayChangeRun, mayRestartRun } from "../approvals/policy.ts";
import { isJobOpen, isRunOpen } from "../live/visible-run.ts";
import { globalId } from "../resolvers/ids.ts";
import { movePlanOf, movesOf } from "../resolvers/move-run.ts";
import { canRetry, retriesOf } from "../resolvers/retry-job.ts";
import * as history from "../resolvers/run-history.ts";
import * as runs from "../resolvers/runs.ts";
import { builder } from "./builder.ts";
import { WorkflowRunJobStatus, WorkflowRunJobWait, WorkflowRunStatus } from "./enums.ts";
import {
  ApprovalCheckpointRef,
  ApprovalRequestRef,
  WorkflowRunItemCountRef,
  WorkflowRunJobAttemptRef,
  WorkflowRunJobRef,
  WorkflowRunMovePlanRef,
  WorkflowRunMoveRef,
  WorkflowRunRef,
  WorkflowRunRetryRef,
} from "./refs.ts";
import { logArgs, WorkflowRunLogConnection } from "./run-history.ts";

const DETAIL = "null if `detailIsVisible` is false";

ApprovalCheckpointRef.implement({
  description: "The state of a run before it asked for approval. A new run can start from it.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "The checkpoint's id." }),
    name: t.exposeString("name", { description: "The name of the checkpoint." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the checkpoint was stored." }),
  }),
});

WorkflowRunRef.implement({
  description:
    "A run of a workflow. Viewers who may see one of its requests see its progress. Its details are " +
    "visible to viewers who may see all requests, and to the program that has created all of its " +
    "requests.",
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: "The global id: `run_` and the orchestrator's id of the run.",
      resolve: ({ id }) => globalId("WorkflowRun", id),
    }),
    version: t.exposeInt("version", {
      description:
        "The version, which starts at 1 and increases with every change of the run, its jobs or their requests.",
    }),
    workflowId: t.exposeString("workflowId", { description: "The name of the workflow." }),
    executionId: t.exposeString("executionId", {
      description: "The execution id, which identifies the run among the runs of its workflow.",
    }),
    status: t.expose("status", { type: WorkflowRunStatus, description: "The status." }),
    isOpen: t.boolean({ description: "Whether the run is RUNNING.", resolve: isRunOpen }),
    cancelRequestedAt: t.expose("cancelRequestedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was cancelled or timed out; null for other runs.",
    }),
    cancelReason: t.string({
      nullable: true,
      description: `The reason of the cancellation; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.detailOf(run, run.cancelReason, context),
    }),
    cancelledBy: t.string({
      nullable: true,
      description: `The person or program that cancelled the run; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.detailOf(run, run.cancelledBy, context),
    }),
    timeoutAt: t.expose("timeoutAt", {
      type: "DateTime",
      nullable: true,
      description: "When the run times out; null without a time-out.",
    }),
    reason: t.string({
      nullable: true,
      description: `Why the run ended, if its jobs do not show it, such as a time-out; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.detailOf(run, run.reason, context),
    }),
    canCancel: t.boolean({
      description:
        "Whether the viewer may cancel the run now: it is open, it was not cancelled, and the viewer has the " +
        "right.",
      resolve: (run, _args, context) => runs.canCancel(run, context),
    }),
    canStartAgain: t.boolean({
      description: "Whether the viewer may start a new run from one of its checkpoints.",
      resolve: (run, _args, { caller }) => mayRestartRun(run, caller.viewer),
    }),
    canRetry: t.boolean({
      description:
        "Whether the viewer may retry failed jobs now: the run has ended and was not cancelled, and the viewer has the " +
        "right. The server may still refuse the retry of a job, with the reason.",
      resolve: (run, _args, context) => canRetry(run, context),
    }),
    canChange: t.boolean({
      description:
        "Whether the viewer may change the document and set results in a new run from one of its checkpoints.",
      resolve: (run, _args, { caller }) => mayChangeRun(run, caller.viewer),
    }),
    createdBy: t.exposeString("createdBy", {
      nullable: true,
      description: "The user whose token started it; null if an orchestrator started it.",
    }),
    input: t.field({
      type: "JSONObject",
      nullable: true,
      description: `The input that it was started with; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.inputOfRun(run, context),
    }),
    priority: t.exposeInt("priority", {
      description:
        "The priority, from -100 to 100. Jobs of runs with a higher priority get slots first, then those of " +
        "older runs.",
    }),
    workflowVersion: t.exposeInt("workflowVersion", {
      nullable: true,
      description: "The registered version of its document; null for a document that is not registered.",
    }),
    schedule: t.exposeString("schedule", {
      nullable: true,
      description: "The name of the schedule that started it; null for any other run.",
    }),
    jobs: t.field({
      type: [WorkflowRunJobRef],
      description: "Its jobs, in the order of the document.",
      resolve: (run, _args, context) => runs.jobsOf(run, context),
    }),
    waitingFor: t.field({
      type: [ApprovalRequestRef],
      description: "The open requests that the run waits for, of those that the viewer may see.",
      resolve: (run, _args, context) => runs.gatesOf(run, context),
    }),
    parent: t.field({
      type: WorkflowRunRef,
      nullable: true,
      description:
        "The run whose job has started this one; null for a run that was started otherwise, or where the viewer may not see that run.",
      resolve: (run, _args, context) => runs.parentOf(run, context),
    }),
    parentJobId: t.exposeString("parentJobId", {
      nullable: true,
      description: "The job that has started this run; null for a run that was started otherwise.",
    }),
    startedFromCheckpoint: t.field({
      type: ApprovalCheckpointRef,
      nullable: true,
      description: "The checkpoint that the run started from; null if it started from the beginning.",
      resolve: (run, _args, context) => runs.startOf(run, context),
    }),
    detailIsVisible: t.boolean({
      description: "Whether the viewer may see the document, and the outputs and errors of the jobs.",
      resolve: (run, _args, context) => runs.seesDetail(run, context),
    }),
    definition: t.field({
      type: "JSONObject",
      nullable: true,
      description: `The document as it was started; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.definitionOf(run, context),
    }),
    generation: t.exposeInt("generation", {
      description: "1, and one more with each retry of a failed job and each move to another version.",
    }),
    retries: t.field({
      type: [WorkflowRunRetryRef],
      description: "The retries of its failed jobs, in their order.",
      resolve: (run, _args, context) => retriesOf(run, context),
    }),
    moves: t.field({
      type: [WorkflowRunMoveRef],
      description: "Its moves to other versions of its document, in their order.",
      resolve: (run, _args, context) => movesOf(run, context),
    }),
    movePlan: t.field({
      type: WorkflowRunMovePlanRef,
      nullable: true,
      description:
        "What `moveWorkflowRun` would change; null if the run has ended or has this version, no such version is " +
        "registered, or the viewer may not move the run.",
      args: { version: t.arg.int({ description: "The registered version. Default: the newest." }) },
      resolve: (run, { version }, context) => movePlanOf(run, version ?? null, context),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was started." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When it last changed." }),
    endedAt: t.expose("endedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it ended; null while it runs.",
    }),
  }),
});

WorkflowRunItemCountRef.implement({
  description: "How many items of a job have a status.",
  fields: (t) => ({
    status: t.expose("status", { type: WorkflowRunJobStatus, description: "The status." }),
    count: t.exposeInt("count", { description: "How many items have it." }),
  }),
});

WorkflowRunJobRef.implement({
  description: "A job of a run.",
  fields: (t) => ({
    id: t.exposeString("jobId", { description: "The id of the job, unique in its run." }),
    type: t.exposeString("type", { description: "The type of the job, which selects its handler." }),
    dependencies: t.exposeStringList("dependencies", {
      description: "The ids of the jobs that must end before this job; for a compensation also the job that it undoes.",
    }),
    status: t.expose("status", { type: WorkflowRunJobStatus, description: "The status." }),
    attempts: t.exposeInt("attempts", {
      description: "The number of calls of the handler, including calls after restarts.",
    }),
    startedAt: t.expose("startedAt", {
      type: "DateTime",
      nullable: true,
      description: "When its handler was first called, also before a retry; null if it was not called.",
    }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true, description: "When it became final." }),
    error: t.string({
      nullable: true,
      description: `The error of the handler; ${DETAIL}.`,
      resolve: (job, _args, context) => runs.detailOf(job.run, job.error, context),
    }),
    reason: t.string({
      nullable: true,
      description: `Why it was skipped, cancelled or taken over; ${DETAIL}.`,
      resolve: (job, _args, context) => runs.detailOf(job.run, job.reason, context),
    }),
    output: t.field({
      type: "JSON",
      nullable: true,
      description: `The output of the handler; ${DETAIL}.`,
      resolve: (job, _args, context) => runs.outputOf(job, context),
    }),
    waitingFor: t.field({
      type: WorkflowRunJobWait,
      nullable: true,
      description: "What the open job waits for, other than jobs before it and a decision.",
      resolve: (job) => (isJobOpen(job) ? job.waitingFor : null),
    }),
    waitingReason: t.string({
      nullable: true,
      description: `What it waits for, as a sentence; ${DETAIL}.`,
      resolve: (job, _args, context) => runs.detailOf(job.run, isJobOpen(job) ? job.waitingReason : null, context),
    }),
    dueAt: t.expose("dueAt", {
      type: "DateTime",
      nullable: true,
      description: "When its handler may be called again.",
    }),
    timeoutAt: t.expose("timeoutAt", {
      type: "DateTime",
      nullable: true,
      description: "When the current attempt times out; null without a time-out.",
    }),
    attemptHistory: t.field({
      type: [WorkflowRunJobAttemptRef],
      description: "The newest 50 calls of its handler, in order.",
      resolve: (job, _args, context) => history.attemptsOf(job, context),
    }),
    logLineCount: t.int({
      nullable: true,
      description: `The number of log lines; ${DETAIL}.`,
      resolve: (job, _args, context) => history.logLengthOf(job, context),
    }),
    log: t.field({
      type: WorkflowRunLogConnection,
      nullable: true,
      description: `The log of the handler; ${DETAIL}.`,
      args: logArgs(),
      resolve: (job, args, context) => history.logOf(job, args, context),
    }),
    checkpoint: t.field({
      type: ApprovalCheckpointRef,
      nullable: true,
      description:
        "The checkpoint that was stored before it asked for approval; null without one. A new run can start " +
        "from it.",
      resolve: (job, _args, context) => runs.checkpointOfJob(job, context),
    }),
    itemCount: t.exposeInt("itemCount", {
      nullable: true,
      description: "How many items it has; null for a job without `forEach`, and until its list is known.",
    }),
    itemCounts: t.field({
      type: [WorkflowRunItemCountRef],
      description: "How many of its items have which status; empty for a job without `forEach`.",
      resolve: (job, _args, context) => runs.itemCountsOf(job, context),
    }),
    items: t.field({
      type: [WorkflowRunJobRef],
      description: "Its items, in the order of the list; empty for a job without `forEach`.",
      resolve: (job, _args, context) => runs.itemsOf(job, context),
    }),
    itemIndex: t.exposeInt("itemIndex", {
      nullable: true,
      description: "The place of an item in the list, from 0; null for a job of the document.",
    }),
    item: t.field({
      type: "JSON",
      nullable: true,
      description: `The entry of the list that an item is for; ${DETAIL}.`,
      resolve: (job, _args, context) => runs.detailOf(job.run, job.item ?? null, context),
    }),
    startedRuns: t.field({
      type: [WorkflowRunRef],
      description:
        "The runs that a job of type `workflow` has started, one for each try, oldest first, as far as the viewer may see them.",
      resolve: (job, _args, context) => runs.runsStartedByJob(job, context),
    }),
    request: t.field({
      type: ApprovalRequestRef,
      nullable: true,
      description: "The approval request of the job; null if there is none, or the viewer may not see it.",
      resolve: (job, _args, context) => runs.requestOfJob(job, context),
    }),
  }),
});
