/** The GraphQL fragments and mutations behind the routes. */

import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType, isUnionType } from "graphql";

/** Each fragment is a component of the OpenAPI document with the same name. */
export const FRAGMENTS = `
  fragment ApproverDecision on ApproverDecision { approver decision comment reason decidedAt }

  fragment ApprovalRequest on ApprovalRequest {
    id version workflowId jobId executionId approvalType title description context contextDigest metadata
    status isOpen requestedBy createdBy allowSelfApproval decidedBy decision decisionSource comment decidedAt
    timeoutMs expiresAt timeoutAction timeRemainingMs isUrgent
    notifyUsers notifyChannels notifyRoles requireMinApprovers allowedApprovers requireAllApprovers
    approvers approvalsRequired approvalsReceived decisions { ...ApproverDecision }
    escalateToUsers escalationLevel canApprove createdAt updatedAt
  }

  fragment ListedApprovalRequest on ApprovalRequest {
    id version workflowId jobId executionId approvalType title description: listedDescription context: listedContext
    contextDigest metadata: listedMetadata contentOmitted
    status isOpen requestedBy createdBy allowSelfApproval decidedBy decision decisionSource comment decidedAt
    timeoutMs expiresAt timeoutAction timeRemainingMs isUrgent
    notifyUsers notifyChannels notifyRoles requireMinApprovers allowedApprovers requireAllApprovers
    approvers approvalsRequired approvalsReceived decisions { ...ApproverDecision }
    escalateToUsers escalationLevel canApprove createdAt updatedAt
  }

  fragment ApprovalComment on ApprovalComment { id author body createdAt }

  fragment ApprovalCondition on ApprovalCondition { field operator value }

  fragment AuditLogEntry on AuditLogEntry {
    id action userId userEmail ipAddress userAgent oldStatus newStatus comment metadata createdAt request { id title }
  }

  fragment ApprovalStatistics on ApprovalStatistics {
    total pending approved rejected timedOut escalated cancelled autoApproved
    averageDecisionTimeMs medianDecisionTimeMs p95DecisionTimeMs averageTimeoutMs
  }

  fragment StatisticsOfInterval on StatisticsOfInterval { start end statistics { ...ApprovalStatistics } }

  fragment StatisticsOfWorkflow on StatisticsOfWorkflow { workflowId statistics { ...ApprovalStatistics } }

  fragment StatisticsOfApprover on StatisticsOfApprover {
    approver total approved rejected medianDecisionTimeMs p95DecisionTimeMs
  }

  fragment UserApprovalSummary on UserApprovalSummary {
    userId pendingCount urgentCount expiringCount approvedCount rejectedCount
  }

  fragment Viewer on Viewer { userId email roles scopes pendingCount unreadNotificationCount }

  fragment ApprovalNotification on ApprovalNotification {
    id kind channel recipient status subject body request { id title } actor comment createdAt sentAt readAt failedAt
    retryCount maxRetries nextAttemptAt errorMessage externalId externalUrl
  }

  fragment NotificationPreferences on NotificationPreferences { mutedChannels }

  fragment WebhookEndpoint on WebhookEndpoint { id url failingSince disabledAt errorMessage }

  fragment WorkflowRun on WorkflowRun {
    id version workflowId executionId status isOpen cancelRequestedAt createdBy workflowVersion schedule
    waitingFor { id jobId title } createdAt updatedAt endedAt
  }

  fragment WorkflowRunJobAttempt on WorkflowRunJobAttempt { number generation startedAt endedAt outcome process error }

  fragment WorkflowRunRetry on WorkflowRunRetry {
    generation jobId retriedAt retriedBy jobError runStatus runReason runEndedAt
  }

  fragment WorkflowRunMove on WorkflowRunMove {
    generation movedAt movedBy fromVersion toVersion added removed changed
  }

  fragment WorkflowRunLogLine on WorkflowRunLogLine { line attempt level message fields createdAt }

  fragment WorkflowRunJob on WorkflowRunJob {
    id type dependencies status attempts startedAt endedAt error reason output waitingFor waitingReason
    dueAt timeoutAt attemptHistory { ...WorkflowRunJobAttempt } logLineCount checkpoint { id name createdAt }
    request { id status } startedRuns { id workflowId executionId status }
    item itemIndex itemCount itemCounts { status count }
    items { id itemIndex item status attempts error reason request { id status } }
  }

  fragment WorkflowRunInFull on WorkflowRun {
    id version workflowId executionId status isOpen cancelRequestedAt cancelReason cancelledBy canCancel
    canStartAgain canRetry canChange timeoutAt reason createdBy workflowVersion schedule priority generation
    retries { ...WorkflowRunRetry } moves { ...WorkflowRunMove }
    jobs { ...WorkflowRunJob } waitingFor { id jobId title } startedFromCheckpoint { id name createdAt }
    parent { id workflowId executionId status } parentJobId
    detailIsVisible definition input createdAt updatedAt endedAt
  }

  fragment RegisteredWorkflow on RegisteredWorkflow {
    name version inputSchema startRoles orchestrator createdBy createdAt canStart
  }

  fragment RegisteredWorkflowInFull on RegisteredWorkflow {
    name version inputSchema startRoles orchestrator createdBy createdAt canStart definition
  }

  fragment WorkflowSchedule on WorkflowSchedule {
    name orchestrator cron timezone workflow isRegistered version input priority missed pausedAt lastTick lastError
    createdAt updatedAt
  }

  fragment Issue on Issue { path message }
`;

/** The extra fields of errors. `request` is renamed, because the payload may have a field of that name. */
const EXTRA_FIELDS: Record<string, string> = {
  ValidationError: "issues { ...Issue }",
  AlreadyDecidedError: "current: request { ...ApprovalRequest }",
};

/** The payload and the errors of a mutation. */
export function resultOf(
  schema: GraphQLSchema,
  mutation: string,
): { payload: GraphQLObjectType; errors: GraphQLObjectType[] } {
  const union = getNamedType(schema.getMutationType()?.getFields()[mutation]?.type);
  const members = isUnionType(union) ? union.getTypes() : [];
  const isError = (type: GraphQLObjectType) => type.getInterfaces().some(({ name }) => name === "Error");
  const payload = members.find((type) => !isError(type));
  if (!isObjectType(payload)) throw new Error(`${mutation} has no payload`);
  return { payload, errors: members.filter(isError) };
}

/**
 * The document of a mutation with the argument `input`.
 * @param selection the selected fields of the payload
 */
export function command(schema: GraphQLSchema, mutation: string, selection: string): string {
  const { payload, errors } = resultOf(schema, mutation);
  const input = schema
    .getMutationType()
    ?.getFields()
    [mutation]?.args.find(({ name }) => name === "input");
  const details = errors.map(({ name }) => (name in EXTRA_FIELDS ? `... on ${name} { ${EXTRA_FIELDS[name]} }` : ""));
  return `mutation ($input: ${input?.type}) {
    answer: ${mutation}(input: $input) {
      ... on ${payload.name} { ${selection} }
      ... on Error { code message }
      ${details.join("\n      ")}
    }
  }`;
}
