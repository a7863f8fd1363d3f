/** Enums from the tuples of the model, which the database's CHECK constraints are tested against as well. */

import type { RequestOrderField } from "../db/queries/request-lists.ts";
import { STATISTICS_INTERVALS } from "../db/queries/statistics-groups.ts";
import * as model from "../model/approvals.ts";
import { URGENT_MINUTES } from "../model/deadline.ts";
import type { ErrorCode } from "../model/errors.ts";
import { NOTIFICATION_KINDS, NOTIFICATION_STATUSES } from "../model/notifications.ts";
import { ATTEMPT_OUTCOMES, JOB_STATUSES, JOB_WAITS, LOG_LEVELS, type LogLevel, RUN_STATUSES } from "../model/runs.ts";
import { builder } from "./builder.ts";

function enumOf<T extends string>(
  name: string,
  description: string,
  values: readonly T[],
  meaning: Readonly<Record<T, string>>,
) {
  const described = values.map((value) => [value, { value, description: meaning[value] }]);
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(described) as { [K in T]: { value: K; description: string } },
  });
}
const keys = <T extends string>(meaning: Readonly<Record<T, string>>) => Object.keys(meaning) as T[];

export const ApprovalStatus = enumOf("ApprovalStatus", "The status of a request.", model.APPROVAL_STATUSES, {
  PENDING: "Open: waits for decisions.",
  APPROVED: "Final: approved by its approvers, its conditions or its timeout.",
  REJECTED: "Final: an approver rejected it.",
  TIMEOUT: "Final: expired without an outcome.",
  ESCALATED: "Open: waits for decisions. The escalation users may also decide.",
  CANCELLED: "Final: cancelled.",
});

export const TimeoutAction = enumOf("TimeoutAction", "What happens when a request expires.", model.TIMEOUT_ACTIONS, {
  APPROVE: "It becomes APPROVED.",
  REJECT: "It becomes TIMEOUT.",
  ESCALATE: "It becomes ESCALATED and its time starts again once. After that it becomes TIMEOUT.",
});

export const NotificationChannel = enumOf(
  "NotificationChannel",
  "A channel on which people are notified.",
  model.NOTIFICATION_CHANNELS,
  {
    SLACK: "A Slack message.",
    EMAIL: "Email.",
    WEBHOOK: "A signed HTTP request.",
    IN_APP: "The web inbox.",
  },
);

export const NotificationKind = enumOf("NotificationKind", "The kind of a notification.", NOTIFICATION_KINDS, {
  REQUESTED: "A request was created.",
  ESCALATED: "A request was escalated.",
  REMINDER: "A request still waits for decisions.",
  URGENT: `A request still waits for decisions and expires within ${URGENT_MINUTES} minutes.`,
  DECIDED: "A request was approved or rejected.",
  TIMED_OUT: "A request expired.",
  CANCELLED: "A request was cancelled.",
  COMMENTED: "A person commented on a request.",
  ENDPOINT_DISABLED: "A webhook endpoint was disabled after it had failed for three days.",
});

export const NotificationStatus = enumOf(
  "NotificationStatus",
  "The delivery status of a notification.",
  NOTIFICATION_STATUSES,
  {
    PENDING: "Waiting to be sent.",
    SENT: "Sent, or visible in the app.",
    FAILED: "The last attempt failed; `nextAttemptAt` has the time of the next one, if any.",
    READ: "Read in the app.",
  },
);

export const ApprovalAction = enumOf(
  "ApprovalAction",
  "The action that an entry of the audit log records.",
  model.APPROVAL_ACTIONS,
  {
    CREATED: "The request was created.",
    APPROVED: "A person or the automatic conditions approved the request.",
    REJECTED: "A person rejected the request.",
    TIMEOUT: "The request expired and its timeout action was applied.",
    ESCALATED: "The request was escalated to its escalation users.",
    CANCELLED: "The request was cancelled.",
    COMMENTED: "A person added a comment.",
    NOTIFIED: "A person was notified.",
    EXTENDED: "The expiry of the request was extended.",
    CONDITIONS_UPDATED: "The automatic conditions were replaced.",
  },
);

export const ApprovalType = enumOf("ApprovalType", "How a request is decided.", model.APPROVAL_TYPES, {
  MANUAL: "People decide; conditions are ignored.",
  AUTO: "It is approved immediately.",
  CONDITIONAL: "It is approved immediately if all conditions hold; otherwise people decide.",
});

export const Decision = enumOf("Decision", "The decision of an approver.", model.DECISIONS, {
  APPROVE: "Approval.",
  REJECT: "Rejection. One rejection is enough to reject the request.",
});

export const DecisionSource = enumOf("DecisionSource", "What made a request final.", model.DECISION_SOURCES, {
  APPROVER: "Its approvers.",
  AUTO: "Its type or its conditions.",
  TIMEOUT: "Its expiry.",
  CANCELLATION: "The user who cancelled it.",
});

