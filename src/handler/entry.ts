/** What programs import as `countersign/handler`: the handler, the process's one of it, and the words it speaks. */

export {
  canUserApprove,
  getTimeUntilExpiry,
  isApprovalDecision,
  isApprovalRequest,
  isExpiredApproval,
  isExpiringApproval,
  isPendingApproval,
  isUrgentApproval,
} from "../approvals/helpers.ts";
export type { ApprovalManagerConfig } from "../approvals/instance.ts";
export type { ApprovalJobCondition, ApprovalJobConfig } from "../approvals/job-config.ts";
export type { ApprovalRequestFilters } from "../approvals/manager.ts";
export {
  ApprovalAction,
  type ApprovalAuditLog,
  type ApprovalComment,
  type ApprovalCondition,
  type ApprovalDecision,
  type ApprovalRequest,
  type ApprovalRequestInput,
  ApprovalStatus,
  ApprovalType,
  NotificationChannel,
  TimeoutAction,
} from "../approvals/model.ts";
export { type ApprovalNotification, NotificationStatus } from "../approvals/notification-model.ts";
export { UnauthenticatedError } from "../client/errors.ts";
export { ApprovalHandler, type ApprovalHandlerOptions } from "./approval-handler.ts";
export { type Checkpoint, type CheckpointStore, fileCheckpoints } from "./checkpoints.ts";
export { AmbiguousJobError, RefusedError } from "./errors.ts";
export { closeApprovalHandler, getApprovalHandler } from "./instance.ts";
export type { JobAnswer, JobContext, JobHandler, JobResult, JobStatus } from "./job.ts";
export { closeApprovalManager, getApprovalManager } from "./manager-modules.ts";
export type { ApprovalJobStatus, ApprovalResult } from "./outcome.ts";
