/** The routes of registered workflows. */

import type { GraphQLSchema } from "graphql";
import { command } from "./documents.ts";
import { PAGE, type RestRoute } from "./route.ts";

export const workflowRoutes = (schema: GraphQLSchema): readonly RestRoute[] => [
  {
    method: "POST",
    path: "/api/workflows",
    group: "Workflows",
    summary: "Register a workflow",
    name: "registerWorkflow",
    document: command(schema, "registerWorkflow", "workflow { ...RegisteredWorkflow } created"),
    body: "input",
    at: "workflow",
    status: 201,
    statusOfRepeat: 200,
    location: { path: "/api/workflows", field: "name" },
  },
  {
    method: "GET",
    path: "/api/workflows",
    group: "Workflows",
    summary: "List registered workflows",
    name: "workflows",
    document: `query ($first: Int, $after: String) {
      answer: workflows(first: $first, after: $after) {
        edges { node { ...RegisteredWorkflow } } pageInfo { endCursor hasNextPage }
      }
    }`,
    query: PAGE,
    list: true,
    status: 200,
  },
  {
    method: "GET",
    path: "/api/workflows/{id}",
    group: "Workflows",
    summary: "Read a registered workflow",
    name: "workflow",
    document: `query ($name: String!, $version: Int) {
      answer: workflow(name: $name, version: $version) { ...RegisteredWorkflowInFull }
    }`,
    id: "name",
    idOf: "workflow",
    query: { version: "version" },
    status: 200,
  },
  {
    method: "POST",
    path: "/api/workflows/{id}/start",
    group: "Workflows",
    summary: "Start a run of a workflow",
    name: "startWorkflow",
    document: command(schema, "startWorkflow", "run { ...WorkflowRunInFull } created"),
    id: "input.name",
    idOf: "workflow",
    body: "input",
    at: "run",
    status: 201,
    statusOfRepeat: 200,
    location: { path: "/api/runs", field: "id" },
  },
  {
    method: "GET",
    path: "/api/schedules",
    group: "Workflows",
    summary: "List schedules of workflows",
    name: "workflowSchedules",
    document: `query ($first: Int, $after: String) {
      answer: workflowSchedules(first: $first, after: $after) {
        edges { node { ...WorkflowSchedule } } pageInfo { endCursor hasNextPage }
      }
    }`,
    query: PAGE,
    list: true,
    status: 200,
  },
];
