import { graphql } from "../generated/gql.ts";

/** Whether there is a run to see. */
export const RunsThere = graphql(`
  query RunsThere {
    workflowRuns(first: 1) {
      pageInfo {
        endCursor
      }
    }
  }
`);
