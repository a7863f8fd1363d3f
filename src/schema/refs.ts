/** Names of the object types, apart from their fields so that types may refer to each other in a circle. */

import type * as model from "../approvals/model.ts";
import type { ApprovalNotification } from "../approvals/notification-model.ts";
import type { SeenRun } from "../approvals/seen-run.ts";
import type { InboxUpdate } from "../approvals/updates/inbox-updates.ts";
import type { NotificationUpdate } from "../approvals/updates/notification-updates.ts";
import type { LogLine } from "../approvals/workflow-run-model.ts";
import type { CheckpointHead } from "../db/queries/run-lists.ts";
import type { StoredSchedule } from "../db/queries/schedules.ts";
import type { ApprovalStatistics, UserApprovalSummary } from "../db/queries/statistics.ts";
import type { Issue } from "../errors.ts";
import type { Preferences } from "../resolvers/preferences.ts";
import type { SeenAttempt } from "../resolvers/run-history.ts";
import type { SeenJob } from "../resolvers/runs.ts";
import type { SeenWorkflow } from "../resolvers/workflows.ts";
import { builder } from "./builder.ts";

export const ApprovalRequestRef = builder.objectRef<model.ShownRequest>("ApprovalRequest");
export const ApproverDecisionRef = builder.objectRef<model.ApproverDecision>("ApproverDecision");
export const ApprovalCommentRef = builder.objectRef<model.ShownComment>("ApprovalComment");
export const ApprovalConditionRef = builder.objectRef<model.ApprovalCondition>("ApprovalCondition");
export const AuditLogEntryRef = builder.objectRef<model.ApprovalAuditLog>("AuditLogEntry");
export const ApprovalEventRef = builder.objectRef<model.ApprovalAuditLog>("ApprovalEvent");
export const InboxUpdateRef = builder.objectRef<InboxUpdate>("PendingApprovalsUpdate");
export const ApprovalNotificationRef = builder.objectRef<ApprovalNotification>("ApprovalNotification");
export const NotificationUpdateRef = builder.objectRef<NotificationUpdate>("NotificationUpdate");
export const PreferencesRef = builder.objectRef<Preferences>("NotificationPreferences");
export const ViewerRef = builder.objectRef<model.Viewer>("Viewer");
export const StatisticsRef = builder.objectRef<ApprovalStatistics>("ApprovalStatistics");
export const UserSummaryRef = builder.objectRef<UserApprovalSummary>("UserApprovalSummary");
export const WorkflowRunRef = builder.objectRef<SeenRun>("WorkflowRun");
export const WorkflowRunJobRef = builder.objectRef<SeenJob>("WorkflowRunJob");
export const WorkflowRef = builder.objectRef<SeenWorkflow>("RegisteredWorkflow");
export const WorkflowScheduleRef = builder.objectRef<StoredSchedule>("WorkflowSchedule");
export const WorkflowRunJobAttemptRef = builder.objectRef<SeenAttempt>("WorkflowRunJobAttempt");
export const WorkflowRunLogLineRef = builder.objectRef<LogLine>("WorkflowRunLogLine");
export const ApprovalCheckpointRef = builder.objectRef<CheckpointHead>("ApprovalCheckpoint");
export const IssueRef = builder.objectRef<Issue>("Issue");
