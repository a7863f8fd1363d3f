import { graphql } from "../generated/gql.ts";

/** What the list shows of a request, and what deciding it from there takes. */
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
  query InboxPage($after: String, $isFirst: Boolean!) {
    pendingApprovals(first: 100, after: $after) {
      totalCount @include(if: $isFirst)
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