export const ConditionOperator = enumOf(
  "ConditionOperator",
  "The operator of a condition. If the field is missing or its type does not fit, every operator is false.",
  model.CONDITION_OPERATORS,
  {
    EQ: "Equal; objects and lists are compared deeply.",
    NE: "Of the same type and not equal.",
    GT: "Greater than; two numbers or two strings.",
    GTE: "Greater than or equal to.",
    LT: "Less than; two numbers or two strings.",
    LTE: "Less than or equal to.",
    CONTAINS: "The string contains this text, or the list contains this value.",
    STARTS_WITH: "The string starts with this text.",
    ENDS_WITH: "The string ends with this text.",
    IN: "One of the listed values.",
    NOT_IN: "None of the listed values.",
  },
);

export const WorkflowRunStatus = enumOf("WorkflowRunStatus", "The status of a run.", RUN_STATUSES, {
  RUNNING: "Open: jobs run, or wait for a decision.",
  SUCCEEDED: "Final: succeeded.",
  FAILED: "Final: a job failed.",
  CANCELLED: "Final: cancelled.",
});

export const WorkflowRunJobStatus = enumOf("WorkflowRunJobStatus", "The status of a job of a run.", JOB_STATUSES, {
  PENDING: "Waits for the jobs before it.",
  RUNNING: "Runs, or waits for the decision on its request.",
  SUCCEEDED: "Final: succeeded.",
  FAILED: "Final: failed, or its request was not approved.",
  SKIPPED: "Final: did not run, because of the outcomes of the jobs before it or because of its conditions.",
  CANCELLED: "Final: its run was cancelled or timed out before the job ended.",
});

export const WorkflowRunJobWait = enumOf(
  "WorkflowRunJobWait",
  "What an open job waits for, other than jobs before it and people.",
  JOB_WAITS,
  {
    HANDLER: "A process that has a handler of its type.",
    RETRY: "The time of its next attempt, `dueAt`.",
    TOKEN: "A token that the server accepts, or a server that responds.",
    SLOT: "A slot of a concurrency limit.",
    CANCELLATION: "The cancellation of its request, because the job must end.",
  },
);

export const WorkflowRunAttemptOutcome = enumOf(
  "WorkflowRunAttemptOutcome",
  "How one call of a job's handler ended.",
  ATTEMPT_OUTCOMES,
  {
    SUCCEEDED: "The handler succeeded.",
    FAILED: "The handler failed.",
    LOST: "Its process died, or another process took over the run.",
    HANDED_OVER: "Its process handed the run over to another process.",
    CANCELLED: "The run was cancelled or timed out.",
    TIMED_OUT: "The job timed out.",
  },
);

const LEVELS: Record<LogLevel, string> = {
  debug: "Details for debugging.",
  info: "Information about progress.",
  warn: "A possible problem.",
  error: "An error.",
};
export const WorkflowRunLogLevel = builder.enumType("WorkflowRunLogLevel", {
  description: "The level of a log line.",
  values: Object.fromEntries(
    LOG_LEVELS.map((value) => [value.toUpperCase(), { value, description: LEVELS[value] }]),
  ) as Record<Uppercase<LogLevel>, { value: LogLevel; description: string }>,
});

const ORDER_FIELDS: Record<RequestOrderField, string> = {
  CREATED_AT: "When the request was created.",
  EXPIRES_AT: "When the request expires.",
  UPDATED_AT: "When it last changed.",
};
export const ApprovalRequestOrderField = enumOf(
  "ApprovalRequestOrderField",
  "The field that orders a list of requests.",
  keys(ORDER_FIELDS),
  ORDER_FIELDS,
);

export const OrderDirection = enumOf("OrderDirection", "The direction of an order.", ["ASC", "DESC"], {
  ASC: "Earliest first.",
  DESC: "Latest first.",
});

export const InboxChange = enumOf("InboxChange", "The kind of change of an inbox.", ["ADDED", "UPDATED", "REMOVED"], {
  ADDED: "The request was added.",
  UPDATED: "The request changed.",
  REMOVED: "The request was removed.",
});

const ERROR_CODES: Record<ErrorCode, string> = {
  NOT_FOUND: "The object does not exist, or the viewer may not see it.",
  FORBIDDEN: "The viewer may not do this.",
  EXPIRED: "The request has expired.",
  ALREADY_DECIDED: "The request is final, or the viewer has already made the other decision.",
  STALE_CONTEXT: "Content has changed since it was read.",
  VALIDATION: "The input is not valid.",
  CONFLICT:
    "The execution has a request or a run with other content, or the state of the run does not allow the command.",
};
export const ErrorCodeEnum = enumOf("ErrorCode", "The code of an error.", keys(ERROR_CODES), ERROR_CODES);

export const StatisticsInterval = enumOf(
  "StatisticsInterval",
  "The length of the intervals of a series.",
  STATISTICS_INTERVALS,
  { DAY: "A day, from midnight.", WEEK: "A week, from Monday.", MONTH: "A month, from the first." },
);
