/** Runs of workflows, their jobs, and checkpoints. */

import { mayChangeRun, mayRestartRun } from "../approvals/policy.ts";
import { isJobOpen, isRunOpen } from "../approvals/seen-run.ts";
import { globalId } from "../resolvers/ids.ts";
import * as history from "../resolvers/run-history.ts";
import * as runs from "../resolvers/runs.ts";
import { builder } from "./builder.ts";
import { WorkflowRunJobStatus, WorkflowRunJobWait, WorkflowRunStatus } from "./enums.ts";
import {
  ApprovalCheckpointRef,
  ApprovalRequestRef,
  WorkflowRunJobAttemptRef,
  WorkflowRunJobRef,
  WorkflowRunRef,
} from "./refs.ts";
import { logArgs, WorkflowRunLogConnection } from "./run-history.ts";

const DETAIL = "null where it is none of the viewer's business, as `detailIsVisible` tells";

ApprovalCheckpointRef.implement({
  description: "What was kept of a run before it asked; the run can be started again from there.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "The checkpoint's id." }),
    name: t.exposeString("name", { description: "Its name." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was kept." }),
  }),
});

WorkflowRunRef.implement({
  description:
    "A run of a workflow. Whoever sees one of its requests sees how far it is; what passes through it is for those who " +
    "see everything, and for the program that has created all of its requests.",
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: "The global id: `run_` and the id that the orchestrator has for it.",
      resolve: ({ id }) => globalId("WorkflowRun", id),
    }),
    version: t.exposeInt("version", {
      description: "Starts at 1 and grows by one or more with every change of it, its jobs or their requests.",
    }),
    workflowId: t.exposeString("workflowId", { description: "The workflow." }),
    executionId: t.exposeString("executionId", { description: "Tells the runs of a workflow apart." }),
    status: t.expose("status", { type: WorkflowRunStatus, description: "Where it stands." }),
    isOpen: t.boolean({ description: "Whether it is RUNNING.", resolve: isRunOpen }),
    cancelRequestedAt: t.expose("cancelRequestedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was cancelled or timed out; null for any other run.",
    }),
    cancelReason: t.string({
      nullable: true,
      description: `Why it is asked to end; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.detailOf(run, run.cancelReason, context),
    }),
    cancelledBy: t.string({
      nullable: true,
      description: `The person or program that cancelled it, where that was named; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.detailOf(run, run.cancelledBy, context),
    }),
    timeoutAt: t.expose("timeoutAt", {
      type: "DateTime",
      nullable: true,
      description: "When it times out, or would have; null for a run without a time-out.",
    }),
    reason: t.string({
      nullable: true,
      description: `Why it ended as it did, where its jobs do not say so: that it timed out, for example; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.detailOf(run, run.reason, context),
    }),
    canCancel: t.boolean({
      description:
        "Whether the viewer may cancel it now: it is open, nobody has cancelled it, and the viewer has the right.",
      resolve: (run, _args, context) => runs.canCancel(run, context),
    }),
    canStartAgain: t.boolean({
      description: "Whether the viewer may start it again from one of its checkpoints.",
      resolve: (run, _args, { caller }) => mayRestartRun(run, caller.viewer),
    }),
    canChange: t.boolean({
      description: "Whether the viewer may change the document and give results when it is started again.",
      resolve: (run, _args, { caller }) => mayChangeRun(run, caller.viewer),
    }),
    createdBy: t.exposeString("createdBy", {
      nullable: true,
      description: "The user whose token started it; null where an orchestrator did.",
    }),
    input: t.field({
      type: "JSONObject",
      nullable: true,
      description: `The input that it was started with; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.inputOfRun(run, context),
    }),
    priority: t.exposeInt("priority", {
      description:
        "From -100 to 100: jobs of the run with the higher priority get slots first, then those of the older run.",
    }),
    workflowVersion: t.exposeInt("workflowVersion", {
      nullable: true,
      description: "The registered version of its document; null for a document that is not registered.",
    }),
    jobs: t.field({
      type: [WorkflowRunJobRef],
      description: "Its jobs, in the order of the document.",
      resolve: (run, _args, context) => runs.jobsOf(run, context),
    }),
    waitingFor: t.field({
      type: [ApprovalRequestRef],
      description: "The open requests that hold it, as far as the viewer may see them.",
      resolve: (run, _args, context) => runs.gatesOf(run, context),
    }),
    startedFromCheckpoint: t.field({
      type: ApprovalCheckpointRef,
      nullable: true,
      description: "The checkpoint that its first jobs were taken over from.",
      resolve: (run, _args, context) => runs.startOf(run, context),
    }),
    detailIsVisible: t.boolean({
      description: "Whether the viewer may see the document, what jobs put out, and why they were no success.",
      resolve: (run, _args, context) => runs.seesDetail(run, context),
    }),
    definition: t.field({
      type: "JSONObject",
      nullable: true,
      description: `The document as it was started; ${DETAIL}.`,
      resolve: (run, _args, context) => runs.definitionOf(run, context),
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

WorkflowRunJobRef.implement({
  description: "A job of a run.",
  fields: (t) => ({
    id: t.exposeString("jobId", { description: "The job's id in the document, which no other job of the run has." }),
    type: t.exposeString("type", { description: "By which its handler is found." }),
    dependencies: t.exposeStringList("dependencies", {
      description: "Ids of the jobs that must have ended before it; of a compensation also the job that it undoes.",
    }),
    status: t.expose("status", { type: WorkflowRunJobStatus, description: "Where it stands." }),
    attempts: t.exposeInt("attempts", { description: "How often its handler was called, restarts included." }),
    startedAt: t.expose("startedAt", {
      type: "DateTime",
      nullable: true,
      description: "When its handler was first called; null where it was not.",
    }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true, description: "When it became final." }),
    error: t.string({
      nullable: true,
      description: `Why it was no success, in the words of its handler; ${DETAIL}.`,
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
      description: `What it has put out; ${DETAIL}.`,
      resolve: (job, _args, context) => runs.outputOf(job, context),
    }),
    waitingFor: t.field({
      type: WorkflowRunJobWait,
      nullable: true,
      description: "What it waits for while it is open, other than the jobs before it and a decision.",
      resolve: (job) => (isJobOpen(job) ? job.waitingFor : null),
    }),
    waitingReason: t.string({
      nullable: true,
      description: `The same as a sentence; ${DETAIL}.`,
      resolve: (job, _args, context) => runs.detailOf(job.run, isJobOpen(job) ? job.waitingReason : null, context),
    }),
    dueAt: t.expose("dueAt", {
      type: "DateTime",
      nullable: true,
      description: "Its handler is not called again before this time.",
    }),
    timeoutAt: t.expose("timeoutAt", {
      type: "DateTime",
      nullable: true,
      description: "When its current try times out, or its last one would have; null without a time-out.",
    }),
    attemptHistory: t.field({
      type: [WorkflowRunJobAttemptRef],
      description: "The calls of its handler in their order, the newest 50.",
      resolve: (job, _args, context) => history.attemptsOf(job, context),
    }),
    logLineCount: t.int({
      nullable: true,
      description: `How many lines its handler has logged; ${DETAIL}.`,
      resolve: (job, _args, context) => history.logLengthOf(job, context),
    }),
    log: t.field({
      type: WorkflowRunLogConnection,
      nullable: true,
      description: `What its handler has logged; ${DETAIL}.`,
      args: logArgs(),
      resolve: (job, args, context) => history.logOf(job, args, context),
    }),
    checkpoint: t.field({
      type: ApprovalCheckpointRef,
      nullable: true,
      description: "The checkpoint that was stored before it asked; the run can be started again from there.",
      resolve: (job, _args, context) => runs.checkpointOfJob(job, context),
    }),
    request: t.field({
      type: ApprovalRequestRef,
      nullable: true,
      description: "The request that it has asked; null where it has asked none, or none that the viewer may see.",
      resolve: (job, _args, context) => runs.requestOfJob(job, context),
    }),
  }),
});
