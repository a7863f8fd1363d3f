/**
 * The types of the domain. The TypeScript unions, the GraphQL enums and a test against the CHECK constraints come from the
 * tuples. With the objects of the same names, programs can write `TimeoutAction.REJECT`.
 */

export const APPROVAL_STATUSES = ["PENDING", "APPROVED", "REJECTED", "TIMEOUT", "ESCALATED", "CANCELLED"] as const;
/** The status of a request. PENDING and ESCALATED are open; the others are final. */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export const TIMEOUT_ACTIONS = ["APPROVE", "REJECT", "ESCALATE"] as const;
/** The action at `expiresAt`. */
export type TimeoutAction = (typeof TIMEOUT_ACTIONS)[number];

export const NOTIFICATION_CHANNELS = ["SLACK", "EMAIL", "WEBHOOK", "IN_APP"] as const;
/** How people are notified. */
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number];

export const APPROVAL_ACTIONS = [
  "CREATED",
  "APPROVED",
  "REJECTED",
  "TIMEOUT",
  "ESCALATED",
  "CANCELLED",
  "COMMENTED",
  "NOTIFIED",
  "EXTENDED",
  "CONDITIONS_UPDATED",
] as const;
/** The action of an audit row: what a command did. */
export type ApprovalAction = (typeof APPROVAL_ACTIONS)[number];

export const APPROVAL_TYPES = ["MANUAL", "AUTO", "CONDITIONAL"] as const;
/** MANUAL ignores conditions, AUTO approves at once, CONDITIONAL approves if all conditions are true. */
export type ApprovalType = (typeof APPROVAL_TYPES)[number];

export const DECISIONS = ["APPROVE", "REJECT"] as const;
export type Decision = (typeof DECISIONS)[number];

export const DECISION_SOURCES = ["APPROVER", "AUTO", "TIMEOUT", "CANCELLATION"] as const;
/** What made the request final. */
export type DecisionSource = (typeof DECISION_SOURCES)[number];

export const CONDITION_OPERATORS = [
  "EQ",
  "NE",
  "GT",
  "GTE",
  "LT",
  "LTE",
  "CONTAINS",
  "STARTS_WITH",
  "ENDS_WITH",
  "IN",
  "NOT_IN",
] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

type Names<T extends string> = { readonly [K in T]: K };
/** An object that has each name as its own value. */
export const names = <T extends string>(values: readonly T[]) =>
  Object.freeze(Object.fromEntries(values.map((value) => [value, value]))) as Names<T>;

export const ApprovalStatus = names(APPROVAL_STATUSES);
export const TimeoutAction = names(TIMEOUT_ACTIONS);
export const NotificationChannel = names(NOTIFICATION_CHANNELS);
export const ApprovalAction = names(APPROVAL_ACTIONS);
export const ApprovalType = names(APPROVAL_TYPES);

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * An automatic condition. All conditions of a request must be true. `field` is a dot path into the condition's scope.
 */
export interface ApprovalCondition {
  field: string;
  operator: ConditionOperator;
  value: Json;
}

/** The values that conditions can use. */
export interface ConditionScope {
  context: JsonObject;
  metadata: JsonObject;
  config: JsonObject;
  results: JsonObject;
}

