/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Where a request stands. */
export type ApprovalStatus =
  /** Final: approved by its approvers, its conditions or its timeout. */
  | 'APPROVED'
  /** Final: it was withdrawn. */
  | 'CANCELLED'
  /** Open: it waits for decisions, and the escalation users may decide as well. */
  | 'ESCALATED'
  /** Open: it waits for decisions. */
  | 'PENDING'
  /** Final: one approver rejected it. */
  | 'REJECTED'
  /** Final: its time ended without an outcome. */
  | 'TIMEOUT';

/** The viewer's approval. */
export type ApproveRequestInput = {
  /** The approver's comment. */
  comment?: string | null | undefined;
  /** The digest of what the approver read; where it is not the current one nothing changes. */
  contextDigest?: string | null | undefined;
  /** The approver's reason. */
  reason?: string | null | undefined;
  /** The request. */
  requestId: string;
};

/** What an approver can say. */
export type Decision =
  /** Yes. */
  | 'APPROVE'
  /** No; one is enough to reject the request. */
  | 'REJECT';

/** What made a request final. */
export type DecisionSource =
  /** Its approvers. */
  | 'APPROVER'
  /** Its type or its conditions. */
  | 'AUTO'
  /** Whoever withdrew it. */
  | 'CANCELLATION'
  /** The end of its time. */
  | 'TIMEOUT';

/** Why a command failed. */
export type ErrorCode =
  /** The request is final, or the viewer decided otherwise before. */
  | 'ALREADY_DECIDED'
  /** The execution has a request with other content. */
  | 'CONFLICT'
  /** The request's time is over. */
  | 'EXPIRED'
  /** The viewer may not do this. */
  | 'FORBIDDEN'
  /** There is no such request, or whatever else was named, or the viewer may not see it. */
  | 'NOT_FOUND'
  /** The content has changed since it was read. */
  | 'STALE_CONTEXT'
  /** The input is at fault. */
  | 'VALIDATION';

/** What happened to an inbox. */
export type InboxChange =
  /** The request came into it. */
  | 'ADDED'
  /** The request left it. */
  | 'REMOVED'
  /** The request changed in it. */
  | 'UPDATED';

/** What a message is about. */
export type NotificationKind =
  /** A request was withdrawn. */
  | 'CANCELLED'
  /** Someone said something about a request. */
  | 'COMMENTED'
  /** A request was approved or rejected. */
  | 'DECIDED'
  /** An address of webhooks failed for so long that nothing is sent to it any more. */
  | 'ENDPOINT_DISABLED'
  /** A request went to its escalation users. */
  | 'ESCALATED'
  /** A request still waits for decisions. */
  | 'REMINDER'
  /** A request was made. */
  | 'REQUESTED'
  /** A request expired. */
  | 'TIMED_OUT'
  /** A request still waits, and expires within a quarter of an hour. */
  | 'URGENT';

/** The viewer's rejection. */
export type RejectRequestInput = {
  /** The approver's comment. */
  comment?: string | null | undefined;
  /** The digest of what the approver read; where it is not the current one nothing changes. */
  contextDigest?: string | null | undefined;
  /** The approver's reason. */
  reason?: string | null | undefined;
  /** The request. */
  requestId: string;
};

/** What happens when a request expires. */
export type TimeoutAction =
  /** It becomes APPROVED. */
  | 'APPROVE'
  /** It becomes ESCALATED and gets its time once more; after that it becomes TIMEOUT. */
  | 'ESCALATE'
  /** It becomes TIMEOUT. */
  | 'REJECT';

export type PendingCountFragment = { pendingCount: number };

export type UnreadCountFragment = { unreadNotificationCount: number };

export type ViewerCountsQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerCountsQuery = { viewer: { userId: string, email: string | null, roles: Array<string>, scopes: Array<string>, pendingCount: number, unreadNotificationCount: number } };

export type PendingChangedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type PendingChangedSubscription = { pendingApprovalsUpdated: { change: InboxChange, pendingCount: number, request: { status: ApprovalStatus, decidedBy: string | null, decisionSource: DecisionSource | null, comment: string | null, id: string, version: number, title: string, workflowId: string, requestedBy: string, expiresAt: string, createdAt: string, timeoutAction: TimeoutAction, approvalsRequired: number, approvalsReceived: number, approvers: Array<string>, contextDigest: string, canApprove: boolean } } };

export type NotificationCameSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type NotificationCameSubscription = { notificationReceived: { cursor: string, unreadCount: number, notification: { id: string, kind: NotificationKind, subject: string | null, body: string | null, createdAt: string, readAt: string | null, request: { id: string, title: string } | null } | null } };

