/** The routes of workflow runs. */

import type { GraphQLSchema } from "graphql";
import { command } from "./documents.ts";
import { filter, PAGE, type RestRoute } from "./route.ts";

export const runRoutes = (schema: GraphQLSchema): readonly RestRoute[] => [
  {
    method: "GET",
    path: "/api/runs",
    group: "Runs",
    summary: "List runs of workflows",
    name: "workflowRuns",
    document: `query ($first: Int, $after: String, $filter: WorkflowRunFilter) {
      answer: workflowRuns(first: $first, after: $after, filter: $filter) {
        edges { node { ...WorkflowRun } } pageInfo { endCursor hasNextPage }
      }
    }`,
    query: { ...filter(schema, "WorkflowRunFilter"), ...PAGE },
    list: true,
    status: 200,
  },
  {
    method: "GET",
    path: "/api/runs/{id}",
    group: "Runs",
    summary: "Read a run, or wait until it has ended",
    name: "workflowRun",
    document: `query ($id: ID!) {
      answer: workflowRun(id: $id) { ...WorkflowRunInFull }
    }`,
    id: "id",
    idOf: "workflow run",
    status: 200,
    updates: `subscription ($id: ID!) {
      answer: workflowRunUpdated(id: $id) { ...WorkflowRunInFull }
    }`,
  },
  {
    method: "GET",
    path: "/api/runs/{id}/log",
    group: "Runs",
    summary: "Read the log of a job",
    name: "workflowRunLog",
    document: `query ($runId: ID!, $jobId: String!, $first: Int, $after: String, $last: Int, $before: String) {
      answer: workflowRunLog(runId: $runId, jobId: $jobId, first: $first, after: $after, last: $last, before: $before) {
        edges { node { ...WorkflowRunLogLine } } pageInfo { endCursor hasNextPage }
      }
    }`,
    id: "runId",
    idOf: "workflow run",
    query: { jobId: "jobId", ...PAGE, last: "last", before: "before" },
    list: true,
    status: 200,
  },
  {
    method: "POST",
    path: "/api/runs/{id}/cancel",
    group: "Runs",
    summary: "Cancel a run",
    name: "cancelWorkflowRun",
    document: command(schema, "cancelWorkflowRun", "run { ...WorkflowRunInFull }"),
    id: "input.runId",
    idOf: "workflow run",
    body: "input",
    at: "run",
    status: 200,
  },
  {
    method: "POST",
    path: "/api/runs/{id}/move",
    group: "Runs",
    summary: "Move a run to another registered version of its workflow",
    name: "moveWorkflowRun",
    document: command(schema, "moveWorkflowRun", "run { ...WorkflowRunInFull }"),
    id: "input.runId",
    idOf: "workflow run",
    body: "input",
    at: "run",
    status: 200,
  },
  {
    method: "POST",
    path: "/api/runs/{id}/retry",
    group: "Runs",
    summary: "Retry a failed job of a run",
    name: "retryWorkflowJob",
    document: command(schema, "retryWorkflowJob", "run { ...WorkflowRunInFull }"),
    id: "input.runId",
    idOf: "workflow run",
    body: "input",
    at: "run",
    status: 200,
  },
  {
    method: "POST",
    path: "/api/checkpoints/{id}/start",
    group: "Runs",
    summary: "Start a run from a checkpoint",
    name: "startRunFromCheckpoint",
    document: command(schema, "startRunFromCheckpoint", "run { ...WorkflowRunInFull } created"),
    id: "input.checkpointId",
    idOf: "checkpoint",
    body: "input",
    at: "run",
    status: 201,
    statusOfRepeat: 200,
    location: { path: "/api/runs", field: "id" },
  },
];
