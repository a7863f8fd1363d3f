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
    "fragment PendingCount on Viewer { pendingCount }": typeof types.PendingCountFragmentDoc,
    "fragment UnreadCount on Viewer { unreadNotificationCount }": typeof types.UnreadCountFragmentDoc,
    "\n  fragment Refusal on Error {\n    message\n    code\n  }\n": typeof types.RefusalFragmentDoc,
    "\n  query ViewerCounts {\n    viewer {\n      userId\n      email\n      roles\n      scopes\n      pendingCount\n      unreadNotificationCount\n    }\n  }\n": typeof types.ViewerCountsDocument,
    "\n  subscription PendingChanged {\n    pendingApprovalsUpdated {\n      change\n      pendingCount\n      request {\n        ...InboxRow\n        status\n        decidedBy\n        decisionSource\n        comment\n      }\n    }\n  }\n": typeof types.PendingChangedDocument,
    "\n  subscription NotificationCame($timeZone: String) {\n    notificationReceived {\n      cursor\n      unreadCount\n      notification {\n        ...MessageRow\n      }\n    }\n  }\n": typeof types.NotificationCameDocument,
    "\n  fragment DecisionSubject on ApprovalRequest {\n    id\n    version\n    title\n    status\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    risk\n    expiresAt\n    timeoutAction\n    approvalsRequired\n    approvers\n    contextDigest\n  }\n": typeof types.DecisionSubjectFragmentDoc,
    "\n  fragment DecidedRequest on ApprovalRequest {\n    ...DecisionSubject\n    isOpen\n    canApprove\n    decidedBy\n    decidedAt\n    decision\n    decisionSource\n    comment\n    approvalsReceived\n    decisions {\n      approver\n      decision\n      comment\n      reason\n      decidedAt\n    }\n  }\n": typeof types.DecidedRequestFragmentDoc,
    "\n  mutation Approve($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n": typeof types.ApproveDocument,
    "\n  mutation Reject($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n": typeof types.RejectDocument,
    "\n  fragment HistoryRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    status\n    createdAt\n    expiresAt\n    decidedAt\n    decidedBy\n    decisionSource\n  }\n": typeof types.HistoryRowFragmentDoc,
    "\n  query HistoryPage($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...HistoryRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.HistoryPageDocument,
    "\n  query HistoryCount($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 1, filter: $filter) {\n      totalCount\n      totalCountIsCapped\n    }\n  }\n": typeof types.HistoryCountDocument,
    "\n  query HistoryNames {\n    approvalStatisticsByWorkflow(first: 100) {\n      workflowId\n    }\n    approvalStatisticsByApprover(first: 100) {\n      approver\n    }\n  }\n": typeof types.HistoryNamesDocument,
    "\n  subscription HistoryEvents {\n    approvalEvents(\n      filter: { actions: [CREATED, APPROVED, REJECTED, CANCELLED, TIMEOUT, ESCALATED, EXTENDED] }\n    ) {\n      action\n      request {\n        ...HistoryRow\n      }\n    }\n  }\n": typeof types.HistoryEventsDocument,
    "\n  query HistoryExport($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          id\n          title\n          description\n          status\n          workflowId\n          jobId\n          executionId\n          requestedBy\n          createdAt\n          expiresAt\n          decidedAt\n          decidedBy\n          decisionSource\n          comment\n          approvalsRequired\n          approvers\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.HistoryExportDocument,
    "\n  fragment InboxRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    expiresAt\n    createdAt\n    timeoutAction\n    status\n    approvalsRequired\n    approvalsReceived\n    approvers\n    contextDigest\n    canApprove\n    risk\n  }\n": typeof types.InboxRowFragmentDoc,
    "\n  query InboxPage($after: String, $isFirst: Boolean!) {\n    pendingApprovals(first: 100, after: $after) {\n      totalCount @include(if: $isFirst)\n      edges {\n        node {\n          ...InboxRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.InboxPageDocument,
    "\n  mutation AskForApproval($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload {\n        created\n        request {\n          id\n          title\n          status\n        }\n      }\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.AskForApprovalDocument,
    "\n  query AskedBefore($requestedBy: String!) {\n    approvalRequests(first: 50, filter: { requestedBy: $requestedBy }) {\n      edges {\n        node {\n          id\n          allowedApprovers\n          notifyUsers\n          notifyRoles\n          escalateToUsers\n        }\n      }\n    }\n  }\n": typeof types.AskedBeforeDocument,
    "\n  fragment MessageRow on ApprovalNotification {\n    id\n    kind\n    subject\n    body(timeZone: $timeZone)\n    createdAt\n    readAt\n    request {\n      id\n      title\n    }\n  }\n": typeof types.MessageRowFragmentDoc,
    "\n  query NewestMessages($timeZone: String) {\n    notifications(first: 6) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n    }\n  }\n": typeof types.NewestMessagesDocument,
    "\n  query MessagesPage($first: Int!, $after: String, $unreadOnly: Boolean!, $timeZone: String) {\n    notifications(first: $first, after: $after, filter: { unreadOnly: $unreadOnly }) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.MessagesPageDocument,
    "\n  mutation MarkRead($ids: [ID!]!) {\n    markNotificationsRead(input: { ids: $ids }) {\n      __typename\n      ... on MarkNotificationsReadPayload {\n        unreadCount\n        notifications {\n          id\n          readAt\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.MarkReadDocument,
    "\n  mutation MarkAllRead($before: DateTime!) {\n    markAllNotificationsRead(input: { before: $before }) {\n      __typename\n      ... on MarkAllNotificationsReadPayload {\n        unreadCount\n      }\n      ...Refusal\n    }\n  }\n": typeof types.MarkAllReadDocument,
    "\n  query Preferences {\n    viewer {\n      userId\n      email\n      notificationPreferences {\n        mutedChannels\n      }\n    }\n  }\n": typeof types.PreferencesDocument,
    "\n  mutation SetPreferences($mutedChannels: [NotificationChannel!]!) {\n    setNotificationPreferences(input: { mutedChannels: $mutedChannels }) {\n      __typename\n      ... on SetNotificationPreferencesPayload {\n        preferences {\n          mutedChannels\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.SetPreferencesDocument,
    "\n  fragment RequestPage on ApprovalRequest {\n    ...DecidedRequest\n    description\n    context\n    metadata\n    approvalType\n    timeoutMs\n    jobId\n    executionId\n    allowedApprovers\n    requireMinApprovers\n    requireAllApprovers\n    autoApproveConditions {\n      field\n      operator\n      value\n    }\n    notifyUsers\n    notifyRoles\n    escalateToUsers\n    escalationLevel\n    createdAt\n  }\n": typeof types.RequestPageFragmentDoc,
    "\n  query RequestPage($id: ID!) {\n    approvalRequest(id: $id) {\n      ...RequestPage\n    }\n  }\n": typeof types.RequestPageDocument,
    "\n  subscription RequestChanged($id: ID!) {\n    approvalRequestUpdated(id: $id) {\n      ...RequestPage\n    }\n  }\n": typeof types.RequestChangedDocument,
    "\n  query RequestTalk($id: ID!, $entries: Int!) {\n    approvalRequest(id: $id) {\n      id\n      comments {\n        id\n        author\n        body\n        createdAt\n      }\n      auditLog(first: $entries) {\n        edges {\n          node {\n            id\n            action\n            userId\n            oldStatus\n            newStatus\n            comment\n            metadata\n            createdAt\n          }\n        }\n        pageInfo {\n          hasNextPage\n        }\n      }\n    }\n  }\n": typeof types.RequestTalkDocument,
    "\n  subscription RequestHappened($id: ID!) {\n    approvalEvents(filter: { requestId: $id }) {\n      id\n      action\n      userId\n      newStatus\n      comment\n      metadata\n      createdAt\n    }\n  }\n": typeof types.RequestHappenedDocument,
    "\n  mutation AddComment($input: AddApprovalCommentInput!) {\n    addApprovalComment(input: $input) {\n      __typename\n      ... on AddApprovalCommentPayload {\n        comment {\n          id\n          author\n          body\n          createdAt\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.AddCommentDocument,
    "\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.CancelRequestDocument,
    "\n  mutation Escalate($input: EscalateApprovalRequestInput!) {\n    escalateApprovalRequest(input: $input) {\n      __typename\n      ... on EscalateApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.EscalateDocument,
    "\n  mutation Extend($input: ExtendApprovalRequestInput!) {\n    extendApprovalRequest(input: $input) {\n      __typename\n      ... on ExtendApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.ExtendDocument,
    "\n  query RunAttempts($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        attemptHistory {\n          number\n          startedAt\n          endedAt\n          outcome\n          process\n          error\n        }\n      }\n    }\n  }\n": typeof types.RunAttemptsDocument,
    "\n  fragment LogLine on WorkflowRunLogLine {\n    line\n    attempt\n    level\n    message\n    fields\n    createdAt\n  }\n": typeof types.LogLineFragmentDoc,
    "\n  query JobLog($runId: ID!, $jobId: String!, $before: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, last: 100, before: $before) {\n      edges {\n        node {\n          ...LogLine\n        }\n      }\n      pageInfo {\n        hasPreviousPage\n        startCursor\n      }\n    }\n  }\n": typeof types.JobLogDocument,
    "\n  subscription JobLogAdded($runId: ID!, $jobId: String!, $afterLine: Int!) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) {\n      ...LogLine\n    }\n  }\n": typeof types.JobLogAddedDocument,
    "\n  fragment RunGraph on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    isOpen\n    cancelRequestedAt\n    jobs {\n      id\n      type\n      dependencies\n      status\n      waitingFor\n      request {\n        id\n        title\n        status\n        isOpen\n      }\n    }\n  }\n": typeof types.RunGraphFragmentDoc,
    "\n  fragment RunPage on WorkflowRun {\n    ...RunGraph\n    createdAt\n    updatedAt\n    endedAt\n    cancelReason\n    cancelledBy\n    timeoutAt\n    reason\n    schedule\n    detailIsVisible\n    canCancel\n    canStartAgain\n    canChange\n    canRetry\n    retries {\n      generation\n      jobId\n      retriedAt\n      retriedBy\n      jobError\n    }\n    startedFromCheckpoint {\n      id\n      name\n      createdAt\n    }\n    parent {\n      id\n      workflowId\n      executionId\n    }\n    parentJobId\n    jobs {\n      checkpoint {\n        id\n        name\n      }\n      startedRuns {\n        id\n        workflowId\n        status\n        cancelRequestedAt\n      }\n      attempts\n      startedAt\n      endedAt\n      waitingReason\n      dueAt\n      timeoutAt\n      logLineCount\n      error\n      reason\n    }\n    waitingFor {\n      ...DecidedRequest\n      jobId\n      allowedApprovers\n      notifyUsers\n      notifyRoles\n      escalateToUsers\n      escalationLevel\n    }\n  }\n": typeof types.RunPageFragmentDoc,
    "\n  query RunPage($id: ID!) {\n    workflowRun(id: $id) {\n      ...RunPage\n    }\n  }\n": typeof types.RunPageDocument,
    "\n  query RunDocument($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      definition\n    }\n  }\n": typeof types.RunDocumentDocument,
    "\n  query RunOutputs($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        output\n      }\n    }\n  }\n": typeof types.RunOutputsDocument,
    "\n  subscription RunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunPage\n    }\n  }\n": typeof types.RunChangedDocument,
    "\n  query RequestRun($id: ID!) {\n    approvalRequest(id: $id) {\n      id\n      run {\n        ...RunGraph\n      }\n    }\n  }\n": typeof types.RequestRunDocument,
    "\n  subscription RequestRunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunGraph\n    }\n  }\n": typeof types.RequestRunChangedDocument,
    "\n  fragment RunRow on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    cancelRequestedAt\n    createdAt\n    endedAt\n    jobs {\n      id\n      status\n      dependencies\n      waitingFor\n    }\n    waitingFor {\n      id\n      jobId\n    }\n  }\n": typeof types.RunRowFragmentDoc,
    "\n  query RunList($first: Int!, $after: String, $filter: WorkflowRunFilter) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...RunRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.RunListDocument,
    "\n  subscription RunListEvents {\n    approvalEvents {\n      id\n      action\n    }\n  }\n": typeof types.RunListEventsDocument,
    "\n  mutation CancelRunInInbox($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.CancelRunInInboxDocument,
    "\n  mutation RetryJobInInbox($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.RetryJobInInboxDocument,
    "\n  mutation RestartRunInInbox($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n    }\n  }\n": typeof types.RestartRunInInboxDocument,
    "\n  query RunsThere {\n    workflowRuns(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n    workflows(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n  }\n": typeof types.RunsThereDocument,
    "\n  fragment Startable on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    canStart\n  }\n": typeof types.StartableFragmentDoc,
    "\n  query StartableWorkflows($after: String) {\n    workflows(first: 100, after: $after) {\n      edges {\n        node {\n          name\n          version\n          canStart\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.StartableWorkflowsDocument,
    "\n  query WorkflowToStart($name: String!) {\n    workflow(name: $name) {\n      ...Startable\n    }\n  }\n": typeof types.WorkflowToStartDocument,
    "\n  mutation StartWorkflow($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n    }\n  }\n": typeof types.StartWorkflowDocument,
    "\n  query CanStartRuns {\n    workflows(first: 1) {\n      edges {\n        node {\n          name\n          canStart\n        }\n      }\n    }\n  }\n": typeof types.CanStartRunsDocument,
    "\n  fragment Figures on ApprovalStatistics {\n    total\n    pending\n    escalated\n    approved\n    rejected\n    timedOut\n    cancelled\n    autoApproved\n    medianDecisionTimeMs\n    p95DecisionTimeMs\n  }\n": typeof types.FiguresFragmentDoc,
    "\n  query StatisticsPage($from: DateTime, $to: DateTime, $interval: StatisticsInterval!, $timeZone: String!) {\n    approvalStatistics(from: $from, to: $to) {\n      ...Figures\n    }\n    approvalStatisticsOverTime(from: $from, to: $to, interval: $interval, timeZone: $timeZone) {\n      start\n      end\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByWorkflow(from: $from, to: $to, first: 20) {\n      workflowId\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByApprover(from: $from, to: $to, first: 20) {\n      approver\n      total\n      approved\n      rejected\n      medianDecisionTimeMs\n      p95DecisionTimeMs\n    }\n  }\n": typeof types.StatisticsPageDocument,
    "\n  query LongestWaiting {\n    approvalRequests(\n      first: 10\n      filter: { statuses: [PENDING, ESCALATED] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          id\n          title\n          workflowId\n          requestedBy\n          status\n          isOpen\n          createdAt\n          expiresAt\n        }\n      }\n    }\n  }\n": typeof types.LongestWaitingDocument,
};
const documents: Documents = {
    "fragment PendingCount on Viewer { pendingCount }": types.PendingCountFragmentDoc,
    "fragment UnreadCount on Viewer { unreadNotificationCount }": types.UnreadCountFragmentDoc,
    "\n  fragment Refusal on Error {\n    message\n    code\n  }\n": types.RefusalFragmentDoc,
    "\n  query ViewerCounts {\n    viewer {\n      userId\n      email\n      roles\n      scopes\n      pendingCount\n      unreadNotificationCount\n    }\n  }\n": types.ViewerCountsDocument,
    "\n  subscription PendingChanged {\n    pendingApprovalsUpdated {\n      change\n      pendingCount\n      request {\n        ...InboxRow\n        status\n        decidedBy\n        decisionSource\n        comment\n      }\n    }\n  }\n": types.PendingChangedDocument,
    "\n  subscription NotificationCame($timeZone: String) {\n    notificationReceived {\n      cursor\n      unreadCount\n      notification {\n        ...MessageRow\n      }\n    }\n  }\n": types.NotificationCameDocument,
    "\n  fragment DecisionSubject on ApprovalRequest {\n    id\n    version\n    title\n    status\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    risk\n    expiresAt\n    timeoutAction\n    approvalsRequired\n    approvers\n    contextDigest\n  }\n": types.DecisionSubjectFragmentDoc,
    "\n  fragment DecidedRequest on ApprovalRequest {\n    ...DecisionSubject\n    isOpen\n    canApprove\n    decidedBy\n    decidedAt\n    decision\n    decisionSource\n    comment\n    approvalsReceived\n    decisions {\n      approver\n      decision\n      comment\n      reason\n      decidedAt\n    }\n  }\n": types.DecidedRequestFragmentDoc,
    "\n  mutation Approve($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n": types.ApproveDocument,
    "\n  mutation Reject($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n": types.RejectDocument,
    "\n  fragment HistoryRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    status\n    createdAt\n    expiresAt\n    decidedAt\n    decidedBy\n    decisionSource\n  }\n": types.HistoryRowFragmentDoc,
    "\n  query HistoryPage($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...HistoryRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.HistoryPageDocument,
    "\n  query HistoryCount($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 1, filter: $filter) {\n      totalCount\n      totalCountIsCapped\n    }\n  }\n": types.HistoryCountDocument,
    "\n  query HistoryNames {\n    approvalStatisticsByWorkflow(first: 100) {\n      workflowId\n    }\n    approvalStatisticsByApprover(first: 100) {\n      approver\n    }\n  }\n": types.HistoryNamesDocument,
    "\n  subscription HistoryEvents {\n    approvalEvents(\n      filter: { actions: [CREATED, APPROVED, REJECTED, CANCELLED, TIMEOUT, ESCALATED, EXTENDED] }\n    ) {\n      action\n      request {\n        ...HistoryRow\n      }\n    }\n  }\n": types.HistoryEventsDocument,
    "\n  query HistoryExport($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          id\n          title\n          description\n          status\n          workflowId\n          jobId\n          executionId\n          requestedBy\n          createdAt\n          expiresAt\n          decidedAt\n          decidedBy\n          decisionSource\n          comment\n          approvalsRequired\n          approvers\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.HistoryExportDocument,
    "\n  fragment InboxRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    expiresAt\n    createdAt\n    timeoutAction\n    status\n    approvalsRequired\n    approvalsReceived\n    approvers\n    contextDigest\n    canApprove\n    risk\n  }\n": types.InboxRowFragmentDoc,
    "\n  query InboxPage($after: String, $isFirst: Boolean!) {\n    pendingApprovals(first: 100, after: $after) {\n      totalCount @include(if: $isFirst)\n      edges {\n        node {\n          ...InboxRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.InboxPageDocument,
    "\n  mutation AskForApproval($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload {\n        created\n        request {\n          id\n          title\n          status\n        }\n      }\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.AskForApprovalDocument,
    "\n  query AskedBefore($requestedBy: String!) {\n    approvalRequests(first: 50, filter: { requestedBy: $requestedBy }) {\n      edges {\n        node {\n          id\n          allowedApprovers\n          notifyUsers\n          notifyRoles\n          escalateToUsers\n        }\n      }\n    }\n  }\n": types.AskedBeforeDocument,
    "\n  fragment MessageRow on ApprovalNotification {\n    id\n    kind\n    subject\n    body(timeZone: $timeZone)\n    createdAt\n    readAt\n    request {\n      id\n      title\n    }\n  }\n": types.MessageRowFragmentDoc,
    "\n  query NewestMessages($timeZone: String) {\n    notifications(first: 6) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n    }\n  }\n": types.NewestMessagesDocument,
    "\n  query MessagesPage($first: Int!, $after: String, $unreadOnly: Boolean!, $timeZone: String) {\n    notifications(first: $first, after: $after, filter: { unreadOnly: $unreadOnly }) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.MessagesPageDocument,
    "\n  mutation MarkRead($ids: [ID!]!) {\n    markNotificationsRead(input: { ids: $ids }) {\n      __typename\n      ... on MarkNotificationsReadPayload {\n        unreadCount\n        notifications {\n          id\n          readAt\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.MarkReadDocument,
    "\n  mutation MarkAllRead($before: DateTime!) {\n    markAllNotificationsRead(input: { before: $before }) {\n      __typename\n      ... on MarkAllNotificationsReadPayload {\n        unreadCount\n      }\n      ...Refusal\n    }\n  }\n": types.MarkAllReadDocument,
    "\n  query Preferences {\n    viewer {\n      userId\n      email\n      notificationPreferences {\n        mutedChannels\n      }\n    }\n  }\n": types.PreferencesDocument,
    "\n  mutation SetPreferences($mutedChannels: [NotificationChannel!]!) {\n    setNotificationPreferences(input: { mutedChannels: $mutedChannels }) {\n      __typename\n      ... on SetNotificationPreferencesPayload {\n        preferences {\n          mutedChannels\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.SetPreferencesDocument,
    "\n  fragment RequestPage on ApprovalRequest {\n    ...DecidedRequest\n    description\n    context\n    metadata\n    approvalType\n    timeoutMs\n    jobId\n    executionId\n    allowedApprovers\n    requireMinApprovers\n    requireAllApprovers\n    autoApproveConditions {\n      field\n      operator\n      value\n    }\n    notifyUsers\n    notifyRoles\n    escalateToUsers\n    escalationLevel\n    createdAt\n  }\n": types.RequestPageFragmentDoc,
    "\n  query RequestPage($id: ID!) {\n    approvalRequest(id: $id) {\n      ...RequestPage\n    }\n  }\n": types.RequestPageDocument,
    "\n  subscription RequestChanged($id: ID!) {\n    approvalRequestUpdated(id: $id) {\n      ...RequestPage\n    }\n  }\n": types.RequestChangedDocument,
    "\n  query RequestTalk($id: ID!, $entries: Int!) {\n    approvalRequest(id: $id) {\n      id\n      comments {\n        id\n        author\n        body\n        createdAt\n      }\n      auditLog(first: $entries) {\n        edges {\n          node {\n            id\n            action\n            userId\n            oldStatus\n            newStatus\n            comment\n            metadata\n            createdAt\n          }\n        }\n        pageInfo {\n          hasNextPage\n        }\n      }\n    }\n  }\n": types.RequestTalkDocument,
    "\n  subscription RequestHappened($id: ID!) {\n    approvalEvents(filter: { requestId: $id }) {\n      id\n      action\n      userId\n      newStatus\n      comment\n      metadata\n      createdAt\n    }\n  }\n": types.RequestHappenedDocument,
    "\n  mutation AddComment($input: AddApprovalCommentInput!) {\n    addApprovalComment(input: $input) {\n      __typename\n      ... on AddApprovalCommentPayload {\n        comment {\n          id\n          author\n          body\n          createdAt\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.AddCommentDocument,
    "\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.CancelRequestDocument,
    "\n  mutation Escalate($input: EscalateApprovalRequestInput!) {\n    escalateApprovalRequest(input: $input) {\n      __typename\n      ... on EscalateApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.EscalateDocument,
    "\n  mutation Extend($input: ExtendApprovalRequestInput!) {\n    extendApprovalRequest(input: $input) {\n      __typename\n      ... on ExtendApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.ExtendDocument,
    "\n  query RunAttempts($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        attemptHistory {\n          number\n          startedAt\n          endedAt\n          outcome\n          process\n          error\n        }\n      }\n    }\n  }\n": types.RunAttemptsDocument,
    "\n  fragment LogLine on WorkflowRunLogLine {\n    line\n    attempt\n    level\n    message\n    fields\n    createdAt\n  }\n": types.LogLineFragmentDoc,
    "\n  query JobLog($runId: ID!, $jobId: String!, $before: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, last: 100, before: $before) {\n      edges {\n        node {\n          ...LogLine\n        }\n      }\n      pageInfo {\n        hasPreviousPage\n        startCursor\n      }\n    }\n  }\n": types.JobLogDocument,
    "\n  subscription JobLogAdded($runId: ID!, $jobId: String!, $afterLine: Int!) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) {\n      ...LogLine\n    }\n  }\n": types.JobLogAddedDocument,
    "\n  fragment RunGraph on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    isOpen\n    cancelRequestedAt\n    jobs {\n      id\n      type\n      dependencies\n      status\n      waitingFor\n      request {\n        id\n        title\n        status\n        isOpen\n      }\n    }\n  }\n": types.RunGraphFragmentDoc,
    "\n  fragment RunPage on WorkflowRun {\n    ...RunGraph\n    createdAt\n    updatedAt\n    endedAt\n    cancelReason\n    cancelledBy\n    timeoutAt\n    reason\n    schedule\n    detailIsVisible\n    canCancel\n    canStartAgain\n    canChange\n    canRetry\n    retries {\n      generation\n      jobId\n      retriedAt\n      retriedBy\n      jobError\n    }\n    startedFromCheckpoint {\n      id\n      name\n      createdAt\n    }\n    parent {\n      id\n      workflowId\n      executionId\n    }\n    parentJobId\n    jobs {\n      checkpoint {\n        id\n        name\n      }\n      startedRuns {\n        id\n        workflowId\n        status\n        cancelRequestedAt\n      }\n      attempts\n      startedAt\n      endedAt\n      waitingReason\n      dueAt\n      timeoutAt\n      logLineCount\n      error\n      reason\n    }\n    waitingFor {\n      ...DecidedRequest\n      jobId\n      allowedApprovers\n      notifyUsers\n      notifyRoles\n      escalateToUsers\n      escalationLevel\n    }\n  }\n": types.RunPageFragmentDoc,
    "\n  query RunPage($id: ID!) {\n    workflowRun(id: $id) {\n      ...RunPage\n    }\n  }\n": types.RunPageDocument,
    "\n  query RunDocument($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      definition\n    }\n  }\n": types.RunDocumentDocument,
    "\n  query RunOutputs($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        output\n      }\n    }\n  }\n": types.RunOutputsDocument,
    "\n  subscription RunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunPage\n    }\n  }\n": types.RunChangedDocument,
    "\n  query RequestRun($id: ID!) {\n    approvalRequest(id: $id) {\n      id\n      run {\n        ...RunGraph\n      }\n    }\n  }\n": types.RequestRunDocument,
    "\n  subscription RequestRunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunGraph\n    }\n  }\n": types.RequestRunChangedDocument,
    "\n  fragment RunRow on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    cancelRequestedAt\n    createdAt\n    endedAt\n    jobs {\n      id\n      status\n      dependencies\n      waitingFor\n    }\n    waitingFor {\n      id\n      jobId\n    }\n  }\n": types.RunRowFragmentDoc,
    "\n  query RunList($first: Int!, $after: String, $filter: WorkflowRunFilter) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...RunRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.RunListDocument,
    "\n  subscription RunListEvents {\n    approvalEvents {\n      id\n      action\n    }\n  }\n": types.RunListEventsDocument,
    "\n  mutation CancelRunInInbox($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.CancelRunInInboxDocument,
    "\n  mutation RetryJobInInbox($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.RetryJobInInboxDocument,
    "\n  mutation RestartRunInInbox($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n    }\n  }\n": types.RestartRunInInboxDocument,
    "\n  query RunsThere {\n    workflowRuns(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n    workflows(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n  }\n": types.RunsThereDocument,
    "\n  fragment Startable on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    canStart\n  }\n": types.StartableFragmentDoc,
    "\n  query StartableWorkflows($after: String) {\n    workflows(first: 100, after: $after) {\n      edges {\n        node {\n          name\n          version\n          canStart\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.StartableWorkflowsDocument,
    "\n  query WorkflowToStart($name: String!) {\n    workflow(name: $name) {\n      ...Startable\n    }\n  }\n": types.WorkflowToStartDocument,
    "\n  mutation StartWorkflow($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n    }\n  }\n": types.StartWorkflowDocument,
    "\n  query CanStartRuns {\n    workflows(first: 1) {\n      edges {\n        node {\n          name\n          canStart\n        }\n      }\n    }\n  }\n": types.CanStartRunsDocument,
    "\n  fragment Figures on ApprovalStatistics {\n    total\n    pending\n    escalated\n    approved\n    rejected\n    timedOut\n    cancelled\n    autoApproved\n    medianDecisionTimeMs\n    p95DecisionTimeMs\n  }\n": types.FiguresFragmentDoc,
    "\n  query StatisticsPage($from: DateTime, $to: DateTime, $interval: StatisticsInterval!, $timeZone: String!) {\n    approvalStatistics(from: $from, to: $to) {\n      ...Figures\n    }\n    approvalStatisticsOverTime(from: $from, to: $to, interval: $interval, timeZone: $timeZone) {\n      start\n      end\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByWorkflow(from: $from, to: $to, first: 20) {\n      workflowId\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByApprover(from: $from, to: $to, first: 20) {\n      approver\n      total\n      approved\n      rejected\n      medianDecisionTimeMs\n      p95DecisionTimeMs\n    }\n  }\n": types.StatisticsPageDocument,
    "\n  query LongestWaiting {\n    approvalRequests(\n      first: 10\n      filter: { statuses: [PENDING, ESCALATED] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          id\n          title\n          workflowId\n          requestedBy\n          status\n          isOpen\n          createdAt\n          expiresAt\n        }\n      }\n    }\n  }\n": types.LongestWaitingDocument,
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
export function graphql(source: "fragment PendingCount on Viewer { pendingCount }"): (typeof documents)["fragment PendingCount on Viewer { pendingCount }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment UnreadCount on Viewer { unreadNotificationCount }"): (typeof documents)["fragment UnreadCount on Viewer { unreadNotificationCount }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Refusal on Error {\n    message\n    code\n  }\n"): (typeof documents)["\n  fragment Refusal on Error {\n    message\n    code\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ViewerCounts {\n    viewer {\n      userId\n      email\n      roles\n      scopes\n      pendingCount\n      unreadNotificationCount\n    }\n  }\n"): (typeof documents)["\n  query ViewerCounts {\n    viewer {\n      userId\n      email\n      roles\n      scopes\n      pendingCount\n      unreadNotificationCount\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PendingChanged {\n    pendingApprovalsUpdated {\n      change\n      pendingCount\n      request {\n        ...InboxRow\n        status\n        decidedBy\n        decisionSource\n        comment\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription PendingChanged {\n    pendingApprovalsUpdated {\n      change\n      pendingCount\n      request {\n        ...InboxRow\n        status\n        decidedBy\n        decisionSource\n        comment\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription NotificationCame($timeZone: String) {\n    notificationReceived {\n      cursor\n      unreadCount\n      notification {\n        ...MessageRow\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription NotificationCame($timeZone: String) {\n    notificationReceived {\n      cursor\n      unreadCount\n      notification {\n        ...MessageRow\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DecisionSubject on ApprovalRequest {\n    id\n    version\n    title\n    status\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    risk\n    expiresAt\n    timeoutAction\n    approvalsRequired\n    approvers\n    contextDigest\n  }\n"): (typeof documents)["\n  fragment DecisionSubject on ApprovalRequest {\n    id\n    version\n    title\n    status\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    risk\n    expiresAt\n    timeoutAction\n    approvalsRequired\n    approvers\n    contextDigest\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DecidedRequest on ApprovalRequest {\n    ...DecisionSubject\n    isOpen\n    canApprove\n    decidedBy\n    decidedAt\n    decision\n    decisionSource\n    comment\n    approvalsReceived\n    decisions {\n      approver\n      decision\n      comment\n      reason\n      decidedAt\n    }\n  }\n"): (typeof documents)["\n  fragment DecidedRequest on ApprovalRequest {\n    ...DecisionSubject\n    isOpen\n    canApprove\n    decidedBy\n    decidedAt\n    decision\n    decisionSource\n    comment\n    approvalsReceived\n    decisions {\n      approver\n      decision\n      comment\n      reason\n      decidedAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Approve($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Approve($input: ApproveRequestInput!) {\n    approveRequest(input: $input) {\n      __typename\n      ... on ApproveRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Reject($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Reject($input: RejectRequestInput!) {\n    rejectRequest(input: $input) {\n      __typename\n      ... on RejectRequestPayload {\n        request {\n          ...DecidedRequest\n        }\n      }\n      ...Refusal\n      ... on AlreadyDecidedError {\n        standing: request {\n          ...DecidedRequest\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment HistoryRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    status\n    createdAt\n    expiresAt\n    decidedAt\n    decidedBy\n    decisionSource\n  }\n"): (typeof documents)["\n  fragment HistoryRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    status\n    createdAt\n    expiresAt\n    decidedAt\n    decidedBy\n    decisionSource\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query HistoryPage($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...HistoryRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query HistoryPage($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...HistoryRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query HistoryCount($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 1, filter: $filter) {\n      totalCount\n      totalCountIsCapped\n    }\n  }\n"): (typeof documents)["\n  query HistoryCount($filter: ApprovalRequestFilter!) {\n    approvalRequests(first: 1, filter: $filter) {\n      totalCount\n      totalCountIsCapped\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query HistoryNames {\n    approvalStatisticsByWorkflow(first: 100) {\n      workflowId\n    }\n    approvalStatisticsByApprover(first: 100) {\n      approver\n    }\n  }\n"): (typeof documents)["\n  query HistoryNames {\n    approvalStatisticsByWorkflow(first: 100) {\n      workflowId\n    }\n    approvalStatisticsByApprover(first: 100) {\n      approver\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription HistoryEvents {\n    approvalEvents(\n      filter: { actions: [CREATED, APPROVED, REJECTED, CANCELLED, TIMEOUT, ESCALATED, EXTENDED] }\n    ) {\n      action\n      request {\n        ...HistoryRow\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription HistoryEvents {\n    approvalEvents(\n      filter: { actions: [CREATED, APPROVED, REJECTED, CANCELLED, TIMEOUT, ESCALATED, EXTENDED] }\n    ) {\n      action\n      request {\n        ...HistoryRow\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query HistoryExport($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          id\n          title\n          description\n          status\n          workflowId\n          jobId\n          executionId\n          requestedBy\n          createdAt\n          expiresAt\n          decidedAt\n          decidedBy\n          decisionSource\n          comment\n          approvalsRequired\n          approvers\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query HistoryExport($first: Int!, $after: String, $filter: ApprovalRequestFilter!) {\n    approvalRequests(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          id\n          title\n          description\n          status\n          workflowId\n          jobId\n          executionId\n          requestedBy\n          createdAt\n          expiresAt\n          decidedAt\n          decidedBy\n          decisionSource\n          comment\n          approvalsRequired\n          approvers\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment InboxRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    expiresAt\n    createdAt\n    timeoutAction\n    status\n    approvalsRequired\n    approvalsReceived\n    approvers\n    contextDigest\n    canApprove\n    risk\n  }\n"): (typeof documents)["\n  fragment InboxRow on ApprovalRequest {\n    id\n    version\n    title\n    workflowId\n    requestedBy\n    createdBy\n    allowSelfApproval\n    expiresAt\n    createdAt\n    timeoutAction\n    status\n    approvalsRequired\n    approvalsReceived\n    approvers\n    contextDigest\n    canApprove\n    risk\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query InboxPage($after: String, $isFirst: Boolean!) {\n    pendingApprovals(first: 100, after: $after) {\n      totalCount @include(if: $isFirst)\n      edges {\n        node {\n          ...InboxRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query InboxPage($after: String, $isFirst: Boolean!) {\n    pendingApprovals(first: 100, after: $after) {\n      totalCount @include(if: $isFirst)\n      edges {\n        node {\n          ...InboxRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation AskForApproval($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload {\n        created\n        request {\n          id\n          title\n          status\n        }\n      }\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation AskForApproval($input: CreateApprovalRequestInput!) {\n    createApprovalRequest(input: $input) {\n      __typename\n      ... on CreateApprovalRequestPayload {\n        created\n        request {\n          id\n          title\n          status\n        }\n      }\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query AskedBefore($requestedBy: String!) {\n    approvalRequests(first: 50, filter: { requestedBy: $requestedBy }) {\n      edges {\n        node {\n          id\n          allowedApprovers\n          notifyUsers\n          notifyRoles\n          escalateToUsers\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query AskedBefore($requestedBy: String!) {\n    approvalRequests(first: 50, filter: { requestedBy: $requestedBy }) {\n      edges {\n        node {\n          id\n          allowedApprovers\n          notifyUsers\n          notifyRoles\n          escalateToUsers\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment MessageRow on ApprovalNotification {\n    id\n    kind\n    subject\n    body(timeZone: $timeZone)\n    createdAt\n    readAt\n    request {\n      id\n      title\n    }\n  }\n"): (typeof documents)["\n  fragment MessageRow on ApprovalNotification {\n    id\n    kind\n    subject\n    body(timeZone: $timeZone)\n    createdAt\n    readAt\n    request {\n      id\n      title\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query NewestMessages($timeZone: String) {\n    notifications(first: 6) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query NewestMessages($timeZone: String) {\n    notifications(first: 6) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MessagesPage($first: Int!, $after: String, $unreadOnly: Boolean!, $timeZone: String) {\n    notifications(first: $first, after: $after, filter: { unreadOnly: $unreadOnly }) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query MessagesPage($first: Int!, $after: String, $unreadOnly: Boolean!, $timeZone: String) {\n    notifications(first: $first, after: $after, filter: { unreadOnly: $unreadOnly }) {\n      unreadCount\n      edges {\n        cursor\n        node {\n          ...MessageRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MarkRead($ids: [ID!]!) {\n    markNotificationsRead(input: { ids: $ids }) {\n      __typename\n      ... on MarkNotificationsReadPayload {\n        unreadCount\n        notifications {\n          id\n          readAt\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation MarkRead($ids: [ID!]!) {\n    markNotificationsRead(input: { ids: $ids }) {\n      __typename\n      ... on MarkNotificationsReadPayload {\n        unreadCount\n        notifications {\n          id\n          readAt\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MarkAllRead($before: DateTime!) {\n    markAllNotificationsRead(input: { before: $before }) {\n      __typename\n      ... on MarkAllNotificationsReadPayload {\n        unreadCount\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation MarkAllRead($before: DateTime!) {\n    markAllNotificationsRead(input: { before: $before }) {\n      __typename\n      ... on MarkAllNotificationsReadPayload {\n        unreadCount\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Preferences {\n    viewer {\n      userId\n      email\n      notificationPreferences {\n        mutedChannels\n      }\n    }\n  }\n"): (typeof documents)["\n  query Preferences {\n    viewer {\n      userId\n      email\n      notificationPreferences {\n        mutedChannels\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SetPreferences($mutedChannels: [NotificationChannel!]!) {\n    setNotificationPreferences(input: { mutedChannels: $mutedChannels }) {\n      __typename\n      ... on SetNotificationPreferencesPayload {\n        preferences {\n          mutedChannels\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation SetPreferences($mutedChannels: [NotificationChannel!]!) {\n    setNotificationPreferences(input: { mutedChannels: $mutedChannels }) {\n      __typename\n      ... on SetNotificationPreferencesPayload {\n        preferences {\n          mutedChannels\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RequestPage on ApprovalRequest {\n    ...DecidedRequest\n    description\n    context\n    metadata\n    approvalType\n    timeoutMs\n    jobId\n    executionId\n    allowedApprovers\n    requireMinApprovers\n    requireAllApprovers\n    autoApproveConditions {\n      field\n      operator\n      value\n    }\n    notifyUsers\n    notifyRoles\n    escalateToUsers\n    escalationLevel\n    createdAt\n  }\n"): (typeof documents)["\n  fragment RequestPage on ApprovalRequest {\n    ...DecidedRequest\n    description\n    context\n    metadata\n    approvalType\n    timeoutMs\n    jobId\n    executionId\n    allowedApprovers\n    requireMinApprovers\n    requireAllApprovers\n    autoApproveConditions {\n      field\n      operator\n      value\n    }\n    notifyUsers\n    notifyRoles\n    escalateToUsers\n    escalationLevel\n    createdAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestPage($id: ID!) {\n    approvalRequest(id: $id) {\n      ...RequestPage\n    }\n  }\n"): (typeof documents)["\n  query RequestPage($id: ID!) {\n    approvalRequest(id: $id) {\n      ...RequestPage\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RequestChanged($id: ID!) {\n    approvalRequestUpdated(id: $id) {\n      ...RequestPage\n    }\n  }\n"): (typeof documents)["\n  subscription RequestChanged($id: ID!) {\n    approvalRequestUpdated(id: $id) {\n      ...RequestPage\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestTalk($id: ID!, $entries: Int!) {\n    approvalRequest(id: $id) {\n      id\n      comments {\n        id\n        author\n        body\n        createdAt\n      }\n      auditLog(first: $entries) {\n        edges {\n          node {\n            id\n            action\n            userId\n            oldStatus\n            newStatus\n            comment\n            metadata\n            createdAt\n          }\n        }\n        pageInfo {\n          hasNextPage\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query RequestTalk($id: ID!, $entries: Int!) {\n    approvalRequest(id: $id) {\n      id\n      comments {\n        id\n        author\n        body\n        createdAt\n      }\n      auditLog(first: $entries) {\n        edges {\n          node {\n            id\n            action\n            userId\n            oldStatus\n            newStatus\n            comment\n            metadata\n            createdAt\n          }\n        }\n        pageInfo {\n          hasNextPage\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RequestHappened($id: ID!) {\n    approvalEvents(filter: { requestId: $id }) {\n      id\n      action\n      userId\n      newStatus\n      comment\n      metadata\n      createdAt\n    }\n  }\n"): (typeof documents)["\n  subscription RequestHappened($id: ID!) {\n    approvalEvents(filter: { requestId: $id }) {\n      id\n      action\n      userId\n      newStatus\n      comment\n      metadata\n      createdAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation AddComment($input: AddApprovalCommentInput!) {\n    addApprovalComment(input: $input) {\n      __typename\n      ... on AddApprovalCommentPayload {\n        comment {\n          id\n          author\n          body\n          createdAt\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation AddComment($input: AddApprovalCommentInput!) {\n    addApprovalComment(input: $input) {\n      __typename\n      ... on AddApprovalCommentPayload {\n        comment {\n          id\n          author\n          body\n          createdAt\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation CancelRequest($input: CancelApprovalRequestInput!) {\n    cancelApprovalRequest(input: $input) {\n      __typename\n      ... on CancelApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Escalate($input: EscalateApprovalRequestInput!) {\n    escalateApprovalRequest(input: $input) {\n      __typename\n      ... on EscalateApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation Escalate($input: EscalateApprovalRequestInput!) {\n    escalateApprovalRequest(input: $input) {\n      __typename\n      ... on EscalateApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Extend($input: ExtendApprovalRequestInput!) {\n    extendApprovalRequest(input: $input) {\n      __typename\n      ... on ExtendApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation Extend($input: ExtendApprovalRequestInput!) {\n    extendApprovalRequest(input: $input) {\n      __typename\n      ... on ExtendApprovalRequestPayload {\n        request {\n          ...RequestPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunAttempts($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        attemptHistory {\n          number\n          startedAt\n          endedAt\n          outcome\n          process\n          error\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunAttempts($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        attemptHistory {\n          number\n          startedAt\n          endedAt\n          outcome\n          process\n          error\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment LogLine on WorkflowRunLogLine {\n    line\n    attempt\n    level\n    message\n    fields\n    createdAt\n  }\n"): (typeof documents)["\n  fragment LogLine on WorkflowRunLogLine {\n    line\n    attempt\n    level\n    message\n    fields\n    createdAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query JobLog($runId: ID!, $jobId: String!, $before: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, last: 100, before: $before) {\n      edges {\n        node {\n          ...LogLine\n        }\n      }\n      pageInfo {\n        hasPreviousPage\n        startCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query JobLog($runId: ID!, $jobId: String!, $before: String) {\n    workflowRunLog(runId: $runId, jobId: $jobId, last: 100, before: $before) {\n      edges {\n        node {\n          ...LogLine\n        }\n      }\n      pageInfo {\n        hasPreviousPage\n        startCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription JobLogAdded($runId: ID!, $jobId: String!, $afterLine: Int!) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) {\n      ...LogLine\n    }\n  }\n"): (typeof documents)["\n  subscription JobLogAdded($runId: ID!, $jobId: String!, $afterLine: Int!) {\n    workflowRunLogAdded(runId: $runId, jobId: $jobId, afterLine: $afterLine) {\n      ...LogLine\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunGraph on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    isOpen\n    cancelRequestedAt\n    jobs {\n      id\n      type\n      dependencies\n      status\n      waitingFor\n      request {\n        id\n        title\n        status\n        isOpen\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment RunGraph on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    isOpen\n    cancelRequestedAt\n    jobs {\n      id\n      type\n      dependencies\n      status\n      waitingFor\n      request {\n        id\n        title\n        status\n        isOpen\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunPage on WorkflowRun {\n    ...RunGraph\n    createdAt\n    updatedAt\n    endedAt\n    cancelReason\n    cancelledBy\n    timeoutAt\n    reason\n    schedule\n    detailIsVisible\n    canCancel\n    canStartAgain\n    canChange\n    canRetry\n    retries {\n      generation\n      jobId\n      retriedAt\n      retriedBy\n      jobError\n    }\n    startedFromCheckpoint {\n      id\n      name\n      createdAt\n    }\n    parent {\n      id\n      workflowId\n      executionId\n    }\n    parentJobId\n    jobs {\n      checkpoint {\n        id\n        name\n      }\n      startedRuns {\n        id\n        workflowId\n        status\n        cancelRequestedAt\n      }\n      attempts\n      startedAt\n      endedAt\n      waitingReason\n      dueAt\n      timeoutAt\n      logLineCount\n      error\n      reason\n    }\n    waitingFor {\n      ...DecidedRequest\n      jobId\n      allowedApprovers\n      notifyUsers\n      notifyRoles\n      escalateToUsers\n      escalationLevel\n    }\n  }\n"): (typeof documents)["\n  fragment RunPage on WorkflowRun {\n    ...RunGraph\n    createdAt\n    updatedAt\n    endedAt\n    cancelReason\n    cancelledBy\n    timeoutAt\n    reason\n    schedule\n    detailIsVisible\n    canCancel\n    canStartAgain\n    canChange\n    canRetry\n    retries {\n      generation\n      jobId\n      retriedAt\n      retriedBy\n      jobError\n    }\n    startedFromCheckpoint {\n      id\n      name\n      createdAt\n    }\n    parent {\n      id\n      workflowId\n      executionId\n    }\n    parentJobId\n    jobs {\n      checkpoint {\n        id\n        name\n      }\n      startedRuns {\n        id\n        workflowId\n        status\n        cancelRequestedAt\n      }\n      attempts\n      startedAt\n      endedAt\n      waitingReason\n      dueAt\n      timeoutAt\n      logLineCount\n      error\n      reason\n    }\n    waitingFor {\n      ...DecidedRequest\n      jobId\n      allowedApprovers\n      notifyUsers\n      notifyRoles\n      escalateToUsers\n      escalationLevel\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunPage($id: ID!) {\n    workflowRun(id: $id) {\n      ...RunPage\n    }\n  }\n"): (typeof documents)["\n  query RunPage($id: ID!) {\n    workflowRun(id: $id) {\n      ...RunPage\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunDocument($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      definition\n    }\n  }\n"): (typeof documents)["\n  query RunDocument($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      definition\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunOutputs($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        output\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunOutputs($id: ID!) {\n    workflowRun(id: $id) {\n      id\n      jobs {\n        id\n        output\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunPage\n    }\n  }\n"): (typeof documents)["\n  subscription RunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunPage\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RequestRun($id: ID!) {\n    approvalRequest(id: $id) {\n      id\n      run {\n        ...RunGraph\n      }\n    }\n  }\n"): (typeof documents)["\n  query RequestRun($id: ID!) {\n    approvalRequest(id: $id) {\n      id\n      run {\n        ...RunGraph\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RequestRunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunGraph\n    }\n  }\n"): (typeof documents)["\n  subscription RequestRunChanged($id: ID!) {\n    workflowRunUpdated(id: $id) {\n      ...RunGraph\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunRow on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    cancelRequestedAt\n    createdAt\n    endedAt\n    jobs {\n      id\n      status\n      dependencies\n      waitingFor\n    }\n    waitingFor {\n      id\n      jobId\n    }\n  }\n"): (typeof documents)["\n  fragment RunRow on WorkflowRun {\n    id\n    version\n    workflowId\n    executionId\n    status\n    cancelRequestedAt\n    createdAt\n    endedAt\n    jobs {\n      id\n      status\n      dependencies\n      waitingFor\n    }\n    waitingFor {\n      id\n      jobId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunList($first: Int!, $after: String, $filter: WorkflowRunFilter) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...RunRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunList($first: Int!, $after: String, $filter: WorkflowRunFilter) {\n    workflowRuns(first: $first, after: $after, filter: $filter) {\n      edges {\n        node {\n          ...RunRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunListEvents {\n    approvalEvents {\n      id\n      action\n    }\n  }\n"): (typeof documents)["\n  subscription RunListEvents {\n    approvalEvents {\n      id\n      action\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelRunInInbox($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation CancelRunInInbox($input: CancelWorkflowRunInput!) {\n    cancelWorkflowRun(input: $input) {\n      __typename\n      ... on CancelWorkflowRunPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryJobInInbox($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation RetryJobInInbox($input: RetryWorkflowJobInput!) {\n    retryWorkflowJob(input: $input) {\n      __typename\n      ... on RetryWorkflowJobPayload {\n        run {\n          ...RunPage\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RestartRunInInbox($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n    }\n  }\n"): (typeof documents)["\n  mutation RestartRunInInbox($input: StartRunFromCheckpointInput!) {\n    startRunFromCheckpoint(input: $input) {\n      __typename\n      ... on StartRunFromCheckpointPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunsThere {\n    workflowRuns(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n    workflows(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunsThere {\n    workflowRuns(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n    workflows(first: 1) {\n      pageInfo {\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Startable on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    canStart\n  }\n"): (typeof documents)["\n  fragment Startable on RegisteredWorkflow {\n    name\n    version\n    inputSchema\n    canStart\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query StartableWorkflows($after: String) {\n    workflows(first: 100, after: $after) {\n      edges {\n        node {\n          name\n          version\n          canStart\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query StartableWorkflows($after: String) {\n    workflows(first: 100, after: $after) {\n      edges {\n        node {\n          name\n          version\n          canStart\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WorkflowToStart($name: String!) {\n    workflow(name: $name) {\n      ...Startable\n    }\n  }\n"): (typeof documents)["\n  query WorkflowToStart($name: String!) {\n    workflow(name: $name) {\n      ...Startable\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartWorkflow($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation StartWorkflow($input: StartWorkflowInput!) {\n    startWorkflow(input: $input) {\n      __typename\n      ... on StartWorkflowPayload {\n        created\n        run {\n          id\n        }\n      }\n      ...Refusal\n      ... on ValidationError {\n        issues {\n          path\n          message\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CanStartRuns {\n    workflows(first: 1) {\n      edges {\n        node {\n          name\n          canStart\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query CanStartRuns {\n    workflows(first: 1) {\n      edges {\n        node {\n          name\n          canStart\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Figures on ApprovalStatistics {\n    total\n    pending\n    escalated\n    approved\n    rejected\n    timedOut\n    cancelled\n    autoApproved\n    medianDecisionTimeMs\n    p95DecisionTimeMs\n  }\n"): (typeof documents)["\n  fragment Figures on ApprovalStatistics {\n    total\n    pending\n    escalated\n    approved\n    rejected\n    timedOut\n    cancelled\n    autoApproved\n    medianDecisionTimeMs\n    p95DecisionTimeMs\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query StatisticsPage($from: DateTime, $to: DateTime, $interval: StatisticsInterval!, $timeZone: String!) {\n    approvalStatistics(from: $from, to: $to) {\n      ...Figures\n    }\n    approvalStatisticsOverTime(from: $from, to: $to, interval: $interval, timeZone: $timeZone) {\n      start\n      end\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByWorkflow(from: $from, to: $to, first: 20) {\n      workflowId\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByApprover(from: $from, to: $to, first: 20) {\n      approver\n      total\n      approved\n      rejected\n      medianDecisionTimeMs\n      p95DecisionTimeMs\n    }\n  }\n"): (typeof documents)["\n  query StatisticsPage($from: DateTime, $to: DateTime, $interval: StatisticsInterval!, $timeZone: String!) {\n    approvalStatistics(from: $from, to: $to) {\n      ...Figures\n    }\n    approvalStatisticsOverTime(from: $from, to: $to, interval: $interval, timeZone: $timeZone) {\n      start\n      end\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByWorkflow(from: $from, to: $to, first: 20) {\n      workflowId\n      statistics {\n        ...Figures\n      }\n    }\n    approvalStatisticsByApprover(from: $from, to: $to, first: 20) {\n      approver\n      total\n      approved\n      rejected\n      medianDecisionTimeMs\n      p95DecisionTimeMs\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query LongestWaiting {\n    approvalRequests(\n      first: 10\n      filter: { statuses: [PENDING, ESCALATED] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          id\n          title\n          workflowId\n          requestedBy\n          status\n          isOpen\n          createdAt\n          expiresAt\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query LongestWaiting {\n    approvalRequests(\n      first: 10\n      filter: { statuses: [PENDING, ESCALATED] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          id\n          title\n          workflowId\n          requestedBy\n          status\n          isOpen\n          createdAt\n          expiresAt\n        }\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;