export type DecisionSubjectFragment = { id: string, version: number, title: string, status: ApprovalStatus, workflowId: string, requestedBy: string, expiresAt: string, timeoutAction: TimeoutAction, approvalsRequired: number, approvers: Array<string>, contextDigest: string };

export type DecidedRequestFragment = { isOpen: boolean, canApprove: boolean, decidedBy: string | null, decidedAt: string | null, decision: Decision | null, decisionSource: DecisionSource | null, comment: string | null, approvalsReceived: number, id: string, version: number, title: string, status: ApprovalStatus, workflowId: string, requestedBy: string, expiresAt: string, timeoutAction: TimeoutAction, approvalsRequired: number, approvers: Array<string>, contextDigest: string, decisions: Array<{ approver: string, decision: Decision, comment: string | null, reason: string | null, decidedAt: string }> };

export type ApproveMutationVariables = Exact<{
  input: ApproveRequestInput;
}>;


export type ApproveMutation = { approveRequest:
    | { __typename: 'AlreadyDecidedError', message: string, code: ErrorCode, standing: { isOpen: boolean, canApprove: boolean, decidedBy: string | null, decidedAt: string | null, decision: Decision | null, decisionSource: DecisionSource | null, comment: string | null, approvalsReceived: number, id: string, version: number, title: string, status: ApprovalStatus, workflowId: string, requestedBy: string, expiresAt: string, timeoutAction: TimeoutAction, approvalsRequired: number, approvers: Array<string>, contextDigest: string, decisions: Array<{ approver: string, decision: Decision, comment: string | null, reason: string | null, decidedAt: string }> } | null }
    | { __typename: 'ApproveRequestPayload', request: { isOpen: boolean, canApprove: boolean, decidedBy: string | null, decidedAt: string | null, decision: Decision | null, decisionSource: DecisionSource | null, comment: string | null, approvalsReceived: number, id: string, version: number, title: string, status: ApprovalStatus, workflowId: string, requestedBy: string, expiresAt: string, timeoutAction: TimeoutAction, approvalsRequired: number, approvers: Array<string>, contextDigest: string, decisions: Array<{ approver: string, decision: Decision, comment: string | null, reason: string | null, decidedAt: string }> } }
    | { __typename: 'ExpiredError', message: string, code: ErrorCode }
    | { __typename: 'ForbiddenError', message: string, code: ErrorCode }
    | { __typename: 'NotFoundError', message: string, code: ErrorCode }
    | { __typename: 'StaleContextError', message: string, code: ErrorCode }
    | { __typename: 'ValidationError', message: string, code: ErrorCode }
   };

export type RejectMutationVariables = Exact<{
  input: RejectRequestInput;
}>;


export type RejectMutation = { rejectRequest:
    | { __typename: 'AlreadyDecidedError', message: string, code: ErrorCode, standing: { isOpen: boolean, canApprove: boolean, decidedBy: string | null, decidedAt: string | null, decision: Decision | null, decisionSource: DecisionSource | null, comment: string | null, approvalsReceived: number, id: string, version: number, title: string, status: ApprovalStatus, workflowId: string, requestedBy: string, expiresAt: string, timeoutAction: TimeoutAction, approvalsRequired: number, approvers: Array<string>, contextDigest: string, decisions: Array<{ approver: string, decision: Decision, comment: string | null, reason: string | null, decidedAt: string }> } | null }
    | { __typename: 'ExpiredError', message: string, code: ErrorCode }
    | { __typename: 'ForbiddenError', message: string, code: ErrorCode }
    | { __typename: 'NotFoundError', message: string, code: ErrorCode }
    | { __typename: 'RejectRequestPayload', request: { isOpen: boolean, canApprove: boolean, decidedBy: string | null, decidedAt: string | null, decision: Decision | null, decisionSource: DecisionSource | null, comment: string | null, approvalsReceived: number, id: string, version: number, title: string, status: ApprovalStatus, workflowId: string, requestedBy: string, expiresAt: string, timeoutAction: TimeoutAction, approvalsRequired: number, approvers: Array<string>, contextDigest: string, decisions: Array<{ approver: string, decision: Decision, comment: string | null, reason: string | null, decidedAt: string }> } }
    | { __typename: 'StaleContextError', message: string, code: ErrorCode }
    | { __typename: 'ValidationError', message: string, code: ErrorCode }
   };

