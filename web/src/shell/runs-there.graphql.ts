import { graphql } from "../generated/gql.ts";

/** Whether there is a run to see, or a workflow to start. */
export const RunsThere = graphql(`
  query RunsThere {
    workflowRuns(first: 1) {
      pageInfo {
        endCursor
      }
    }
    workflows(first: 1) {
      pageInfo {
        endCursor
      }
    }
  }
`);
