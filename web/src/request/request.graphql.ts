import { graphql } from "../generated/gql.ts";

/** The fields of a request that its page shows. Comments and the audit log change without a new version. */
export const RequestPageFields = graphql(`
  fragment RequestPage on ApprovalRequest {
    ...DecidedRequest
    description
    context
    metadata
    approvalType
    timeoutMs
    jobId
    executionId
    allowedApprovers
    requireMinApprovers
    requireAllApprovers
    autoApproveConditions {
      field
      operator
      value
    }
    notifyUsers
    notifyRoles
    escalateToUsers
    escalationLevel
    createdAt
  }
`);

export const RequestPage = graphql(`
  query RequestPage($id: ID!) {
    approvalRequest(id: $id) {
      ...RequestPage
    }
  }
`);

export const RequestChanged = graphql(`
  subscription RequestChanged($id: ID!) {
    approvalRequestUpdated(id: $id) {
      ...RequestPage
    }
  }
`);

export const RequestConversation = graphql(`
  query RequestConversation($id: ID!, $entries: Int!) {
    approvalRequest(id: $id) {
      id
      comments {
        id
        author
        body
        createdAt
      }
      auditLog(first: $entries) {
        edges {
          node {
            id
            action
            userId
            oldStatus
            newStatus
            comment
            metadata
            createdAt
          }
        }
        pageInfo {
          hasNextPage
        }
      }
    }
  }
`);

/** Reports new entries of the audit log, because comments do not change the version. */
export const RequestEvents = graphql(`
  subscription RequestEvents($id: ID!) {
    approvalEvents(filter: { requestId: $id }) {
      id
      action
      userId
      newStatus
      comment
      metadata
      createdAt
    }
  }
`);

export const AddComment = graphql(`
  mutation AddComment($input: AddApprovalCommentInput!) {
    addApprovalComment(input: $input) {
      __typename
      ... on AddApprovalCommentPayload {
        comment {
          id
          author
          body
          createdAt
        }
      }
      ...Refusal
    }
  }
`);

export const CancelRequest = graphql(`
  mutation CancelRequest($input: CancelApprovalRequestInput!) {
    cancelApprovalRequest(input: $input) {
      __typename
      ... on CancelApprovalRequestPayload {
        request {
          ...RequestPage
        }
      }
      ...Refusal
    }
  }
`);

export const Escalate = graphql(`
  mutation Escalate($input: EscalateApprovalRequestInput!) {
    escalateApprovalRequest(input: $input) {
      __typename
      ... on EscalateApprovalRequestPayload {
        request {
          ...RequestPage
        }
      }
      ...Refusal
    }
  }
`);

export const Extend = graphql(`
  mutation Extend($input: ExtendApprovalRequestInput!) {
    extendApprovalRequest(input: $input) {
      __typename
      ... on ExtendApprovalRequestPayload {
        request {
          ...RequestPage
        }
      }
      ...Refusal
    }
  }
`);