export type InboxRowFragment = { id: string, version: number, title: string, workflowId: string, requestedBy: string, expiresAt: string, createdAt: string, timeoutAction: TimeoutAction, status: ApprovalStatus, approvalsRequired: number, approvalsReceived: number, approvers: Array<string>, contextDigest: string, canApprove: boolean };

export type InboxPageQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type InboxPageQuery = { pendingApprovals: { totalCount: number, totalCountIsCapped: boolean, edges: Array<{ node: { id: string, version: number, title: string, workflowId: string, requestedBy: string, expiresAt: string, createdAt: string, timeoutAction: TimeoutAction, status: ApprovalStatus, approvalsRequired: number, approvalsReceived: number, approvers: Array<string>, contextDigest: string, canApprove: boolean } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export const PendingCountFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PendingCount"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Viewer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pendingCount"}}]}}]} as unknown as DocumentNode<PendingCountFragment, unknown>;
export const UnreadCountFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UnreadCount"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Viewer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unreadNotificationCount"}}]}}]} as unknown as DocumentNode<UnreadCountFragment, unknown>;
export const DecisionSubjectFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecisionSubject"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}}]}}]} as unknown as DocumentNode<DecisionSubjectFragment, unknown>;
export const DecidedRequestFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecidedRequest"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionSubject"}},{"kind":"Field","name":{"kind":"Name","value":"isOpen"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}},{"kind":"Field","name":{"kind":"Name","value":"decidedBy"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"decision"}},{"kind":"Field","name":{"kind":"Name","value":"decisionSource"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"decisions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"approver"}},{"kind":"Field","name":{"kind":"Name","value":"decision"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecisionSubject"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}}]}}]} as unknown as DocumentNode<DecidedRequestFragment, unknown>;
export const InboxRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}}]}}]} as unknown as DocumentNode<InboxRowFragment, unknown>;
export const ViewerCountsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ViewerCounts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userId"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"roles"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"pendingCount"}},{"kind":"Field","name":{"kind":"Name","value":"unreadNotificationCount"}}]}}]}}]} as unknown as DocumentNode<ViewerCountsQuery, ViewerCountsQueryVariables>;
export const PendingChangedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PendingChanged"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pendingApprovalsUpdated"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"change"}},{"kind":"Field","name":{"kind":"Name","value":"pendingCount"}},{"kind":"Field","name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxRow"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"decidedBy"}},{"kind":"Field","name":{"kind":"Name","value":"decisionSource"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}}]}}]} as unknown as DocumentNode<PendingChangedSubscription, PendingChangedSubscriptionVariables>;
export const NotificationCameDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"NotificationCame"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"notificationReceived"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"unreadCount"}},{"kind":"Field","name":{"kind":"Name","value":"notification"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"body"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"readAt"}},{"kind":"Field","name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}}]}}]}}]}}]}}]} as unknown as DocumentNode<NotificationCameSubscription, NotificationCameSubscriptionVariables>;
export const ApproveDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Approve"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ApproveRequestInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"approveRequest"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApproveRequestPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecidedRequest"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"code"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AlreadyDecidedError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"standing"},"name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecidedRequest"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecisionSubject"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecidedRequest"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionSubject"}},{"kind":"Field","name":{"kind":"Name","value":"isOpen"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}},{"kind":"Field","name":{"kind":"Name","value":"decidedBy"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"decision"}},{"kind":"Field","name":{"kind":"Name","value":"decisionSource"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"decisions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"approver"}},{"kind":"Field","name":{"kind":"Name","value":"decision"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}}]}}]}}]} as unknown as DocumentNode<ApproveMutation, ApproveMutationVariables>;
export const RejectDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Reject"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RejectRequestInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rejectRequest"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RejectRequestPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecidedRequest"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"code"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AlreadyDecidedError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"standing"},"name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecidedRequest"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecisionSubject"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecidedRequest"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionSubject"}},{"kind":"Field","name":{"kind":"Name","value":"isOpen"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}},{"kind":"Field","name":{"kind":"Name","value":"decidedBy"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"decision"}},{"kind":"Field","name":{"kind":"Name","value":"decisionSource"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"decisions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"approver"}},{"kind":"Field","name":{"kind":"Name","value":"decision"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}}]}}]}}]} as unknown as DocumentNode<RejectMutation, RejectMutationVariables>;
export const InboxPageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"InboxPage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pendingApprovals"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"totalCountIsCapped"}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}}]}}]} as unknown as DocumentNode<InboxPageQuery, InboxPageQueryVariables>;