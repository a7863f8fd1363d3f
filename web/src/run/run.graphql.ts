import { graphql } from "../generated/gql.ts";

/** The fields of a run that the graph shows. */
export const RunGraphFields = graphql(`
  fragment RunGraph on WorkflowRun {
    id
    version
    workflowId
    executionId
    status
    isOpen
    cancelRequestedAt
    jobs {
      id
      type
      dependencies
      status
      waitingFor
      request {
        id
        title
        status
        isOpen
      }
    }
  }
`);

/** The fields of a run that its page shows. */
export const RunPageFields = graphql(`
  fragment RunPage on WorkflowRun {
    ...RunGraph
    createdAt
    updatedAt
    endedAt
    cancelReason
    cancelledBy
    timeoutAt
    reason
    schedule
    detailIsVisible
    canCancel
    canStartAgain
    canChange
    canRetry
    retries {
      generation
      jobId
      retriedAt
      retriedBy
      jobError
    }
    moves {
      generation
      movedAt
      movedBy
      fromVersion
      toVersion
      added
      removed
      changed
    }
    startedFromCheckpoint {
      id
      name
      createdAt
    }
    parent {
      id
      workflowId
      executionId
    }
    parentJobId
    jobs {
      checkpoint {
        id
        name
      }
      startedRuns {
        id
        workflowId
        status
        cancelRequestedAt
      }
      itemCount
      itemCounts {
        status
        count
      }
      attempts
      startedAt
      endedAt
      waitingReason
      dueAt
      timeoutAt
      logLineCount
      error
      reason
    }
    waitingFor {
      ...DecidedRequest
      jobId
      allowedApprovers
      notifyUsers
      notifyRoles
      escalateToUsers
      escalationLevel
    }
  }
`);

export const RunPage = graphql(`
  query RunPage($id: ID!) {
    workflowRun(id: $id) {
      ...RunPage
    }
  }
`);

/** The document. Read separately, because it may be long and does not change. */
export const RunDocument = graphql(`
  query RunDocument($id: ID!) {
    workflowRun(id: $id) {
      id
      definition
    }
  }
`);

/** The outputs of jobs, read on demand because they may be long. */
export const RunOutputs = graphql(`
  query RunOutputs($id: ID!) {
    workflowRun(id: $id) {
      id
      jobs {
        id
        output
      }
    }
  }
`);

/** The items of jobs that run over a list, read on demand because there may be many. */
export const RunItems = graphql(`
  query RunItems($id: ID!) {
    workflowRun(id: $id) {
      id
      jobs {
        id
        items {
          id
          itemIndex
          item
          status
          waitingFor
          error
          reason
          request {
            id
            title
            status
            isOpen
          }
          startedRuns {
            id
            workflowId
            status
            cancelRequestedAt
          }
        }
      }
    }
  }
`);

export const RunChanged = graphql(`
  subscription RunChanged($id: ID!) {
    workflowRunUpdated(id: $id) {
      ...RunPage
    }
  }
`);

/** The run that created a request. */
export const RequestRun = graphql(`
  query RequestRun($id: ID!) {
    approvalRequest(id: $id) {
      id
      run {
        ...RunGraph
      }
    }
  }
`);

export const RequestRunChanged = graphql(`
  subscription RequestRunChanged($id: ID!) {
    workflowRunUpdated(id: $id) {
      ...RunGraph
    }
  }
`);

/** A run in the list. It includes only the requests of open gates, because the server reads whole requests for them. */
export const RunRowFields = graphql(`
  fragment RunRow on WorkflowRun {
    id
    version
    workflowId
    executionId
    status
    cancelRequestedAt
    createdAt
    endedAt
    jobs {
      id
      status
      dependencies
      waitingFor
    }
    waitingFor {
      id
      jobId
    }
  }
`);

export const RunList = graphql(`
  query RunList($first: Int!, $after: String, $filter: WorkflowRunFilter) {
    workflowRuns(first: $first, after: $after, filter: $filter) {
      edges {
        node {
          ...RunRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Reports that a run may have reached or passed a gate. */
export const RunListEvents = graphql(`
  subscription RunListEvents {
    approvalEvents {
      id
      action
    }
  }
`);
