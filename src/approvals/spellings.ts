/**
 * Converts the spellings that programs may use to the API's: lower-case names of types, actions, channels and statuses,
 * and operators as in code. All rules read the API's spelling.
 */

import type {
  ApprovalRequestInput,
  ApprovalStatus,
  ApprovalType,
  ConditionOperator,
  NotificationChannel,
  TimeoutAction,
} from "../model/approvals.ts";
import type { CODE_OPERATORS } from "./conditions.ts";

/** A name in the API's spelling, or in lower case. */
export type AnyCase<T extends string> = T | Lowercase<T>;

/** An automatic condition as a program writes it; the operator in either spelling, `<` or `LT`. */
export interface WrittenCondition {
  /** A dot path into `{ context, metadata, config, results }`. */
  field: string;
  operator: ConditionOperator | keyof typeof CODE_OPERATORS;
  /** A JSON value. */
  value: unknown;
}

type NormalizedField =
  | "approvalType"
  | "timeoutAction"
  | "notifyChannels"
  | "autoApproveConditions"
  | "context"
  | "metadata"
  | "config"
  | "results";

/** The input of a request as a program writes it. Values are checked when the request is created. */
export interface WrittenRequestInput extends Omit<ApprovalRequestInput, NormalizedField> {
  approvalType?: AnyCase<ApprovalType> | null;
  timeoutAction?: AnyCase<TimeoutAction> | null;
  notifyChannels?: readonly AnyCase<NotificationChannel>[] | null;
  autoApproveConditions?: readonly WrittenCondition[] | null;
  /** JSON objects. */
  context?: Record<string, unknown> | null;
  metadata?: Record<string, unknown> | null;
  config?: Record<string, unknown> | null;
  results?: Record<string, unknown> | null;
}

/** A name in the API's spelling. Any other value is returned unchanged, and a later check rejects it. */
export const upper = (value: unknown): unknown => (typeof value === "string" ? value.toUpperCase() : value);

const upperAll = (list: unknown): unknown => (Array.isArray(list) ? list.map(upper) : list);

/** The input in the API's spelling, except the operators of conditions, which the digest includes as written. */
export function normalizeSpelling(input: WrittenRequestInput): ApprovalRequestInput {
  const changed: Record<string, unknown> = { ...input };
  if (input.approvalType != null) changed.approvalType = upper(input.approvalType);
  if (input.timeoutAction != null) changed.timeoutAction = upper(input.timeoutAction);
  if (input.notifyChannels != null) changed.notifyChannels = upperAll(input.notifyChannels);
  return changed as unknown as ApprovalRequestInput;
}

/** Statuses in the API's spelling. */
export const statusesOf = (statuses: readonly AnyCase<ApprovalStatus>[]): ApprovalStatus[] =>
  upperAll(statuses) as ApprovalStatus[];
