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
export { UnauthenticatedError } from "../client/errors.ts";
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
export { type ApprovalNotification, NotificationStatus } from "../model/notifications.ts";
export { ApprovalHandler, type ApprovalHandlerOptions } from "./approval-handler.ts";
export {
  ApprovalManager,
  type ApprovalRequestFilters,
  type ApprovalStats,
  type CreatedRequest,
  type PendingApprovalFilters,
} from "./approval-manager.ts";
export { type Checkpoint, type CheckpointStore, fileCheckpoints } from "./checkpoints.ts";
export { AmbiguousJobError, RefusedError } from "./errors.ts";
export { closeApprovalHandler, getApprovalHandler } from "./instance.ts";
export type { JobAnswer, JobContext, JobHandler, JobLog, JobResult, JobStatus, WorkflowFacts } from "./job.ts";
export { canUserApprove, closeApprovalManager, getApprovalManager } from "./manager-instance.ts";
export type {
  ApprovalManagerConfig,
  NotificationService,
  OutgoingMessage,
  OutsideChannel,
  SentMessage,
} from "./open-manager.ts";
export type { ApprovalJobStatus, ApprovalResult } from "./outcome.ts";
