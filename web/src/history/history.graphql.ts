import { graphql } from "../generated/gql.ts";

/** The fields of a request that the history shows. */
export const HistoryRow = graphql(`
  fragment HistoryRow on ApprovalRequest {
    id
    version
    title
    workflowId
    requestedBy
    status
    createdAt
    expiresAt
    decidedAt
    decidedBy
    decisionSource
  }
`);

export const HistoryPage = graphql(`
  query HistoryPage($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {
    approvalRequests(first: $first, after: $after, filter: $filter) {
      edges {
        node {
          ...HistoryRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const HistoryCount = graphql(`
  query HistoryCount($filter: ApprovalRequestFilter!) {
    approvalRequests(first: 1, filter: $filter) {
      totalCount
      totalCountIsCapped
    }
  }
`);

/** The suggestions for the filters. */
export const HistoryNames = graphql(`
  query HistoryNames {
    approvalStatisticsByWorkflow(first: 100) {
      workflowId
    }
    approvalStatisticsByApprover(first: 100) {
      approver
    }
  }
`);

/** Updates the requests on the page, and reports new ones. */
export const HistoryEvents = graphql(`
  subscription HistoryEvents {
    approvalEvents(
      filter: { actions: [CREATED, APPROVED, REJECTED, CANCELLED, TIMEOUT, ESCALATED, EXTENDED] }
    ) {
      action
      request {
        ...HistoryRow
      }
    }
  }
`);

/** A page of the export. */
export const HistoryExport = graphql(`
  query HistoryExport($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {
    approvalRequests(first: $first, after: $after, filter: $filter) {
      edges {
        node {
          id
          title
          description
          status
          workflowId
          jobId
          executionId
          requestedBy
          createdAt
          expiresAt
          decidedAt
          decidedBy
          decisionSource
          comment
          approvalsRequired
          approvers
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
