/** Checks the input of a request. All faults are reported at once, each with its field. */

import { allowsHost } from "../config/callback-hosts.ts";
import {
  APPROVAL_TYPES,
  type ApprovalCondition,
  type ApprovalRequestInput,
  type Holdings,
  NOTIFICATION_CHANNELS,
  type NotificationChannel,
  REQUEST_INPUT_FIELDS,
  TIMEOUT_ACTIONS,
  type TimeoutAction,
} from "../model/approvals.ts";
import { MAX_DURATION_MS } from "../model/durations.ts";
import type { Issue } from "../model/errors.ts";
import { checkJsonObject, faultOfText, MAX_JSON_BYTES } from "../model/json.ts";
import { faultOfName } from "../model/name-fault.ts";
import { parseUrl } from "../model/parse-url.ts";
import { byName, type PersonOf } from "../model/same-person.ts";
import { unknownFieldIssues } from "../model/unknown-fields.ts";
import { isVisible } from "../model/visible-text.ts";
import { OPERATOR_SPELLINGS, pathFault } from "./conditions.ts";
import { escalationDeciders, namedDeciders, rolesDecide } from "./policy.ts";

export const MAX_TITLE = 300;
/** Most characters of a key, user or role: an index entry must hold three of them. */
export const MAX_NAME = 200;
/** Most characters of a description, comment or reason. */
export const MAX_TEXT = 100_000;
/** Most characters of an address, as given and as escaped. */
const MAX_URL = 2_000;
/** Most entries of a list of people or roles. */
export const MAX_LIST = 1_000;
/** Most automatic conditions of a request. */
export const MAX_CONDITIONS = 50;

const preview = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
const isGiven = <T>(value: T): value is NonNullable<T> => value !== null && value !== undefined;

/** Checks a text: type, characters, a visible one among them, length in code points; empty only if allowed. */
export function checkText(path: string, value: unknown, max: number, issues: Issue[], emptyAllowed = false): void {
  if (typeof value !== "string") {
    issues.push({ path, message: `must be a string, not ${preview(value)}` });
    return;
  }
  const fault = faultOfText(value);
  if (fault !== null) issues.push({ path, message: fault });
  else if (value === "" && emptyAllowed) return;
  else if (value.trim() === "") issues.push({ path, message: "must not be empty" });
  else if (!isVisible(value)) issues.push({ path, message: "must contain a visible character" });
  else if (value.length > max && charactersIn(value) > max) {
    issues.push({ path, message: `has ${charactersIn(value)} characters; at most ${max} are allowed` });
  }
}

/** Checks the id or the address of one person. */
function checkName(path: string, value: unknown, issues: Issue[]): void {
  const count = issues.length;
  checkText(path, value, MAX_NAME, issues);
  const fault = issues.length > count ? null : faultOfName(value as string);
  if (fault !== null) issues.push({ path, message: `${fault}, but is ${preview(value)}` });
}

/**
 * Counts the code points of a well-formed text in place, because a list of them uses thirty times the text's memory.
 */
function charactersIn(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00) count -= 1;
  }
  return count;
}

/** Checks a duration in milliseconds: a whole number from 1 to ten years. */
export function checkDuration(path: string, value: unknown, issues: Issue[]): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > MAX_DURATION_MS) {
    const allowed = `must be a whole number of milliseconds from 1 to ${MAX_DURATION_MS} (10 years)`;
    issues.push({ path, message: `${allowed}, not ${preview(value)}` });
  }
}

function checkList(
  path: string,
  value: unknown,
  issues: Issue[],
  check: (path: string, item: unknown) => void,
  most = MAX_LIST,
): void {
  if (!Array.isArray(value)) issues.push({ path, message: `must be a list, not ${preview(value)}` });
  else if (value.length > most) {
    issues.push({ path, message: `has ${value.length} entries; at most ${most} are allowed` });
  } else for (const [index, item] of value.entries()) check(`${path}.${index}`, item);
}

