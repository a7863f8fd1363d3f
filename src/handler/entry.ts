/** The entry of the package `countersign/handler`: the handler, the manager, their shared instances and types. */

export type { ApprovalJobCondition, ApprovalJobConfig, RequestMetadata } from "../approvals/approval-job.ts";
export {
  getTimeUntilExpiry,
  isApprovalDecision,
  isApprovalRequest,
  isExpiredApproval,
  isExpiringApproval,
  isPendingApproval,
  isUrgentApproval,
} from "../approvals/helpers.ts";
export type {
  WrittenCondition as ApprovalCondition,
  WrittenRequestInput as ApprovalRequestInput,
} from "../approvals/spellings.ts";
export {
  ClientClosedError,
  ClientError,
  ConnectionFailedError,
  ConnectionLostError,
  RequestTimeoutError,
  ResponseFailedError,
  UnauthenticatedError,
} from "../client/errors.ts";
export {
  ApprovalAction,
  type ApprovalAuditLog,
  type ApprovalComment,
  type ApprovalDecision,
  type ApprovalRequest,
  ApprovalStatus,
  ApprovalType,
  type Caller,
  NotificationChannel,
  TimeoutAction,
  type Viewer,
} from "../model/approvals.ts";
export {
  AlreadyDecidedError,
  CommandError,
  ConflictError,
  ExpiredError,
  ForbiddenError,
  type Issue,
  NotFoundError,
  StaleContextError,
  UnavailableError,
  ValidationError,
} from "../model/errors.ts";
export { type ApprovalNotification, NotificationStatus, type OutsideChannel } from "../model/notifications.ts";
export type { NotificationService, OutgoingMessage, SentMessage } from "../notifications/service.ts";
export { ApprovalHandler, type ApprovalHandlerOptions, type ApprovalJobContext } from "./approval-handler.ts";
export {
  ApprovalManager,
  type ApprovalRequestFilters,
  type ApprovalStats,
  type CreatedRequest,
  type PendingApprovalFilters,
} from "./approval-manager.ts";
export { type Checkpoint, type CheckpointStore, fileCheckpoints } from "./checkpoints.ts";
export { AmbiguousJobError, ApprovalWaitTimeoutError, RefusedError, RequestDeletedError } from "./errors.ts";
export { closeApprovalHandler, getApprovalHandler, requestApproval } from "./instance.ts";
export type {
  JobAnswer,
  JobContext,
  JobFailure,
  JobHandler,
  JobLog,
  JobResult,
  JobStatus,
  JobSuccess,
  WorkflowFacts,
} from "./job.ts";
export { canUserApprove, closeApprovalManager, getApprovalManager } from "./manager-instance.ts";
export type { ApprovalManagerConfig } from "./open-manager.ts";
export type { ApprovalJobStatus, ApprovalResult } from "./outcome.ts";
export type {
  ApprovalOutcome,
  ApprovalPromise,
  RequestApprovalInput,
  RequestedApproval,
  WaitForApprovalOptions,
} from "./request-approval.ts";
