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

export const RequestUpdated = graphql(/* GraphQL */ `
  subscription RequestUpdated($id: ID!, $afterVersion: Int) {
    approvalRequestUpdated(id: $id, afterVersion: $afterVersion) { ...WaitedRequest }
  }
`);

export const RequestById = graphql(/* GraphQL */ `
  query RequestById($id: ID!) {
    approvalRequest(id: $id) { ...WaitedRequest }
  }
`);

export const WhoAmI = graphql(/* GraphQL */ `
  query WhoAmI {
    viewer { userId }
  }
`);

export const RequestsOfJob = graphql(/* GraphQL */ `
  query RequestsOfJob($filter: ApprovalRequestFilter!) {
    approvalRequests(first: 100, filter: $filter) { edges { node { ...WaitedRequest } } }
  }
`);

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

export const CancelRequest = graphql(/* GraphQL */ `
  mutation CancelRequest($input: CancelApprovalRequestInput!) {
    cancelApprovalRequest(input: $input) {
      __typename
      ... on CancelApprovalRequestPayload { request { ...WaitedRequest } }
      ... on Error { code message }
    }
  }
`);

export const ApproveRequest = graphql(/* GraphQL */ `
  mutation ApproveRequest($input: ApproveRequestInput!) {
    approveRequest(input: $input) {
      __typename
      ... on ApproveRequestPayload { request { ...WaitedRequest } }
      ... on Error { code message }
    }
  }
`);

export const RejectRequest = graphql(/* GraphQL */ `
  mutation RejectRequest($input: RejectRequestInput!) {
    rejectRequest(input: $input) {
      __typename
      ... on RejectRequestPayload { request { ...WaitedRequest } }
      ... on Error { code message }
    }
  }
`);
