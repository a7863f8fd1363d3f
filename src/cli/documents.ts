/** GraphQL documents of the commands, in addition to those of the client. `npm run codegen` generates their types. */

import { graphql } from "../client/generated/gql.ts";
import type { ListedRequestFragment } from "../client/generated/graphql.ts";

/** A request with all fields for a decision. */
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
