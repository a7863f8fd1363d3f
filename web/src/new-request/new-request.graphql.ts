import { graphql } from "../generated/gql.ts";

export const AskForApproval = graphql(`
  mutation AskForApproval($input: CreateApprovalRequestInput!) {
    createApprovalRequest(input: $input) {
      __typename
      ... on CreateApprovalRequestPayload {
        created
        request {
          id
          title
          status
        }
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
      ...Refusal
    }
  }
`);

/** Whom the viewer has asked before: proposals for the names. */
export const AskedBefore = graphql(`
  query AskedBefore($requestedBy: String!) {
    approvalRequests(first: 50, filter: { requestedBy: $requestedBy }) {
      edges {
        node {
          id
          allowedApprovers
          notifyUsers
          notifyRoles
          escalateToUsers
        }
      }
    }
  }
`);