/** An approval request: a row of `approval_requests`. Durations are in milliseconds. */
export interface ApprovalRequest extends ConditionScope {
  id: string;
  version: number;
  workflowId: string;
  jobId: string;
  executionId: string;
  approvalType: ApprovalType;
  title: string;
  description: string | null;
  status: ApprovalStatus;
  requestedBy: string;
  createdBy: string;
  allowSelfApproval: boolean;
  decidedBy: string | null;
  decision: Decision | null;
  decisionSource: DecisionSource | null;
  comment: string | null;
  decidedAt: Date | null;
  timeoutMs: number;
  expiresAt: Date;
  timeoutAction: TimeoutAction;
  notifyUsers: string[];
  notifyChannels: NotificationChannel[];
  notifyRoles: string[];
  requireMinApprovers: number;
  allowedApprovers: string[];
  approvers: string[];
  /** Everyone who has voted, in order, including people whose votes do not count. */
  voters: string[];
  requireAllApprovers: boolean;
  approvalsRequired: number;
  autoApproveConditions: ApprovalCondition[];
  escalateToUsers: string[];
  escalationLevel: number;
  callbackUrl: string | null;
  remindBeforeMs: number | null;
  /** When people who have not decided are reminded next; null for no more reminders. */
  remindAt: Date | null;
  inputDigest: string | null;
  /** The digest of the content at creation; null for a request of an earlier version. */
  contextDigest: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** The content that an approver judges, in addition to the title. It may be megabytes long. */
export type RequestContent = Pick<ApprovalRequest, "description" | "context" | "metadata">;

type Long = keyof RequestContent | "config" | "results" | "autoApproveConditions";

/**
 * A request without the fields that may be long, for lists and subscriptions. These fields are read on demand, and their
 * sizes are known before.
 */
export interface RequestHead extends Omit<ApprovalRequest, Long> {
  /** Bytes of the content as JSON. */
  contentBytes: number;
  /** The content if it is short; otherwise null. */
  content: RequestContent | null;
  /** Bytes of the conditions as JSON. */
  conditionsBytes: number;
  /** The conditions if they are short; otherwise null. */
  conditions: ApprovalCondition[] | null;
  /** `metadata.risk` as JSON, truncated if it is long; null if there is none. */
  risk: string | null;
  /** Set in a page of a list if the content up to this entry is too long for one answer. */
  contentOmitted?: boolean;
}

/** A request that is returned to a caller: from a list, or from a command. */
export type RequestOrHead = ApprovalRequest | RequestHead;

/** The input to create a request. A field that is null or undefined counts as omitted. */
export interface ApprovalRequestInput {
  workflowId: string;
  jobId: string;
  executionId: string;
  title: string;
  approvalType?: ApprovalType | null;
  description?: string | null;
  context?: JsonObject | null;
  metadata?: JsonObject | null;
  config?: JsonObject | null;
  results?: JsonObject | null;
  requestedBy?: string | null;
  timeoutMs?: number | null;
  timeoutAction?: TimeoutAction | null;
  notifyUsers?: readonly string[] | null;
  notifyChannels?: readonly NotificationChannel[] | null;
  notifyRoles?: readonly string[] | null;
  requireMinApprovers?: number | null;
  allowedApprovers?: readonly string[] | null;
  requireAllApprovers?: boolean | null;
  autoApproveConditions?: readonly ApprovalCondition[] | null;
  escalateToUsers?: readonly string[] | null;
  allowSelfApproval?: boolean | null;
  callbackUrl?: string | null;
  remindBeforeMs?: number | null;
}

/** All fields of an input. The type makes the list complete. */
export const REQUEST_INPUT_FIELDS: readonly string[] = Object.keys({
  workflowId: true,
  jobId: true,
  executionId: true,
  title: true,
  approvalType: true,
  description: true,
  context: true,
  metadata: true,
  config: true,
  results: true,
  requestedBy: true,
  timeoutMs: true,
  timeoutAction: true,
  notifyUsers: true,
  notifyChannels: true,
  notifyRoles: true,
  requireMinApprovers: true,
  allowedApprovers: true,
  requireAllApprovers: true,
  autoApproveConditions: true,
  escalateToUsers: true,
  allowSelfApproval: true,
  callbackUrl: true,
  remindBeforeMs: true,
} satisfies Record<keyof ApprovalRequestInput, true>);

/** The decision of one approver: a row of `approval_decisions`. */
export interface ApproverDecision {
  approvalRequestId: string;
  approver: string;
  decision: Decision;
  comment: string | null;
  reason: string | null;
  decidedAt: Date;
  /** The bytes of comment and reason, if they are long and were not read. */
  longBytes?: number;
}

/** A comment on a request: a row of `approval_comments`. */
export interface ApprovalComment {
  id: string;
  approvalRequestId: string;
  author: string;
  body: string;
  createdAt: Date;
}

/** A comment without its text if that is long. */
export interface CommentHead extends Omit<ApprovalComment, "body"> {
  bodyBytes: number;
  body: string | null;
}
/** A comment that is returned to a caller: from a list, or from a command. */
export type CommentOrHead = ApprovalComment | CommentHead;

/** How much data of a request grows with each command. */
export interface Holdings {
  comments: number;
  /** Bytes of the comments' text. */
  commentBytes: number;
  /** Bytes of the comments and reasons of its decisions. */
  decisionBytes: number;
}

/** For a request that is new or has few comments. */
export const NOTHING_HELD: Holdings = Object.freeze({ comments: 0, commentBytes: 0, decisionBytes: 0 });

/** An event: a row of `approval_audit_log`. `position` orders the log. */
export interface ApprovalAuditLog {
  id: string;
  position: EventPosition;
  approvalRequestId: string;
  action: ApprovalAction;
  userId: string | null;
  userEmail: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  oldStatus: ApprovalStatus | null;
  newStatus: ApprovalStatus | null;
  comment: string | null;
  metadata: JsonObject;
  createdAt: Date;
  /** The bytes of comment and metadata, if they are long and were not read. */
  longBytes?: number;
}

/** A position in the log: the transaction (xid8) and the sequence number within it, both as decimal digits. */
export interface EventPosition {
  tx: string;
  seq: string;
}

/** A person in the directory: a row of `people`. */
export interface Person {
  id: string;
  email: string | null;
  roles: string[];
  locale: string | null;
  zone: string | null;
  seenAt: Date | null;
}

/** The authenticated user of an operation: id, roles and scopes from the token. */
export interface Viewer {
  userId: string;
  email: string | null;
  roles: readonly string[];
  scopes: readonly string[];
}

/** Scopes of a token: rights in addition to those from the policy of a request. */
export const SCOPES = {
  request: "approvals:request",
  read: "approvals:read",
  admin: "approvals:admin",
} as const;

export const isAdmin = (viewer: Viewer): boolean => viewer.scopes.includes(SCOPES.admin);
/** May create requests on behalf of others, and set options that weaken the gate. */
export const isOrchestrator = (viewer: Viewer): boolean => viewer.scopes.includes(SCOPES.request) || isAdmin(viewer);
/** May see everything, including audit details and statistics. */
export const seesEverything = (viewer: Viewer): boolean => viewer.scopes.includes(SCOPES.read) || isAdmin(viewer);

/** The user of an operation and where it came from, for the audit row. */
export interface Caller {
  viewer: Viewer;
  ipAddress: string | null;
  userAgent: string | null;
  /** The channel of the message that the person answered; omitted for the API itself. */
  via?: "EMAIL" | "SLACK";
}

/** The input of a decision. `contextDigest`, if given, must be the current one of the request. */
export interface ApprovalDecision {
  userId?: string;
  comment?: string | null;
  reason?: string | null;
  contextDigest?: string | null;
}

export const isOpen = (request: { status: ApprovalStatus }): boolean =>
  request.status === "PENDING" || request.status === "ESCALATED";
