/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  fragment ListedRequest on ApprovalRequest {\n    ...WaitedRequest\n    description\n    context\n    metadata\n    contextDigest\n    risk\n    canApprove\n    timeoutAction\n  }\n": typeof types.ListedRequestFragmentDoc,
    "\n  query RequestToDecide($id: ID!) {\n    approvalRequest(id: $id) { ...ListedRequest }\n  }\n": typeof types.RequestToDecideDocument,
    "\n  query RequestsForMe($first: Int!, $after: String) {\n    pendingApprovals(first: $first, after: $after) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": typeof types.RequestsForMeDocument,
    "\n  query RequestsThatFit($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": typeof types.RequestsThatFitDocument,
    "\n  fragment RunToShow on WorkflowRun {\n    id\n    version\n    workflowId\n    workflowVersion\n    executionId\n    status\n    isOpen\n    createdBy\n    schedule\n    cancelRequestedAt\n    cancelledBy\n    cancelReason\n    reason\n    timeoutAt\n    createdAt\n    endedAt\n    retries { jobId retriedAt retriedBy }\n    moves { movedAt movedBy fromVersion toVersion }\n    jobs {\n      id type status attempts startedAt endedAt error reason waitingFor waitingReason timeoutAt\n      checkpoint { id name }\n      startedRuns { id workflowId executionId status }\n      itemCount itemCounts { status count }\n    }\n    parent { id workflowId executionId }\n    parentJobId\n    waitingFor { id jobId title }\n  }\n": typeof types.RunToShowFragmentDoc,
    "\n  query RunsThatFit($first: Int!, $after: String, $filter: WorkflowRunFilter!) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": typeof types.RunsThatFitDocument,
    "\n  query RunById($id: ID!) {\n    workflowRun(id: $id) { ...RunToShow }\n  }\n": typeof types.RunByIdDocument,
    "\n  subscription RunFollowed($id: ID!, $afterVersion: Int) {\n    workflowRunUpdated(id: $id, afterVersion: $afterVersion) { ...RunToShow }\n  }\n": typeof types.RunFollowedDocument,
    "\n  fragment LogLineToShow on WorkflowRunLogLine { line attempt level message fields createdAt }\n": typeof types.LogLineToShowFragmentDoc,
    "\n  query RunLog($runId: ID!, $jobId: String!, $after: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, first: 100, after: $after) {\n      edges { node { ...LogLineToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": typeof types.RunLogDocument,
    "\n  subscription RunLogFollowed($runId: ID!, $jobId: String!, $afterLine: Int) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) { ...LogLineToShow }\n  }\n": typeof types.RunLogFollowedDocument,
    "\n  mutation CancelRun($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CancelRunDocument,
    "\n  mutation MoveRun($input: MoveWorkflowRunInput!) {\n    moveWorkflowRun(input: $input) {\n      __typename\n      ... on MoveWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.MoveRunDocument,
    "\n  query RunMovePlan($id: ID!, $version: Int) {\n    workflowRun(id: $id) { movePlan(version: $version) { version added removed changed refusal } }\n  }\n": typeof types.RunMovePlanDocument,
    "\n  mutation RetryJob($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.RetryJobDocument,
    "\n  mutation StartRun($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.StartRunDocument,
    "\n  mutation RestartRun($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.RestartRunDocument,
    "\n  fragment WorkflowToShow on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    startRoles\n    orchestrator\n    createdBy\n    createdAt\n    canStart\n  }\n": typeof types.WorkflowToShowFragmentDoc,
    "\n  query WorkflowsToStart($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      edges { node { ...WorkflowToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": typeof types.WorkflowsToStartDocument,
    "\n  query WorkflowByName($name: String!, $version: Int) {\n    workflow(name: $name, version: $version) { ...WorkflowToShow definition }\n  }\n": typeof types.WorkflowByNameDocument,
    "\n  fragment ScheduleToShow on WorkflowSchedule {\n    name orchestrator cron timezone workflow isRegistered version input priority missed pausedAt lastTick lastError\n  }\n": typeof types.ScheduleToShowFragmentDoc,
    "\n  query SchedulesToShow($first: Int!, $after: String) {\n    workflowSchedules(first: $first, after: $after) {\n      edges { node { ...ScheduleToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": typeof types.SchedulesToShowDocument,
    "\n  mutation RegisterWorkflow($input: RegisterWorkflowInput!) {\n    registerWorkflow(input: $input) {\n      __typename\n      ... on RegisterWorkflowPayload { created workflow { ...WorkflowToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.RegisterWorkflowDocument,
    "\n  fragment WaitedRequest on ApprovalRequest {\n    id\n    version\n    workflowId\n    jobId\n    executionId\n    title\n    status\n    isOpen\n    isUrgent\n    requestedBy\n    decidedBy\n    decision\n    decisionSource\n    comment\n    decidedAt\n    approvers\n    approvalsRequired\n    approvalsReceived\n    timeoutMs\n    timeRemainingMs\n    createdAt\n    expiresAt\n  }\n": typeof types.WaitedRequestFragmentDoc,
    "\n  subscription RequestUpdated($id: ID!, $afterVersion: Int) {\n    approvalRequestUpdated(id: $id, afterVersion: $afterVersion) { ...WaitedRequest }\n  }\n": typeof types.RequestUpdatedDocument,
    "\n  query RequestById($id: ID!) {\n    approvalRequest(id: $id) { ...WaitedRequest }\n  }\n": typeof types.RequestByIdDocument,
    "\n  query WhoAmI {\n    viewer { userId }\n  }\n": typeof types.WhoAmIDocument,
    "\n  query RequestsOfJob($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 100, filter: $filter) { edges { node { ...WaitedRequest } } }\n  }\n": typeof types.RequestsOfJobDocument,
    "\n  mutation CreateRequest($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload { created request { ...WaitedRequest } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateRequestDocument,
    "\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n": typeof types.CancelRequestDocument,
    "\n  mutation ApproveRequest($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n": typeof types.ApproveRequestDocument,
    "\n  mutation RejectRequest($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n": typeof types.RejectRequestDocument,
};
const documents: Documents = {
    "\n  fragment ListedRequest on ApprovalRequest {\n    ...WaitedRequest\n    description\n    context\n    metadata\n    contextDigest\n    risk\n    canApprove\n    timeoutAction\n  }\n": types.ListedRequestFragmentDoc,
    "\n  query RequestToDecide($id: ID!) {\n    approvalRequest(id: $id) { ...ListedRequest }\n  }\n": types.RequestToDecideDocument,
    "\n  query RequestsForMe($first: Int!, $after: String) {\n    pendingApprovals(first: $first, after: $after) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": types.RequestsForMeDocument,
    "\n  query RequestsThatFit($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": types.RequestsThatFitDocument,
    "\n  fragment RunToShow on WorkflowRun {\n    id\n    version\n    workflowId\n    workflowVersion\n    executionId\n    status\n    isOpen\n    createdBy\n    schedule\n    cancelRequestedAt\n    cancelledBy\n    cancelReason\n    reason\n    timeoutAt\n    createdAt\n    endedAt\n    retries { jobId retriedAt retriedBy }\n    moves { movedAt movedBy fromVersion toVersion }\n    jobs {\n      id type status attempts startedAt endedAt error reason waitingFor waitingReason timeoutAt\n      checkpoint { id name }\n      startedRuns { id workflowId executionId status }\n      itemCount itemCounts { status count }\n    }\n    parent { id workflowId executionId }\n    parentJobId\n    waitingFor { id jobId title }\n  }\n": types.RunToShowFragmentDoc,
    "\n  query RunsThatFit($first: Int!, $after: String, $filter: WorkflowRunFilter!) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": types.RunsThatFitDocument,
    "\n  query RunById($id: ID!) {\n    workflowRun(id: $id) { ...RunToShow }\n  }\n": types.RunByIdDocument,
    "\n  subscription RunFollowed($id: ID!, $afterVersion: Int) {\n    workflowRunUpdated(id: $id, afterVersion: $afterVersion) { ...RunToShow }\n  }\n": types.RunFollowedDocument,
    "\n  fragment LogLineToShow on WorkflowRunLogLine { line attempt level message fields createdAt }\n": types.LogLineToShowFragmentDoc,
    "\n  query RunLog($runId: ID!, $jobId: String!, $after: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, first: 100, after: $after) {\n      edges { node { ...LogLineToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": types.RunLogDocument,
    "\n  subscription RunLogFollowed($runId: ID!, $jobId: String!, $afterLine: Int) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) { ...LogLineToShow }\n  }\n": types.RunLogFollowedDocument,
    "\n  mutation CancelRun($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CancelRunDocument,
    "\n  mutation MoveRun($input: MoveWorkflowRunInput!) {\n    moveWorkflowRun(input: $input) {\n      __typename\n      ... on MoveWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.MoveRunDocument,
    "\n  query RunMovePlan($id: ID!, $version: Int) {\n    workflowRun(id: $id) { movePlan(version: $version) { version added removed changed refusal } }\n  }\n": types.RunMovePlanDocument,
    "\n  mutation RetryJob($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.RetryJobDocument,
    "\n  mutation StartRun($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.StartRunDocument,
    "\n  mutation RestartRun($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.RestartRunDocument,
    "\n  fragment WorkflowToShow on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    startRoles\n    orchestrator\n    createdBy\n    createdAt\n    canStart\n  }\n": types.WorkflowToShowFragmentDoc,
    "\n  query WorkflowsToStart($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      edges { node { ...WorkflowToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": types.WorkflowsToStartDocument,
    "\n  query WorkflowByName($name: String!, $version: Int) {\n    workflow(name: $name, version: $version) { ...WorkflowToShow definition }\n  }\n": types.WorkflowByNameDocument,
    "\n  fragment ScheduleToShow on WorkflowSchedule {\n    name orchestrator cron timezone workflow isRegistered version input priority missed pausedAt lastTick lastError\n  }\n": types.ScheduleToShowFragmentDoc,
    "\n  query SchedulesToShow($first: Int!, $after: String) {\n    workflowSchedules(first: $first, after: $after) {\n      edges { node { ...ScheduleToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n": types.SchedulesToShowDocument,
    "\n  mutation RegisterWorkflow($input: RegisterWorkflowInput!) {\n    registerWorkflow(input: $input) {\n      __typename\n      ... on RegisterWorkflowPayload { created workflow { ...WorkflowToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.RegisterWorkflowDocument,
    "\n  fragment WaitedRequest on ApprovalRequest {\n    id\n    version\n    workflowId\n    jobId\n    executionId\n    title\n    status\n    isOpen\n    isUrgent\n    requestedBy\n    decidedBy\n    decision\n    decisionSource\n    comment\n    decidedAt\n    approvers\n    approvalsRequired\n    approvalsReceived\n    timeoutMs\n    timeRemainingMs\n    createdAt\n    expiresAt\n  }\n": types.WaitedRequestFragmentDoc,
    "\n  subscription RequestUpdated($id: ID!, $afterVersion: Int) {\n    approvalRequestUpdated(id: $id, afterVersion: $afterVersion) { ...WaitedRequest }\n  }\n": types.RequestUpdatedDocument,
    "\n  query RequestById($id: ID!) {\n    approvalRequest(id: $id) { ...WaitedRequest }\n  }\n": types.RequestByIdDocument,
    "\n  query WhoAmI {\n    viewer { userId }\n  }\n": types.WhoAmIDocument,
    "\n  query RequestsOfJob($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 100, filter: $filter) { edges { node { ...WaitedRequest } } }\n  }\n": types.RequestsOfJobDocument,
    "\n  mutation CreateRequest($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload { created request { ...WaitedRequest } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateRequestDocument,
    "\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n": types.CancelRequestDocument,
    "\n  mutation ApproveRequest($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n": types.ApproveRequestDocument,
    "\n  mutation RejectRequest($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n": types.RejectRequestDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ListedRequest on ApprovalRequest {\n    ...WaitedRequest\n    description\n    context\n    metadata\n    contextDigest\n    risk\n    canApprove\n    timeoutAction\n  }\n"): (typeof documents)["\n  fragment ListedRequest on ApprovalRequest {\n    ...WaitedRequest\n    description\n    context\n    metadata\n    contextDigest\n    risk\n    canApprove\n    timeoutAction\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestToDecide($id: ID!) {\n    approvalRequest(id: $id) { ...ListedRequest }\n  }\n"): (typeof documents)["\n  query RequestToDecide($id: ID!) {\n    approvalRequest(id: $id) { ...ListedRequest }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestsForMe($first: Int!, $after: String) {\n    pendingApprovals(first: $first, after: $after) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"): (typeof documents)["\n  query RequestsForMe($first: Int!, $after: String) {\n    pendingApprovals(first: $first, after: $after) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestsThatFit($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"): (typeof documents)["\n  query RequestsThatFit($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges { node { ...ListedRequest } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunToShow on WorkflowRun {\n    id\n    version\n    workflowId\n    workflowVersion\n    executionId\n    status\n    isOpen\n    createdBy\n    schedule\n    cancelRequestedAt\n    cancelledBy\n    cancelReason\n    reason\n    timeoutAt\n    createdAt\n    endedAt\n    retries { jobId retriedAt retriedBy }\n    moves { movedAt movedBy fromVersion toVersion }\n    jobs {\n      id type status attempts startedAt endedAt error reason waitingFor waitingReason timeoutAt\n      checkpoint { id name }\n      startedRuns { id workflowId executionId status }\n      itemCount itemCounts { status count }\n    }\n    parent { id workflowId executionId }\n    parentJobId\n    waitingFor { id jobId title }\n  }\n"): (typeof documents)["\n  fragment RunToShow on WorkflowRun {\n    id\n    version\n    workflowId\n    workflowVersion\n    executionId\n    status\n    isOpen\n    createdBy\n    schedule\n    cancelRequestedAt\n    cancelledBy\n    cancelReason\n    reason\n    timeoutAt\n    createdAt\n    endedAt\n    retries { jobId retriedAt retriedBy }\n    moves { movedAt movedBy fromVersion toVersion }\n    jobs {\n      id type status attempts startedAt endedAt error reason waitingFor waitingReason timeoutAt\n      checkpoint { id name }\n      startedRuns { id workflowId executionId status }\n      itemCount itemCounts { status count }\n    }\n    parent { id workflowId executionId }\n    parentJobId\n    waitingFor { id jobId title }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunsThatFit($first: Int!, $after: String, $filter: WorkflowRunFilter!) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"): (typeof documents)["\n  query RunsThatFit($first: Int!, $after: String, $filter: WorkflowRunFilter!) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunById($id: ID!) {\n    workflowRun(id: $id) { ...RunToShow }\n  }\n"): (typeof documents)["\n  query RunById($id: ID!) {\n    workflowRun(id: $id) { ...RunToShow }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunFollowed($id: ID!, $afterVersion: Int) {\n    workflowRunUpdated(id: $id, afterVersion: $afterVersion) { ...RunToShow }\n  }\n"): (typeof documents)["\n  subscription RunFollowed($id: ID!, $afterVersion: Int) {\n    workflowRunUpdated(id: $id, afterVersion: $afterVersion) { ...RunToShow }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment LogLineToShow on WorkflowRunLogLine { line attempt level message fields createdAt }\n"): (typeof documents)["\n  fragment LogLineToShow on WorkflowRunLogLine { line attempt level message fields createdAt }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunLog($runId: ID!, $jobId: String!, $after: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, first: 100, after: $after) {\n      edges { node { ...LogLineToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"): (typeof documents)["\n  query RunLog($runId: ID!, $jobId: String!, $after: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, first: 100, after: $after) {\n      edges { node { ...LogLineToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunLogFollowed($runId: ID!, $jobId: String!, $afterLine: Int) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) { ...LogLineToShow }\n  }\n"): (typeof documents)["\n  subscription RunLogFollowed($runId: ID!, $jobId: String!, $afterLine: Int) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) { ...LogLineToShow }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelRun($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CancelRun($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MoveRun($input: MoveWorkflowRunInput!) {\n    moveWorkflowRun(input: $input) {\n      __typename\n      ... on MoveWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation MoveRun($input: MoveWorkflowRunInput!) {\n    moveWorkflowRun(input: $input) {\n      __typename\n      ... on MoveWorkflowRunPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunMovePlan($id: ID!, $version: Int) {\n    workflowRun(id: $id) { movePlan(version: $version) { version added removed changed refusal } }\n  }\n"): (typeof documents)["\n  query RunMovePlan($id: ID!, $version: Int) {\n    workflowRun(id: $id) { movePlan(version: $version) { version added removed changed refusal } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryJob($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation RetryJob($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload { run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartRun($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation StartRun($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RestartRun($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation RestartRun($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload { created run { ...RunToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment WorkflowToShow on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    startRoles\n    orchestrator\n    createdBy\n    createdAt\n    canStart\n  }\n"): (typeof documents)["\n  fragment WorkflowToShow on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    startRoles\n    orchestrator\n    createdBy\n    createdAt\n    canStart\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WorkflowsToStart($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      edges { node { ...WorkflowToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"): (typeof documents)["\n  query WorkflowsToStart($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      edges { node { ...WorkflowToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WorkflowByName($name: String!, $version: Int) {\n    workflow(name: $name, version: $version) { ...WorkflowToShow definition }\n  }\n"): (typeof documents)["\n  query WorkflowByName($name: String!, $version: Int) {\n    workflow(name: $name, version: $version) { ...WorkflowToShow definition }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ScheduleToShow on WorkflowSchedule {\n    name orchestrator cron timezone workflow isRegistered version input priority missed pausedAt lastTick lastError\n  }\n"): (typeof documents)["\n  fragment ScheduleToShow on WorkflowSchedule {\n    name orchestrator cron timezone workflow isRegistered version input priority missed pausedAt lastTick lastError\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SchedulesToShow($first: Int!, $after: String) {\n    workflowSchedules(first: $first, after: $after) {\n      edges { node { ...ScheduleToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"): (typeof documents)["\n  query SchedulesToShow($first: Int!, $after: String) {\n    workflowSchedules(first: $first, after: $after) {\n      edges { node { ...ScheduleToShow } }\n      pageInfo { endCursor hasNextPage }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RegisterWorkflow($input: RegisterWorkflowInput!) {\n    registerWorkflow(input: $input) {\n      __typename\n      ... on RegisterWorkflowPayload { created workflow { ...WorkflowToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation RegisterWorkflow($input: RegisterWorkflowInput!) {\n    registerWorkflow(input: $input) {\n      __typename\n      ... on RegisterWorkflowPayload { created workflow { ...WorkflowToShow } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment WaitedRequest on ApprovalRequest {\n    id\n    version\n    workflowId\n    jobId\n    executionId\n    title\n    status\n    isOpen\n    isUrgent\n    requestedBy\n    decidedBy\n    decision\n    decisionSource\n    comment\n    decidedAt\n    approvers\n    approvalsRequired\n    approvalsReceived\n    timeoutMs\n    timeRemainingMs\n    createdAt\n    expiresAt\n  }\n"): (typeof documents)["\n  fragment WaitedRequest on ApprovalRequest {\n    id\n    version\n    workflowId\n    jobId\n    executionId\n    title\n    status\n    isOpen\n    isUrgent\n    requestedBy\n    decidedBy\n    decision\n    decisionSource\n    comment\n    decidedAt\n    approvers\n    approvalsRequired\n    approvalsReceived\n    timeoutMs\n    timeRemainingMs\n    createdAt\n    expiresAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RequestUpdated($id: ID!, $afterVersion: Int) {\n    approvalRequestUpdated(id: $id, afterVersion: $afterVersion) { ...WaitedRequest }\n  }\n"): (typeof documents)["\n  subscription RequestUpdated($id: ID!, $afterVersion: Int) {\n    approvalRequestUpdated(id: $id, afterVersion: $afterVersion) { ...WaitedRequest }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestById($id: ID!) {\n    approvalRequest(id: $id) { ...WaitedRequest }\n  }\n"): (typeof documents)["\n  query RequestById($id: ID!) {\n    approvalRequest(id: $id) { ...WaitedRequest }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WhoAmI {\n    viewer { userId }\n  }\n"): (typeof documents)["\n  query WhoAmI {\n    viewer { userId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestsOfJob($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 100, filter: $filter) { edges { node { ...WaitedRequest } } }\n  }\n"): (typeof documents)["\n  query RequestsOfJob($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 100, filter: $filter) { edges { node { ...WaitedRequest } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateRequest($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload { created request { ...WaitedRequest } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateRequest($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload { created request { ...WaitedRequest } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n"): (typeof documents)["\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ApproveRequest($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n"): (typeof documents)["\n  mutation ApproveRequest($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RejectRequest($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n"): (typeof documents)["\n  mutation RejectRequest($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload { request { ...WaitedRequest } }\n      ... on Error { code message }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;