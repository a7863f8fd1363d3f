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

export type InboxRowFragment = { id: string, version: number, title: string, workflowId: string, requestedBy: string, expiresAt: string, createdAt: string, timeoutAction: TimeoutAction, status: ApprovalStatus, approvalsRequired: number, approvalsReceived: number, approvers: Array<string>, contextDigest: string, canApprove: boolean };

export type InboxPageQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type InboxPageQuery = { pendingApprovals: { totalCount: number, totalCountIsCapped: boolean, edges: Array<{ node: { id: string, version: number, title: string, workflowId: string, requestedBy: string, expiresAt: string, createdAt: string, timeoutAction: TimeoutAction, status: ApprovalStatus, approvalsRequired: number, approvalsReceived: number, approvers: Array<string>, contextDigest: string, canApprove: boolean } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export const PendingCountFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PendingCount"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Viewer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pendingCount"}}]}}]} as unknown as DocumentNode<PendingCountFragment, unknown>;
export const UnreadCountFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UnreadCount"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Viewer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unreadNotificationCount"}}]}}]} as unknown as DocumentNode<UnreadCountFragment, unknown>;
export const InboxRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}}]}}]} as unknown as DocumentNode<InboxRowFragment, unknown>;
export const ViewerCountsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ViewerCounts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userId"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"roles"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"pendingCount"}},{"kind":"Field","name":{"kind":"Name","value":"unreadNotificationCount"}}]}}]}}]} as unknown as DocumentNode<ViewerCountsQuery, ViewerCountsQueryVariables>;
export const PendingChangedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PendingChanged"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pendingApprovalsUpdated"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"change"}},{"kind":"Field","name":{"kind":"Name","value":"pendingCount"}},{"kind":"Field","name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxRow"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"decidedBy"}},{"kind":"Field","name":{"kind":"Name","value":"decisionSource"}},{"kind":"Field","name":{"kind":"Name","value":"comment"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}}]}}]} as unknown as DocumentNode<PendingChangedSubscription, PendingChangedSubscriptionVariables>;
export const NotificationCameDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"NotificationCame"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"notificationReceived"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"unreadCount"}},{"kind":"Field","name":{"kind":"Name","value":"notification"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"body"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"readAt"}},{"kind":"Field","name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}}]}}]}}]}}]}}]} as unknown as DocumentNode<NotificationCameSubscription, NotificationCameSubscriptionVariables>;
export const InboxPageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"InboxPage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pendingApprovals"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"totalCountIsCapped"}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"workflowId"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeoutAction"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsRequired"}},{"kind":"Field","name":{"kind":"Name","value":"approvalsReceived"}},{"kind":"Field","name":{"kind":"Name","value":"approvers"}},{"kind":"Field","name":{"kind":"Name","value":"contextDigest"}},{"kind":"Field","name":{"kind":"Name","value":"canApprove"}}]}}]} as unknown as DocumentNode<InboxPageQuery, InboxPageQueryVariables>;