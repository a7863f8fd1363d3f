/** The configuration of an approval job, as a workflow document or a program writes it. */

import type { ApprovalType, NotificationChannel, TimeoutAction } from "../model/approvals.ts";
import type { DemandedSource } from "./demanded-source.ts";
import type { AnyCase, WrittenCondition } from "./spellings.ts";

/** One automatic condition; the operator in either spelling, `<` or `LT`. */
export type ApprovalJobCondition = WrittenCondition;

/** Facts for programs and conditions. The inbox shows `risk`, and has people open a request before they approve it. */
export interface RequestMetadata {
  /** `low`, `medium` or `high`. Any other value counts as high. */
  risk?: "low" | "medium" | "high" | (string & {});
  [fact: string]: unknown;
}

/**
 * The configuration of an approval job. Names may be in lower case or as in GraphQL; durations are milliseconds. At
 * least one of `notifyUsers`, `notifyRoles` and `allowedApprovers` is required. A field that is null or undefined counts
 * as omitted. docs/requests.md describes each field with an example.
 *
 * @example
 * const config: ApprovalJobConfig = {
 *   title: "Deploy 1.4.0 to production?",
 *   allowedApprovers: ["bob@company.com", "carol@company.com"],
 *   requireMinApprovers: 2,
 *   timeoutMs: 2 * 3_600_000,
 * };
 */
export interface ApprovalJobConfig {
  /** What is to be approved, in one line of up to 300 characters. */
  title: string;
  /** Details for approvers, up to 100,000 characters. The inbox renders Markdown. */
  description?: string | null;
  /** What approvers need to know, as a JSON object of up to 1 MiB. It cannot change while the request is open. */
  context?: Record<string, unknown> | null;
  /** Facts for programs and conditions, as a JSON object of up to 1 MiB. */
  metadata?: RequestMetadata | null;

  /** Users who are notified, up to 1,000. They may decide if `allowedApprovers` is empty. */
  notifyUsers?: readonly string[] | null;
  /** Roles whose holders are notified, up to 1,000. They may decide if `allowedApprovers` is empty. */
  notifyRoles?: readonly string[] | null;
  /** How people are notified. Default: `["in_app"]`. */
  notifyChannels?: readonly AnyCase<NotificationChannel>[] | null;
  /** The users who may decide, up to 1,000. If the list is not empty, nobody else may. They are notified too. */
  allowedApprovers?: readonly string[] | null;
  /** How many people must approve, from 1 to 1,000. One rejection always rejects. Default: 1. */
  requireMinApprovers?: number | null;
  /** Whether every named person must approve. Not possible if roles decide. Default: false. */
  requireAllApprovers?: boolean | null;
  /**
   * Whether the requester and the creator may decide, if they are named. Requires a token with `approvals:request`.
   * Default: false.
   */
  allowSelfApproval?: boolean | null;
  /**
   * The user on whose behalf approval is requested. Another user than the token's requires `approvals:request`. Default:
   * the token's user.
   */
  requestedBy?: string | null;

  /** The time to decide, in ms, from 1 to ten years. Default: APPROVAL_DEFAULT_TIMEOUT of the server, an hour. */
  timeoutMs?: number | null;
  /**
   * The action on expiry: `reject` ends with TIMEOUT, `approve` approves (requires `approvals:request`), `escalate`
   * asks `escalateToUsers` for the same time again. Default: APPROVAL_DEFAULT_TIMEOUT_ACTION of the server, `reject`.
   */
  timeoutAction?: AnyCase<TimeoutAction> | null;
  /** Users who may also decide once the request is escalated, up to 1,000. Required for `timeoutAction: "escalate"`. */
  escalateToUsers?: readonly string[] | null;
  /** How long before expiry people are reminded, in ms; less than `timeoutMs`. Default: no such reminder. */
  remindBeforeMs?: number | null;

  /**
   * `manual`: people decide. `conditional`: approved at once if all conditions hold, otherwise people decide. `auto`:
   * approved at once. `auto`, and any condition, require `approvals:request`. Default: `manual`.
   */
  approvalType?: AnyCase<ApprovalType> | null;
  /** The conditions of `approvalType: "conditional"`, up to 50. */
  autoApproveConditions?: readonly ApprovalJobCondition[] | null;
  /**
   * `approver`: only an approval by people is a success, not one by conditions or by the timeout. Default: every
   * approval is.
   */
  decisionSource?: AnyCase<DemandedSource> | null;

  /**
   * The http(s) URL that receives the signed outcome, up to 2,000 characters. Its host must be in CALLBACK_HOSTS; if
   * that is not set, the token needs `approvals:request`.
   */
  callbackUrl?: string | null;
  /** Whether the handler stores a checkpoint before it creates the request. Default: false. */
  createCheckpoint?: boolean | null;
  /** The name of the checkpoint, up to 200 characters. Default: the ids of the workflow and the job. */
  checkpointName?: string | null;
}

/** All fields of a configuration. The type makes the list complete. */
export const JOB_CONFIG_FIELDS: readonly string[] = Object.keys({
  title: true,
  description: true,
  context: true,
  metadata: true,
  notifyUsers: true,
  notifyRoles: true,
  notifyChannels: true,
  allowedApprovers: true,
  requireMinApprovers: true,
  requireAllApprovers: true,
  allowSelfApproval: true,
  requestedBy: true,
  timeoutMs: true,
  timeoutAction: true,
  escalateToUsers: true,
  remindBeforeMs: true,
  approvalType: true,
  autoApproveConditions: true,
  decisionSource: true,
  callbackUrl: true,
  createCheckpoint: true,
  checkpointName: true,
} satisfies Record<keyof ApprovalJobConfig, true>);