function checkOneOf(path: string, value: unknown, allowed: readonly string[], issues: Issue[]): void {
  if (!allowed.includes(value as string)) {
    issues.push({ path, message: `must be one of ${allowed.join(", ")}, not ${preview(value)}` });
  }
}

/**
 * Checks conditions: their number, known operators, valid paths, values that can be stored.
 * @param roots where a path may start. Default: as for a request
 */
export function checkConditions(path: string, value: unknown, issues: Issue[], roots?: readonly string[]): void {
  if (Array.isArray(value) && value.length === 0) issues.push({ path, message: "must have at least one condition" });
  const count = issues.length;
  checkList(path, value, issues, (at, item) => checkCondition(at, item, issues, roots), MAX_CONDITIONS);
  if (issues.length > count || !Array.isArray(value)) return;
  // Each value alone is within this limit, but the row and its audit log store all of them.
  const bytes = Buffer.byteLength(JSON.stringify(completeConditions(value)));
  if (bytes > MAX_JSON_BYTES) {
    issues.push({ path, message: `is ${bytes} bytes of JSON; at most ${MAX_JSON_BYTES} (1 MiB) are allowed` });
  }
}

function checkCondition(at: string, item: unknown, issues: Issue[], roots?: readonly string[]): void {
  if (typeof item !== "object" || item === null) {
    issues.push({ path: at, message: `must be { field, operator, value }, not ${preview(item)}` });
    return;
  }
  const { field, operator, value: operand } = item as Record<string, unknown>;
  checkText(`${at}.field`, field, MAX_NAME, issues);
  const fault = typeof field === "string" && field.trim() !== "" ? pathFault(field, roots) : null;
  if (fault !== null) issues.push({ path: `${at}.field`, message: `${fault}, but is ${preview(field)}` });
  if (typeof operator !== "string" || !Object.hasOwn(OPERATOR_SPELLINGS, operator)) {
    const allowed = Object.keys(OPERATOR_SPELLINGS).join(" ");
    issues.push({ path: `${at}.operator`, message: `must be one of ${allowed}, not ${preview(operator)}` });
  }
  if (operand === undefined) issues.push({ path: `${at}.value`, message: "is required" });
  else {
    const inner: Issue[] = [];
    checkJsonObject("", { value: operand }, inner);
    for (const issue of inner) issues.push({ path: `${at}${issue.path || ".value"}`, message: issue.message });
  }
}

/** Most comments on a request, and most bytes of all their texts. */
export const MAX_COMMENTS = 1_000;
export const MAX_COMMENT_BYTES = 1024 * 1024;
/** Most bytes of the comments and reasons of a request's decisions, except short ones. */
export const MAX_DECISION_BYTES = 1024 * 1024;
/** A decision with at most so many bytes of text is always accepted, whatever others wrote. */
const SHORT_DECISION_BYTES = 1_000;

/** Why a request no longer accepts such a comment. */
export function commentIssues(body: string, held: Pick<Holdings, "comments" | "commentBytes">): Issue[] {
  if (held.comments >= MAX_COMMENTS) {
    return [
      {
        path: "body",
        message: `exceeds the limit: the request has ${held.comments} of at most ${MAX_COMMENTS} comments`,
      },
    ];
  }
  const bytes = Buffer.byteLength(body);
  if (held.commentBytes + bytes <= MAX_COMMENT_BYTES) return [];
  const message =
    `has ${bytes} bytes, and the comments on the request have ${held.commentBytes}; together they may have ` +
    `${MAX_COMMENT_BYTES} (1 MiB)`;
  return [{ path: "body", message }];
}

