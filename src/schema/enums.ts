/** Enums from the tuples of the model, which the database's CHECK constraints are tested against as well. */

import * as model from "../approvals/model.ts";
import { NOTIFICATION_KINDS, NOTIFICATION_STATUSES } from "../approvals/notification-model.ts";
import {
  ATTEMPT_OUTCOMES,
  JOB_STATUSES,
  JOB_WAITS,
  LOG_LEVELS,
  type LogLevel,
  RUN_STATUSES,
} from "../approvals/workflow-run-model.ts";
import type { RequestOrderField } from "../db/queries/request-lists.ts";
import { STATISTICS_INTERVALS } from "../db/queries/statistics-groups.ts";
import type { ErrorCode } from "../errors.ts";
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

export const ApprovalStatus = enumOf("ApprovalStatus", "Where a request stands.", model.APPROVAL_STATUSES, {
  PENDING: "Open: it waits for decisions.",
  APPROVED: "Final: approved by its approvers, its conditions or its timeout.",
  REJECTED: "Final: one approver rejected it.",
  TIMEOUT: "Final: its time ended without an outcome.",
  ESCALATED: "Open: it waits for decisions, and the escalation users may decide as well.",
  CANCELLED: "Final: it was withdrawn.",
});

export const TimeoutAction = enumOf("TimeoutAction", "What happens when a request expires.", model.TIMEOUT_ACTIONS, {
  APPROVE: "It becomes APPROVED.",
  REJECT: "It becomes TIMEOUT.",
  ESCALATE: "It becomes ESCALATED and gets its time once more; after that it becomes TIMEOUT.",
});

export const NotificationChannel = enumOf(
  "NotificationChannel",
  "Where people are told.",
  model.NOTIFICATION_CHANNELS,
  {
    SLACK: "A Slack message.",
    EMAIL: "An e-mail.",
    WEBHOOK: "A signed HTTP request.",
    IN_APP: "The web inbox.",
  },
);

export const NotificationKind = enumOf("NotificationKind", "What a message is about.", NOTIFICATION_KINDS, {
  REQUESTED: "A request was made.",
  ESCALATED: "A request went to its escalation users.",
  REMINDER: "A request still waits for decisions.",
  URGENT: "A request still waits, and expires within a quarter of an hour.",
  DECIDED: "A request was approved or rejected.",
  TIMED_OUT: "A request expired.",
  CANCELLED: "A request was withdrawn.",
  COMMENTED: "Someone said something about a request.",
  ENDPOINT_DISABLED: "An address of webhooks failed for so long that nothing is sent to it any more.",
});

export const NotificationStatus = enumOf("NotificationStatus", "How far a message has come.", NOTIFICATION_STATUSES, {
  PENDING: "It is to be sent.",
  SENT: "It was sent, or is there in the app.",
  FAILED: "It could not be sent; `nextAttemptAt` tells whether it is tried again.",
  READ: "It was read in the app.",
});

export const ApprovalAction = enumOf("ApprovalAction", "What an event did.", model.APPROVAL_ACTIONS, {
  CREATED: "The request was made.",
  APPROVED: "Someone approved, or the conditions did.",
  REJECTED: "Someone rejected.",
  TIMEOUT: "The time ended and the timeout action was applied.",
  ESCALATED: "The request went to its escalation users.",
  CANCELLED: "The request was withdrawn.",
  COMMENTED: "Someone added a comment.",
  NOTIFIED: "Someone was told.",
  EXTENDED: "The request was given more time.",
  CONDITIONS_UPDATED: "The automatic conditions were replaced.",
});

export const ApprovalType = enumOf("ApprovalType", "How a request comes to its outcome.", model.APPROVAL_TYPES, {
  MANUAL: "People decide; conditions are ignored.",
  AUTO: "It is approved at once.",
  CONDITIONAL: "It is approved at once where all conditions hold; else people decide.",
});

export const Decision = enumOf("Decision", "What an approver can say.", model.DECISIONS, {
  APPROVE: "Yes.",
  REJECT: "No; one is enough to reject the request.",
});

export const DecisionSource = enumOf("DecisionSource", "What made a request final.", model.DECISION_SOURCES, {
  APPROVER: "Its approvers.",
  AUTO: "Its type or its conditions.",
  TIMEOUT: "The end of its time.",
  CANCELLATION: "Whoever withdrew it.",
});

export const ConditionOperator = enumOf(
  "ConditionOperator",
  "How a condition compares. A missing field or a type that does not fit makes every operator false.",
  model.CONDITION_OPERATORS,
  {
    EQ: "Deeply equal.",
    NE: "Of the same kind and not equal.",
    GT: "Greater: two numbers, or two strings.",
    GTE: "Greater or equal.",
    LT: "Less: two numbers, or two strings.",
    LTE: "Less or equal.",
    CONTAINS: "A string with this part, or a list with this entry.",
    STARTS_WITH: "A string with this beginning.",
    ENDS_WITH: "A string with this end.",
    IN: "One of the listed values.",
    NOT_IN: "None of the listed values.",
  },
);

