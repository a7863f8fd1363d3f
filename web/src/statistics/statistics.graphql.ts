import { graphql } from "../generated/gql.ts";

export const StatisticsFigures = graphql(`
  fragment Figures on ApprovalStatistics {
    total
    pending
    escalated
    approved
    rejected
    timedOut
    cancelled
    autoApproved
    medianDecisionTimeMs
    p95DecisionTimeMs
  }
`);

export const StatisticsPage = graphql(`
  query StatisticsPage($from: DateTime, $to: DateTime, $interval: StatisticsInterval!, $timeZone: String!) {
    approvalStatistics(from: $from, to: $to) {
      ...Figures
    }
    approvalStatisticsOverTime(from: $from, to: $to, interval: $interval, timeZone: $timeZone) {
      start
      end
      statistics {
        ...Figures
      }
    }
    approvalStatisticsByWorkflow(from: $from, to: $to, first: 20) {
      workflowId
      statistics {
        ...Figures
      }
    }
    approvalStatisticsByApprover(from: $from, to: $to, first: 20) {
      approver
      total
      approved
      rejected
      medianDecisionTimeMs
      p95DecisionTimeMs
    }
  }
`);

/** The open requests that have waited longest, whatever the selected period. */
export const LongestWaiting = graphql(`
  query LongestWaiting {
    approvalRequests(
      first: 10
      filter: { statuses: [PENDING, ESCALATED] }
      orderBy: { field: CREATED_AT, direction: ASC }
    ) {
      edges {
        node {
          id
          title
          workflowId
          requestedBy
          status
          isOpen
          createdAt
          expiresAt
        }
      }
    }
  }
`);