/** Why a request no longer accepts a decision with so much text. */
export function decisionTextIssues(
  { comment, reason }: { comment: string | null; reason: string | null },
  { decisionBytes }: Pick<Holdings, "decisionBytes">,
): Issue[] {
  const bytes = Buffer.byteLength(comment ?? "") + Buffer.byteLength(reason ?? "");
  if (bytes <= SHORT_DECISION_BYTES || decisionBytes + bytes <= MAX_DECISION_BYTES) return [];
  const message =
    `has ${bytes} bytes with its reason, and the decisions on the request have ${decisionBytes}; together they may have ` +
    `${MAX_DECISION_BYTES} (1 MiB), but ${SHORT_DECISION_BYTES} bytes are always allowed`;
  return [{ path: comment === null ? "reason" : "comment", message }];
}

/** The defaults for fields that an input omits. */
export interface Defaults {
  timeoutMs: number;
  timeoutAction: TimeoutAction;
}
/** The defaults if the operator sets none. */
export const BUILT_IN_DEFAULTS: Defaults = { timeoutMs: 3_600_000, timeoutAction: "REJECT" };

/** Conditions as they are stored: operators in GraphQL's spelling, and only the three fields. */
export const completeConditions = (conditions: readonly ApprovalCondition[]): ApprovalCondition[] =>
  conditions.map(({ field, operator, value }) => ({
    field,
    operator: OPERATOR_SPELLINGS[operator] ?? operator,
    value,
  }));

/** Completes an input for the lifecycle. */
export function completeInput(input: ApprovalRequestInput, creator: string, defaults: Defaults) {
  const distinct = <T>(list: readonly T[] | null | undefined): T[] => [...new Set(list ?? [])];
  return {
    workflowId: input.workflowId,
    jobId: input.jobId,
    executionId: input.executionId,
    title: input.title,
    approvalType: input.approvalType ?? "MANUAL",
    description: input.description ?? null,
    context: input.context ?? {},
    metadata: input.metadata ?? {},
    config: input.config ?? {},
    results: input.results ?? {},
    requestedBy: input.requestedBy ?? creator,
    createdBy: creator,
    timeoutMs: input.timeoutMs ?? defaults.timeoutMs,
    timeoutAction: input.timeoutAction ?? defaults.timeoutAction,
    notifyUsers: distinct(input.notifyUsers),
    notifyChannels: isGiven(input.notifyChannels)
      ? distinct(input.notifyChannels)
      : (["IN_APP"] as NotificationChannel[]),
    notifyRoles: distinct(input.notifyRoles),
    requireMinApprovers: input.requireMinApprovers ?? 1,
    allowedApprovers: distinct(input.allowedApprovers),
    requireAllApprovers: input.requireAllApprovers ?? false,
    autoApproveConditions: completeConditions(input.autoApproveConditions ?? []),
    escalateToUsers: distinct(input.escalateToUsers),
    allowSelfApproval: input.allowSelfApproval ?? false,
    callbackUrl: input.callbackUrl ?? null,
    remindBeforeMs: input.remindBeforeMs ?? null,
  };
}
export type Draft = ReturnType<typeof completeInput>;

/** The people and roles that a new request names. */
export const namedBy = (draft: Draft) => ({
  users: [
    ...draft.notifyUsers,
    ...draft.allowedApprovers,
    ...draft.escalateToUsers,
    draft.requestedBy,
    draft.createdBy,
  ],
  notifyRoles: draft.notifyRoles,
});

/** The quorum of the policy, fixed at creation. @param personOf what the directory knows about the named people */
export const approvalsRequiredBy = (draft: Draft, personOf: PersonOf): number =>
  draft.requireAllApprovers ? Math.max(1, namedDeciders(draft, personOf).length) : draft.requireMinApprovers;

const NOBODY_ELSE = "names nobody who may decide: the requester and the creator may not decide their own request";

/**
 * Every fault of a policy.
 * @param personOf what the directory knows about the named people
 * @param faulty fields that have a fault of their own and are missing from the draft; rules that need them are skipped
 */
