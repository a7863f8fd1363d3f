/** The GraphQL documents of the client and the job handler. `npm run codegen` generates their types. */

import { graphql } from "./generated/gql.ts";
import type { WaitedRequestFragment } from "./generated/graphql.ts";

/** The fields of a request that waiters receive. */
export type WaitedRequest = WaitedRequestFragment;

graphql(/* GraphQL */ `
  fragment WaitedRequest on ApprovalRequest {
    id
    version
    workflowId
    jobId
    executionId
    title
    status
    isOpen
    isUrgent
    requestedBy
    decidedBy
    decision
    decisionSource
    comment
    decidedAt
    approvers
    approvalsRequired
    approvalsReceived
    timeoutMs
    timeRemainingMs
    createdAt
    expiresAt
  }
`);

/** A subscription to one request: its state, and each later one. `Client.waitForRequest` uses it. */
export const RequestUpdated = graphql(/* GraphQL */ `
  subscription RequestUpdated($id: ID!, $afterVersion: Int) {
    approvalRequestUpdated(id: $id, afterVersion: $afterVersion) { ...WaitedRequest }
  }
`);

/**
 * A query for one request; null if it is unknown or the viewer may not see it.
 *
 * @example
 * const { approvalRequest } = await client.request(RequestById, { id });
 */
export const RequestById = graphql(/* GraphQL */ `
  query RequestById($id: ID!) {
    approvalRequest(id: $id) { ...WaitedRequest }
  }
`);

/** A query for the user of the token. */
export const WhoAmI = graphql(/* GraphQL */ `
  query WhoAmI {
    viewer { userId }
  }
`);

/**
 * A query for the newest 100 requests that match a filter.
 *
 * @example
 * const { approvalRequests } = await client.request(RequestsOfJob, { filter: { jobId: "approval", executionId: "7" } });
 */
export const RequestsOfJob = graphql(/* GraphQL */ `
  query RequestsOfJob($filter: ApprovalRequestFilter!) {
    approvalRequests(first: 100, filter: $filter) { edges { node { ...WaitedRequest } } }
  }
`);

/**
 * A mutation that creates a request. It is idempotent: a repeat with the same content returns the same request.
 *
 * @example
 * const { createApprovalRequest } = await client.request(CreateRequest, { input }, { idempotent: true });
 */
export const CreateRequest = graphql(/* GraphQL */ `
  mutation CreateRequest($input: CreateApprovalRequestInput!) {
    createApprovalRequest(input: $input) {
      __typename
      ... on CreateApprovalRequestPayload { created request { ...WaitedRequest } }
      ... on Error { code message }
      ... on ValidationError { issues { path message } }
    }
  }
`);

/** A mutation that cancels an open request. It may be repeated. */
export const CancelRequest = graphql(/* GraphQL */ `
  mutation CancelRequest($input: CancelApprovalRequestInput!) {
    cancelApprovalRequest(input: $input) {
      __typename
      ... on CancelApprovalRequestPayload { request { ...WaitedRequest } }
      ... on Error { code message }
    }
  }
`);

/**
 * A mutation that approves a request as the user of the token. It may be repeated.
 *
 * @example
 * const variables = { input: { requestId, comment: "Looks good" } };
 * const { approveRequest } = await client.request(ApproveRequest, variables, { idempotent: true });
 */
export const ApproveRequest = graphql(/* GraphQL */ `
  mutation ApproveRequest($input: ApproveRequestInput!) {
    approveRequest(input: $input) {
      __typename
      ... on ApproveRequestPayload { request { ...WaitedRequest } }
      ... on Error { code message }
    }
  }
`);

/** A mutation that rejects a request as the user of the token. It may be repeated. */
export const RejectRequest = graphql(/* GraphQL */ `
  mutation RejectRequest($input: RejectRequestInput!) {
    rejectRequest(input: $input) {
      __typename
      ... on RejectRequestPayload { request { ...WaitedRequest } }
      ... on Error { code message }
    }
  }
`);
