/**
 * The words of the domain as types. The tuples feed the TypeScript unions, the GraphQL enums and a test against the
 * CHECK constraints; the objects of the same names let programs write `TimeoutAction.REJECT`.
 */

export const APPROVAL_STATUSES = ["PENDING", "APPROVED", "REJECTED", "TIMEOUT", "ESCALATED", "CANCELLED"] as const;
/** Where a request stands; PENDING and ESCALATED are open, the others final for ever. */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export const TIMEOUT_ACTIONS = ["APPROVE", "REJECT", "ESCALATE"] as const;
/** What happens at `expiresAt`. */
export type TimeoutAction = (typeof TIMEOUT_ACTIONS)[number];

export const NOTIFICATION_CHANNELS = ["SLACK", "EMAIL", "WEBHOOK", "IN_APP"] as const;
/** Where people are told. */
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
/** What a command did; the action of an audit row. */
export type ApprovalAction = (typeof APPROVAL_ACTIONS)[number];

export const APPROVAL_TYPES = ["MANUAL", "AUTO", "CONDITIONAL"] as const;
/** MANUAL ignores conditions, AUTO approves at once, CONDITIONAL approves when every condition holds. */
export type ApprovalType = (typeof APPROVAL_TYPES)[number];

export const DECISIONS = ["APPROVE", "REJECT"] as const;
export type Decision = (typeof DECISIONS)[number];

export const DECISION_SOURCES = ["APPROVER", "AUTO", "TIMEOUT", "CANCELLATION"] as const;
/** What made a request final. */
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
/** An object of these names, each its own value. */
export const names = <T extends string>(values: readonly T[]) =>
  Object.freeze(Object.fromEntries(values.map((value) => [value, value]))) as Names<T>;

export const ApprovalStatus = names(APPROVAL_STATUSES);
export const TimeoutAction = names(TIMEOUT_ACTIONS);
export const NotificationChannel = names(NOTIFICATION_CHANNELS);
export const ApprovalAction = names(APPROVAL_ACTIONS);
export const ApprovalType = names(APPROVAL_TYPES);

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** One automatic condition; all of a request's must hold. `field` is a dot path into the condition's scope. */
export interface ApprovalCondition {
  field: string;
  operator: ConditionOperator;
  value: Json;
}

/** What conditions may look at. */
export interface ConditionScope {
  context: JsonObject;
  metadata: JsonObject;
  config: JsonObject;
  results: JsonObject;
}

/** An approval request as it stands: one row of `approval_requests`. Dates are instants, durations milliseconds. */
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
  /** Everyone who has voted, in order, those included whose votes do not count. */
  voters: string[];
  requireAllApprovers: boolean;
  approvalsRequired: number;
  autoApproveConditions: ApprovalCondition[];
  escalateToUsers: string[];
  escalationLevel: number;
  callbackUrl: string | null;
  remindBeforeMs: number | null;
  /** When those who have not decided are reminded next; null: not again. */
  remindAt: Date | null;
  inputDigest: string | null;
  /** The digest of the content as it was created; null for a request of an earlier version. */
  contextDigest: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** What an approver judges, beside the title; it may be megabytes long. */
export type RequestContent = Pick<ApprovalRequest, "description" | "context" | "metadata">;

type Long = keyof RequestContent | "config" | "results" | "autoApproveConditions";

/**
 * A request without what may be long, as lists and subscriptions read it: that is read when somebody asks for it, and
 * how long it is, is known before.
 */
export interface RequestHead extends Omit<ApprovalRequest, Long> {
  /** Bytes of the content as JSON. */
  contentBytes: number;
  /** The content where it is short, else null. */
  content: RequestContent | null;
  /** Bytes of the conditions as JSON. */
  conditionsBytes: number;
  /** The conditions where they are short, else null. */
  conditions: ApprovalCondition[] | null;
  /** `metadata.risk` as JSON, cut where it is long; null where there is none. */
  risk: string | null;
  /** Set in a page of a list whose content up to this entry is too long to be shown together. */
  contentOmitted?: boolean;
}

/** A request as it is shown: read for a list, or as a command left it. */
export type ShownRequest = ApprovalRequest | RequestHead;

/** What a caller gives to create a request; null and undefined both mean left out. */
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

/** One approver's decision: one row of `approval_decisions`. */
export interface ApproverDecision {
  approvalRequestId: string;
  approver: string;
  decision: Decision;
  comment: string | null;
  reason: string | null;
  decidedAt: Date;
  /** Where comment and reason are long and were not read: their bytes. */
  longBytes?: number;
}

/** One entry of the conversation: one row of `approval_comments`. */
export interface ApprovalComment {
  id: string;
  approvalRequestId: string;
  author: string;
  body: string;
  createdAt: Date;
}

/** A comment as it is read: without its text where that is long. */
export interface CommentHead extends Omit<ApprovalComment, "body"> {
  bodyBytes: number;
  body: string | null;
}
/** A comment as it is shown: read for a list, or as it was just made. */
export type ShownComment = ApprovalComment | CommentHead;

/** How much a request has of what grows with every command about it. */
export interface Holdings {
  comments: number;
  /** Bytes of the comments' text. */
  commentBytes: number;
  /** Bytes of the comments and reasons of its decisions. */
  decisionBytes: number;
}

/** Of a request that is new, or has hardly been talked about. */
export const NOTHING_HELD: Holdings = Object.freeze({ comments: 0, commentBytes: 0, decisionBytes: 0 });

/** One event: one row of `approval_audit_log`. `position` orders the log. */
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
  /** Where comment and metadata are long and were not read: their bytes. */
  longBytes?: number;
}

/** A place in the log: the writing transaction (xid8) and the sequence within it, both as decimal digits. */
export interface EventPosition {
  tx: string;
  seq: string;
}

/** Someone of the directory: one row of `people`. */
export interface Person {
  id: string;
  email: string | null;
  roles: string[];
  locale: string | null;
  zone: string | null;
  seenAt: Date | null;
}

/** The authenticated caller: the token's user, roles and scopes. */
export interface Viewer {
  userId: string;
  email: string | null;
  roles: readonly string[];
  scopes: readonly string[];
}

/** Rights beyond those that the policy of a request gives; a token's `scope` names them. */
export const SCOPES = {
  request: "approvals:request",
  read: "approvals:read",
  admin: "approvals:admin",
} as const;

export const isAdmin = (viewer: Viewer): boolean => viewer.scopes.includes(SCOPES.admin);
/** May create in another's name and set what weakens the gate. */
export const isOrchestrator = (viewer: Viewer): boolean => viewer.scopes.includes(SCOPES.request) || isAdmin(viewer);
/** Sees everything, audit detail and statistics included. */
export const seesEverything = (viewer: Viewer): boolean => viewer.scopes.includes(SCOPES.read) || isAdmin(viewer);

/** Who acts and from where; the audit row keeps it. */
export interface Caller {
  viewer: Viewer;
  ipAddress: string | null;
  userAgent: string | null;
  /** Where it was not the API itself: the message that the person answered. */
  via?: "EMAIL" | "SLACK";
}

/** What a decider sends. `contextDigest`, when given, must be the request's current one. */
export interface ApprovalDecision {
  userId?: string;
  comment?: string | null;
  reason?: string | null;
  contextDigest?: string | null;
}

export const isOpen = (request: { status: ApprovalStatus }): boolean =>
  request.status === "PENDING" || request.status === "ESCALATED";
