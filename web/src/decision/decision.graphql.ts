import { graphql } from "../generated/gql.ts";

/** The fields of a request that the decision dialog needs. */
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

/** The fields that a decision changes. The cache updates all views of the request from them. */
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
