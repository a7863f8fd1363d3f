import { graphql } from "../generated/gql.ts";

/** The attempts of jobs, read on demand. */
export const RunAttempts = graphql(`
  query RunAttempts($id: ID!) {
    workflowRun(id: $id) {
      id
      jobs {
        id
        attemptHistory {
          number
          startedAt
          endedAt
          outcome
          process
          error
        }
      }
    }
  }
`);

export const LogLineFields = graphql(`
  fragment LogLine on WorkflowRunLogLine {
    line
    attempt
    level
    message
    fields
    createdAt
  }
`);

/** The last lines of a job's log, or the lines before a cursor. */
export const JobLog = graphql(`
  query JobLog($runId: ID!, $jobId: String!, $before: String) {
    workflowRunLog(runId: $runId, jobId: $jobId, last: 100, before: $before) {
      edges {
        node {
          ...LogLine
        }
      }
      pageInfo {
        hasPreviousPage
        startCursor
      }
    }
  }
`);

export const JobLogAdded = graphql(`
  subscription JobLogAdded($runId: ID!, $jobId: String!, $afterLine: Int!) {
    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) {
      ...LogLine
    }
  }
`);
