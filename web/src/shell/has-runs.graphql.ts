import { graphql } from "../generated/gql.ts";

/** Whether the viewer can see a run or a workflow. */
export const HasRuns = graphql(`
  query HasRuns {
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
