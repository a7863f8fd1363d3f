import { graphql } from "../generated/gql.ts";

export const CancelRun = graphql(`
  mutation CancelRunInInbox($input: CancelWorkflowRunInput!) {
    cancelWorkflowRun(input: $input) {
      __typename
      ... on CancelWorkflowRunPayload {
        run {
          ...RunPage
        }
      }
      ...Refusal
    }
  }
`);

export const RunMovePlan = graphql(`
  query RunMovePlanInInbox($id: ID!) {
    workflowRun(id: $id) {
      id
      movePlan {
        version
        added
        removed
        changed
        refusal
      }
    }
  }
`);

export const MoveRun = graphql(`
  mutation MoveRunInInbox($input: MoveWorkflowRunInput!) {
    moveWorkflowRun(input: $input) {
      __typename
      ... on MoveWorkflowRunPayload {
        run {
          ...RunPage
          movePlan {
            version
          }
        }
      }
      ...Refusal
    }
  }
`);

export const RetryJob = graphql(`
  mutation RetryJobInInbox($input: RetryWorkflowJobInput!) {
    retryWorkflowJob(input: $input) {
      __typename
      ... on RetryWorkflowJobPayload {
        run {
          ...RunPage
        }
      }
      ...Refusal
    }
  }
`);

export const RestartRun = graphql(`
  mutation RestartRunInInbox($input: StartRunFromCheckpointInput!) {
    startRunFromCheckpoint(input: $input) {
      __typename
      ... on StartRunFromCheckpointPayload {
        created
        run {
          id
        }
      }
      ...Refusal
    }
  }
`);