export function policyIssues(draft: Draft, personOf: PersonOf, faulty: ReadonlySet<string> = new Set()): Issue[] {
  const issues: Issue[] = [];
  const areValid = (...fields: (keyof Draft)[]) => !fields.some((field) => faulty.has(field));
  const named = draft.notifyUsers.length + draft.notifyRoles.length + draft.allowedApprovers.length;
  if (named === 0 && areValid("notifyUsers", "notifyRoles", "allowedApprovers")) {
    issues.push({ path: "notifyUsers", message: "name at least one of notifyUsers, notifyRoles and allowedApprovers" });
  }
  if (areValid("timeoutAction", "escalateToUsers")) {
    if (draft.timeoutAction === "ESCALATE" && draft.escalateToUsers.length === 0) {
      issues.push({ path: "escalateToUsers", message: "must name a user if timeoutAction is ESCALATE" });
    }
  }
  if (areValid("escalateToUsers", "requestedBy", "allowSelfApproval")) {
    if (draft.escalateToUsers.length > 0 && escalationDeciders(draft, personOf).length === 0) {
      issues.push({ path: "escalateToUsers", message: NOBODY_ELSE });
    }
  }
  if (areValid("approvalType", "autoApproveConditions")) {
    if (draft.approvalType === "CONDITIONAL" && draft.autoApproveConditions.length === 0) {
      issues.push({ path: "autoApproveConditions", message: "must have a condition if approvalType is CONDITIONAL" });
    }
  }
  if (areValid("requireAllApprovers", "notifyRoles", "allowedApprovers")) {
    if (draft.requireAllApprovers && rolesDecide(draft)) {
      const message = "cannot be true if roles decide, because their members are not known; list allowedApprovers";
      issues.push({ path: "requireAllApprovers", message });
    }
  }
  const hasList = draft.allowedApprovers.length > 0;
  const knowsDeciders =
    areValid("allowedApprovers", "approvalType", "requestedBy", "allowSelfApproval") &&
    (hasList || areValid("notifyUsers", "notifyRoles"));
  if (knowsDeciders && named > 0 && draft.approvalType !== "AUTO" && !rolesDecide(draft)) {
    const people = namedDeciders(draft, personOf).length;
    const field = hasList ? "allowedApprovers" : "notifyUsers";
    if (people === 0) {
      issues.push({ path: field, message: NOBODY_ELSE });
    } else if (
      areValid("requireMinApprovers", "requireAllApprovers") &&
      !draft.requireAllApprovers &&
      people < draft.requireMinApprovers
    ) {
      const counted = `${people} ${people === 1 ? "person" : "people"} who may decide`;
      const message = `is ${draft.requireMinApprovers}, but ${field} names only ${counted}`;
      issues.push({ path: "requireMinApprovers", message });
    }
  }
  return issues;
}

/**
 * Every fault of an input.
 * @param input the received input; its types are not trusted
 * @param creator the user whose token creates the request
 * @param defaults the timeout and its action, if the input omits them
 */
