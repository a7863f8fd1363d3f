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

/** The users and roles of the viewer's earlier requests, as suggestions. */
export const EarlierRequests = graphql(`
  query EarlierRequests($requestedBy: String!) {
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
