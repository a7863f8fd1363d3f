import { graphql } from "../generated/gql.ts";

/** The fields of a request that the list shows, and those that a decision needs. */
export const InboxRow = graphql(`
  fragment InboxRow on ApprovalRequest {
    id
    version
    title
    workflowId
    requestedBy
    createdBy
    allowSelfApproval
    expiresAt
    createdAt
    timeoutAction
    status
    approvalsRequired
    approvalsReceived
    approvers
    contextDigest
    canApprove
    risk
  }
`);

export const InboxPage = graphql(`
  query InboxPage($after: String, $first: Int!) {
    pendingApprovals(first: $first, after: $after) {
      edges {
        node {
          ...InboxRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