export function checkRequestInput(input: ApprovalRequestInput, creator: string, defaults: Defaults): Issue[] {
  const issues = unknownFieldIssues(input, REQUEST_INPUT_FIELDS);
  for (const key of ["workflowId", "jobId", "executionId"] as const) checkText(key, input[key], MAX_NAME, issues);
  checkText("title", input.title, MAX_TITLE, issues);
  // Without `requestedBy`, the requester is the creator, who is known from the token.
  if (isGiven(input.requestedBy)) checkName("requestedBy", input.requestedBy, issues);
  else checkText("requestedBy", creator, MAX_NAME, issues);
  if (isGiven(input.description)) checkText("description", input.description, MAX_TEXT, issues, true);
  for (const key of ["context", "metadata", "config", "results"] as const) {
    if (isGiven(input[key])) checkJsonObject(key, input[key], issues);
  }
  for (const key of ["notifyUsers", "allowedApprovers", "escalateToUsers"] as const) {
    if (isGiven(input[key])) checkList(key, input[key], issues, (at, item) => checkName(at, item, issues));
  }
  if (isGiven(input.notifyRoles)) {
    checkList("notifyRoles", input.notifyRoles, issues, (at, item) => checkText(at, item, MAX_NAME, issues));
  }
  if (isGiven(input.notifyChannels)) {
    checkList("notifyChannels", input.notifyChannels, issues, (at, item) =>
      checkOneOf(at, item, NOTIFICATION_CHANNELS, issues),
    );
  }
  if (isGiven(input.approvalType)) checkOneOf("approvalType", input.approvalType, APPROVAL_TYPES, issues);
  if (isGiven(input.timeoutAction)) checkOneOf("timeoutAction", input.timeoutAction, TIMEOUT_ACTIONS, issues);
  if (isGiven(input.timeoutMs)) checkDuration("timeoutMs", input.timeoutMs, issues);
  if (isGiven(input.remindBeforeMs)) checkDuration("remindBeforeMs", input.remindBeforeMs, issues);
  for (const key of ["requireAllApprovers", "allowSelfApproval"] as const) {
    const value = input[key];
    // PostgreSQL would accept "true" or 1 as true, while other code compares with `=== true`.
    if (isGiven(value) && typeof value !== "boolean") {
      issues.push({ path: key, message: `must be true or false, not ${preview(value)}` });
    }
  }
  const minimum = input.requireMinApprovers;
  if (isGiven(minimum) && !(Number.isInteger(minimum) && minimum >= 1 && minimum <= MAX_LIST)) {
    const message = `must be a whole number from 1 to ${MAX_LIST}, not ${preview(minimum)}`;
    issues.push({ path: "requireMinApprovers", message });
  }
  if (isGiven(input.autoApproveConditions) && input.autoApproveConditions.length !== 0) {
    checkConditions("autoApproveConditions", input.autoApproveConditions, issues);
  }
  if (isGiven(input.callbackUrl)) checkUrl("callbackUrl", input.callbackUrl, issues);
  // Rules about several fields use the fields without a fault of their own, so that one fault does not hide others.
  const faulty = new Set(issues.map(({ path }) => path.split(".", 1)[0] as string));
  const valid = Object.fromEntries(Object.entries(input).filter(([field]) => !faulty.has(field)));
  const draft = completeInput(valid as unknown as ApprovalRequestInput, creator, defaults);
  if (!faulty.has("timeoutMs")) issues.push(...reminderIssues(draft));
  return [...issues, ...policyIssues(draft, byName, faulty)];
}

function reminderIssues({ remindBeforeMs, timeoutMs }: Draft): Issue[] {
  if (remindBeforeMs === null || remindBeforeMs < timeoutMs) return [];
  return [{ path: "remindBeforeMs", message: `is ${remindBeforeMs}, but must be less than timeoutMs, ${timeoutMs}` }];
}

function checkUrl(path: string, value: unknown, issues: Issue[]): void {
  checkText(path, value, MAX_URL, issues);
  const url = typeof value === "string" ? parseUrl(value) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    issues.push({ path, message: `must be an http or https URL, not ${preview(value)}` });
  } else if (url.href.length > MAX_URL && String(value).length <= MAX_URL) {
    // Escaping turns a non-ASCII character into up to twelve.
    issues.push({
      path,
      message: `has ${url.href.length} characters once it is escaped; at most ${MAX_URL} are allowed`,
    });
  }
}

/** Most hosts that an error message lists. */
const MAX_HOSTS = 10;

/**
 * Checks that a callback goes to one of these hosts. An invalid URL has an issue of its own.
 * @param hosts as `readCallbackHosts` returns them
 */
export function checkCallbackHost(value: unknown, hosts: readonly string[], issues: Issue[]): void {
  const url = typeof value === "string" ? parseUrl(value) : null;
  if (url === null || allowsHost(hosts, url)) return;
  const more = hosts.length > MAX_HOSTS ? ` and ${hosts.length - MAX_HOSTS} more` : "";
  const allowed = `${hosts.slice(0, MAX_HOSTS).join(", ")}${more}`;
  issues.push({
    path: "callbackUrl",
    message: `leads to ${preview(url.hostname)}; CALLBACK_HOSTS allows ${allowed}`,
  });
}
