import { graphql } from "../generated/gql.ts";

/** What the decision dialog says of a request, and what it sends. */
export const DecisionSubjectFields = graphql(`
  fragment DecisionSubject on ApprovalRequest {
    id
    version
    title
    status
    workflowId
    requestedBy
    createdBy
    allowSelfApproval
    risk
    expiresAt
    timeoutAction
    approvalsRequired
    approvers
    contextDigest
  }
`);

/** What a decision made of a request: the cache takes it from here to wherever the request is shown. */
export const DecidedRequestFields = graphql(`
  fragment DecidedRequest on ApprovalRequest {
    ...DecisionSubject
    isOpen
    canApprove
    decidedBy
    decidedAt
    decision
    decisionSource
    comment
    approvalsReceived
    decisions {
      approver
      decision
      comment
      reason
      decidedAt
    }
  }
`);

export const Approve = graphql(`
  mutation Approve($input: ApproveRequestInput!) {
    approveRequest(input: $input) {
      __typename
      ... on ApproveRequestPayload {
        request {
          ...DecidedRequest
        }
      }
      ...Refusal
      ... on AlreadyDecidedError {
        standing: request {
          ...DecidedRequest
        }
      }
    }
  }
`);

export const Reject = graphql(`
  mutation Reject($input: RejectRequestInput!) {
    rejectRequest(input: $input) {
      __typename
      ... on RejectRequestPayload {
        request {
          ...DecidedRequest
        }
      }
      ...Refusal
      ... on AlreadyDecidedError {
        standing: request {
          ...DecidedRequest
        }
      }
    }
  }
`);