export const WorkflowRunStatus = enumOf("WorkflowRunStatus", "Where a run stands.", RUN_STATUSES, {
  RUNNING: "Open: some of its jobs run, or wait for a decision.",
  SUCCEEDED: "Final: all of its jobs have succeeded.",
  FAILED: "Final: one of its jobs was no success.",
  CANCELLED: "Final: somebody ended it.",
});

export const WorkflowRunJobStatus = enumOf("WorkflowRunJobStatus", "Where a job of a run stands.", JOB_STATUSES, {
  PENDING: "It waits for the jobs before it.",
  RUNNING: "It runs, or waits for the decision on its request.",
  SUCCEEDED: "Final: it did what it was to do.",
  FAILED: "Final: it failed, or its request was not approved.",
  SKIPPED: "Final: it was not run, because of how the jobs before it ended, or because of its conditions.",
  CANCELLED: "Final: its run was ended before it was done.",
});

export const WorkflowRunJobWait = enumOf(
  "WorkflowRunJobWait",
  "What an open job waits for, other than the jobs before it and people.",
  JOB_WAITS,
  {
    HANDLER: "For a process that has a handler of its type.",
    RETRY: "For the time of its next attempt, `dueAt`.",
    TOKEN: "For a token that the server accepts, or for the server.",
    SLOT: "For a place among the jobs that may run at once.",
    CANCELLATION: "For its request to be cancelled, because the job is to end.",
  },
);

export const WorkflowRunAttemptOutcome = enumOf(
  "WorkflowRunAttemptOutcome",
  "How one call of a job's handler ended.",
  ATTEMPT_OUTCOMES,
  {
    SUCCEEDED: "The handler succeeded.",
    FAILED: "The handler failed.",
    LOST: "Its process died, or lost the run to another process.",
    HANDED_OVER: "Its process left the run to another process.",
    CANCELLED: "The run was cancelled or timed out.",
    TIMED_OUT: "The job timed out.",
  },
);

const LEVELS: Record<LogLevel, string> = {
  debug: "For whoever looks for a fault.",
  info: "What the job does.",
  warn: "What may need attention.",
  error: "What went wrong.",
};
export const WorkflowRunLogLevel = builder.enumType("WorkflowRunLogLevel", {
  description: "How much a line of a log matters.",
  values: Object.fromEntries(
    LOG_LEVELS.map((value) => [value.toUpperCase(), { value, description: LEVELS[value] }]),
  ) as Record<Uppercase<LogLevel>, { value: LogLevel; description: string }>,
});

const ORDER_FIELDS: Record<RequestOrderField, string> = {
  CREATED_AT: "When it was made.",
  EXPIRES_AT: "When it expires.",
  UPDATED_AT: "When it last changed.",
};
export const ApprovalRequestOrderField = enumOf(
  "ApprovalRequestOrderField",
  "What a list of requests is ordered by.",
  keys(ORDER_FIELDS),
  ORDER_FIELDS,
);

export const OrderDirection = enumOf("OrderDirection", "Which end of an order comes first.", ["ASC", "DESC"], {
  ASC: "The earliest first.",
  DESC: "The latest first.",
});

export const InboxChange = enumOf("InboxChange", "What happened to an inbox.", ["ADDED", "UPDATED", "REMOVED"], {
  ADDED: "The request came into it.",
  UPDATED: "The request changed in it.",
  REMOVED: "The request left it.",
});

const ERROR_CODES: Record<ErrorCode, string> = {
  NOT_FOUND: "There is no such request, or whatever else was named, or the viewer may not see it.",
  FORBIDDEN: "The viewer may not do this.",
  EXPIRED: "The request's time is over.",
  ALREADY_DECIDED: "The request is final, or the viewer decided otherwise before.",
  STALE_CONTEXT: "The content has changed since it was read.",
  VALIDATION: "The input is at fault.",
  CONFLICT:
    "The execution has a request or a run with other content, or the state of the run does not allow the command.",
};
export const ErrorCodeEnum = enumOf("ErrorCode", "Why a command failed.", keys(ERROR_CODES), ERROR_CODES);

export const StatisticsInterval = enumOf(
  "StatisticsInterval",
  "How long the intervals of a series are.",
  STATISTICS_INTERVALS,
  { DAY: "A day, from midnight.", WEEK: "A week, from Monday.", MONTH: "A month, from the first." },
);
