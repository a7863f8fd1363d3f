/** GraphQL documents of the commands for registered workflows. `npm run codegen` generates their types. */

import { graphql } from "../client/generated/gql.ts";
import type { ScheduleToShowFragment, WorkflowToShowFragment } from "../client/generated/graphql.ts";

/** The fields of a workflow that `countersign workflows` prints. */
export type WorkflowToShow = WorkflowToShowFragment;

graphql(/* GraphQL */ `
  fragment WorkflowToShow on RegisteredWorkflow {
    name
    version
    inputSchema
    startRoles
    orchestrator
    createdBy
    createdAt
    canStart
  }
`);

export const WorkflowsToStart = graphql(/* GraphQL */ `
  query WorkflowsToStart($first: Int!, $after: String) {
    workflows(first: $first, after: $after) {
      edges { node { ...WorkflowToShow } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);

export const WorkflowByName = graphql(/* GraphQL */ `
  query WorkflowByName($name: String!, $version: Int) {
    workflow(name: $name, version: $version) { ...WorkflowToShow definition }
  }
`);

/** The fields of a schedule that `countersign workflows schedules` prints. */
export type ScheduleToShow = ScheduleToShowFragment;

graphql(/* GraphQL */ `
  fragment ScheduleToShow on WorkflowSchedule {
    name orchestrator cron timezone workflow isRegistered version input priority missed pausedAt lastTick lastError
  }
`);

export const SchedulesToShow = graphql(/* GraphQL */ `
  query SchedulesToShow($first: Int!, $after: String) {
    workflowSchedules(first: $first, after: $after) {
      edges { node { ...ScheduleToShow } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);

export const RegisterWorkflow = graphql(/* GraphQL */ `
  mutation RegisterWorkflow($input: RegisterWorkflowInput!) {
    registerWorkflow(input: $input) {
      __typename
      ... on RegisterWorkflowPayload { created workflow { ...WorkflowToShow } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);
