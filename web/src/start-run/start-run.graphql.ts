import { graphql } from "../generated/gql.ts";

/** A workflow that can be started. */
export const StartableFields = graphql(`
  fragment Startable on RegisteredWorkflow {
    name
    version
    inputSchema
    canStart
  }
`);

export const StartableWorkflows = graphql(`
  query StartableWorkflows($after: String) {
    workflows(first: 100, after: $after) {
      edges {
        node {
          name
          version
          canStart
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const WorkflowToStart = graphql(`
  query WorkflowToStart($name: String!) {
    workflow(name: $name) {
      ...Startable
    }
  }
`);

export const StartWorkflow = graphql(`
  mutation StartWorkflow($input: StartWorkflowInput!) {
    startWorkflow(input: $input) {
      __typename
      ... on StartWorkflowPayload {
        created
        run {
          id
        }
      }
      ...Refusal
      ... on ValidationError {
        issues {
          path
          message
        }
      }
    }
  }
`);

/** Whether there is a workflow that the viewer may start. */
export const CanStartRuns = graphql(`
  query CanStartRuns {
    workflows(first: 1) {
      edges {
        node {
          name
          canStart
        }
      }
    }
  }
`);
