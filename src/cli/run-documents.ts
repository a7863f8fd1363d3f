/** GraphQL documents of the commands for runs. `npm run codegen` generates their types. */

import { graphql } from "../client/generated/gql.ts";
import type { LogLineToShowFragment, RunToShowFragment } from "../client/generated/graphql.ts";

/** The fields of a run that `countersign runs` prints. */
export type RunToShow = RunToShowFragment;
/** The fields of a log line that `countersign runs log` prints. */
export type LogLineToShow = LogLineToShowFragment;

graphql(/* GraphQL */ `
  fragment RunToShow on WorkflowRun {
    id
    version
    workflowId
    workflowVersion
    executionId
    status
    isOpen
    createdBy
    schedule
    cancelRequestedAt
    cancelledBy
    cancelReason
    reason
    timeoutAt
    createdAt
    endedAt
    retries { jobId retriedAt retriedBy }
    moves { movedAt movedBy fromVersion toVersion }
    jobs {
      id type status attempts startedAt endedAt error reason waitingFor waitingReason timeoutAt
      checkpoint { id name }
      startedRuns { id workflowId executionId status }
      itemCount itemCounts { status count }
    }
    parent { id workflowId executionId }
    parentJobId
    waitingFor { id jobId title }
  }
`);

export const RunsThatFit = graphql(/* GraphQL */ `
  query RunsThatFit($first: Int!, $after: String, $filter: WorkflowRunFilter!) {
    workflowRuns(first: $first, after: $after, filter: $filter) {
      edges { node { ...RunToShow } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);

export const RunById = graphql(/* GraphQL */ `
  query RunById($id: ID!) {
    workflowRun(id: $id) { ...RunToShow }
  }
`);

export const RunFollowed = graphql(/* GraphQL */ `
  subscription RunFollowed($id: ID!, $afterVersion: Int) {
    workflowRunUpdated(id: $id, afterVersion: $afterVersion) { ...RunToShow }
  }
`);

graphql(/* GraphQL */ `
  fragment LogLineToShow on WorkflowRunLogLine { line attempt level message fields createdAt }
`);

export const RunLog = graphql(/* GraphQL */ `
  query RunLog($runId: ID!, $jobId: String!, $after: String) {
    workflowRunLog(runId: $runId, jobId: $jobId, first: 100, after: $after) {
      edges { node { ...LogLineToShow } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);

export const RunLogFollowed = graphql(/* GraphQL */ `
  subscription RunLogFollowed($runId: ID!, $jobId: String!, $afterLine: Int) {
    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) { ...LogLineToShow }
  }
`);

export const CancelRun = graphql(/* GraphQL */ `
  mutation CancelRun($input: CancelWorkflowRunInput!) {
    cancelWorkflowRun(input: $input) {
      __typename
      ... on CancelWorkflowRunPayload { run { ...RunToShow } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

export const MoveRun = graphql(/* GraphQL */ `
  mutation MoveRun($input: MoveWorkflowRunInput!) {
    moveWorkflowRun(input: $input) {
      __typename
      ... on MoveWorkflowRunPayload { run { ...RunToShow } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

export const RunMovePlan = graphql(/* GraphQL */ `
  query RunMovePlan($id: ID!, $version: Int) {
    workflowRun(id: $id) { movePlan(version: $version) { version added removed changed refusal } }
  }
`);

export const RetryJob = graphql(/* GraphQL */ `
  mutation RetryJob($input: RetryWorkflowJobInput!) {
    retryWorkflowJob(input: $input) {
      __typename
      ... on RetryWorkflowJobPayload { run { ...RunToShow } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

export const StartRun = graphql(/* GraphQL */ `
  mutation StartRun($input: StartWorkflowInput!) {
    startWorkflow(input: $input) {
      __typename
      ... on StartWorkflowPayload { created run { ...RunToShow } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

export const RestartRun = graphql(/* GraphQL */ `
  mutation RestartRun($input: StartRunFromCheckpointInput!) {
    startRunFromCheckpoint(input: $input) {
      __typename
      ... on StartRunFromCheckpointPayload { created run { ...RunToShow } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);
