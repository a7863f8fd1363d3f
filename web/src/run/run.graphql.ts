import { graphql } from "../generated/gql.ts";

/** What the graph shows of a run. */
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

/** All that the page says of a run. */
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

/** The document, which does not change: read once, as it may be long. */
export const RunDocument = graphql(`
  query RunDocument($id: ID!) {
    workflowRun(id: $id) {
      id
      definition
    }
  }
`);

/** What jobs have put out: read where somebody asks for it, as it may be long. */
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

/** The items of jobs that run over a list: read where somebody asks for them, as they may be many. */
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

/** The run in which a request stands. */
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

/** A run in the list. Of requests only those that hold it, as whole requests are read for it. */
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

/** Tells that a run may have come to a gate, or behind one. */
export const RunListEvents = graphql(`
  subscription RunListEvents {
    approvalEvents {
      id
      action
    }
  }
`);
