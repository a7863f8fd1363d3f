/** What the commands ask besides the client's documents; `npm run codegen` types it. */

import { graphql } from "../client/generated/gql.ts";
import type { ListedRequestFragment } from "../client/generated/graphql.ts";

/** A request as those who decide see it. */
export type ListedRequest = ListedRequestFragment;

graphql(/* GraphQL */ `
  fragment ListedRequest on ApprovalRequest {
    ...WaitedRequest
    description
    context
    metadata
    contextDigest
    risk
    canApprove
    timeoutAction
  }
`);

export const RequestToDecide = graphql(/* GraphQL */ `
  query RequestToDecide($id: ID!) {
    approvalRequest(id: $id) { ...ListedRequest }
  }
`);

export const RequestsForMe = graphql(/* GraphQL */ `
  query RequestsForMe($first: Int!, $after: String) {
    pendingApprovals(first: $first, after: $after) {
      edges { node { ...ListedRequest } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);

export const RequestsThatFit = graphql(/* GraphQL */ `
  query RequestsThatFit($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {
    approvalRequests(first: $first, after: $after, filter: $filter) {
      edges { node { ...ListedRequest } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);
