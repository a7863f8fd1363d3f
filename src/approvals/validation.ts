/** What a request's input may hold. Every fault is found at once and names its field. */

import { allowsHost } from "../config/callback-hosts.ts";
import {
  APPROVAL_TYPES,
  type ApprovalCondition,
  type ApprovalRequestInput,
  type Holdings,
  NOTIFICATION_CHANNELS,
  type NotificationChannel,
  TIMEOUT_ACTIONS,
  type TimeoutAction,
} from "../model/approvals.ts";
import type { Issue } from "../model/errors.ts";
import { checkJsonObject, faultOfText, MAX_JSON_BYTES } from "../model/json.ts";
import { faultOfName } from "../model/name-fault.ts";
import { byName, type PersonOf } from "../model/same-person.ts";
import { isVisible } from "../model/visible-text.ts";
import { OPERATOR_SPELLINGS, pathFault } from "./conditions.ts";
import { escalationDeciders, namedDeciders, rolesDecide } from "./policy.ts";

/** Ten years of 365.25 days, in milliseconds. */
export const MAX_DURATION_MS = 315_576_000_000;
export const MAX_TITLE = 300;
/** Most characters of a key, user or role: an index entry must hold three of them. */
export const MAX_NAME = 200;
/** Most characters of a description, comment or reason. */
export const MAX_TEXT = 100_000;
/** Most characters of an address, as it was given and as it goes over the wire. */
const MAX_URL = 2_000;
/** Most entries of a list of people or roles. */
export const MAX_LIST = 1_000;
/** Most automatic conditions of a request. */
export const MAX_CONDITIONS = 50;

const show = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
const given = <T>(value: T): value is NonNullable<T> => value !== null && value !== undefined;

/** Checks a text: type, characters, something to see, length in code points; empty only where allowed. */
export function checkText(path: string, value: unknown, max: number, issues: Issue[], emptyAllowed = false): void {
  if (typeof value !== "string") {
    issues.push({ path, message: `must be a string, not ${show(value)}` });
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
  const before = issues.length;
  checkText(path, value, MAX_NAME, issues);
  const fault = issues.length > before ? null : faultOfName(value as string);
  if (fault !== null) issues.push({ path, message: `${fault}, but is ${show(value)}` });
}

/** Code points of a well-formed text, counted in place: a list of them takes thirty times the memory of the text. */
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
    issues.push({ path, message: `${allowed}, not ${show(value)}` });
  }
}

function checkList(
  path: string,
  value: unknown,
  issues: Issue[],
  check: (path: string, item: unknown) => void,
  most = MAX_LIST,
): void {
  if (!Array.isArray(value)) issues.push({ path, message: `must be a list, not ${show(value)}` });
  else if (value.length > most) {
    issues.push({ path, message: `has ${value.length} entries; at most ${most} are allowed` });
  } else for (const [index, item] of value.entries()) check(`${path}.${index}`, item);
}

function checkOneOf(path: string, value: unknown, allowed: readonly string[], issues: Issue[]): void {
  if (!allowed.includes(value as string)) {
    issues.push({ path, message: `must be one of ${allowed.join(", ")}, not ${show(value)}` });
  }
}

/**
 * Checks conditions: at least one and not too many, known operators, right paths, values that can be kept.
 * @param roots where a path may start; default: as for a request
 */
export function checkConditions(path: string, value: unknown, issues: Issue[], roots?: readonly string[]): void {
  if (Array.isArray(value) && value.length === 0) issues.push({ path, message: "must have at least one condition" });
  const before = issues.length;
  checkList(path, value, issues, (at, item) => checkCondition(at, item, issues, roots), MAX_CONDITIONS);
  if (issues.length > before || !Array.isArray(value)) return;
  // Each value is at most that long by itself; the row and its audit log hold all of them.
  const bytes = Buffer.byteLength(JSON.stringify(completeConditions(value)));
  if (bytes > MAX_JSON_BYTES) {
    issues.push({ path, message: `is ${bytes} bytes of JSON; at most ${MAX_JSON_BYTES} (1 MiB) are allowed` });
  }
}

function checkCondition(at: string, item: unknown, issues: Issue[], roots?: readonly string[]): void {
  if (typeof item !== "object" || item === null) {
    issues.push({ path: at, message: `must be { field, operator, value }, not ${show(item)}` });
    return;
  }
  const { field, operator, value: operand } = item as Record<string, unknown>;
  checkText(`${at}.field`, field, MAX_NAME, issues);
  const fault = typeof field === "string" && field.trim() !== "" ? pathFault(field, roots) : null;
  if (fault !== null) issues.push({ path: `${at}.field`, message: `${fault}, but is ${show(field)}` });
  if (typeof operator !== "string" || !Object.hasOwn(OPERATOR_SPELLINGS, operator)) {
    const allowed = Object.keys(OPERATOR_SPELLINGS).join(" ");
    issues.push({ path: `${at}.operator`, message: `must be one of ${allowed}, not ${show(operator)}` });
  }
  if (operand === undefined) issues.push({ path: `${at}.value`, message: "is required" });
  else {
    const inner: Issue[] = [];
    checkJsonObject("", { value: operand }, inner);
    for (const issue of inner) issues.push({ path: `${at}${issue.path || ".value"}`, message: issue.message });
  }
}

/** Most comments on a request, and most bytes of their text in all. */
export const MAX_COMMENTS = 1_000;
export const MAX_COMMENT_BYTES = 1024 * 1024;
/** Most bytes of the comments and reasons of a request's decisions, but for those that are short. */
export const MAX_DECISION_BYTES = 1024 * 1024;
/** A decision with no more text is never refused for what others wrote. */
const SHORT_DECISION_BYTES = 1_000;

/** Why a request takes no such comment any more. */
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

/** Why a request takes no decision with so much text any more. */
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

/** What defaults fill in where the input leaves out. */
export interface Defaults {
  timeoutMs: number;
  timeoutAction: TimeoutAction;
}
/** What an operator who sets nothing gets. */
export const BUILT_IN_DEFAULTS: Defaults = { timeoutMs: 3_600_000, timeoutAction: "REJECT" };

/** Conditions as they are kept: operators in GraphQL's spelling, nothing else beside the three fields. */
export const completeConditions = (conditions: readonly ApprovalCondition[]): ApprovalCondition[] =>
  conditions.map(({ field, operator, value }) => ({
    field,
    operator: OPERATOR_SPELLINGS[operator] ?? operator,
    value,
  }));

/** A complete input as lifecycle works with it. */
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
    notifyChannels: given(input.notifyChannels)
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

/** Whom a new request names, the holders of roles left out. */
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

/** Approvals that the policy asks for, fixed at creation. @param personOf what the directory knows of the named people */
export const approvalsRequiredBy = (draft: Draft, personOf: PersonOf): number =>
  draft.requireAllApprovers ? Math.max(1, namedDeciders(draft, personOf).length) : draft.requireMinApprovers;

const NOBODY_ELSE = "names nobody who may decide: the requester and the creator may not decide their own request";

/**
 * Every fault of a policy.
 * @param personOf what the directory knows of the named people
 * @param faulty fields that have a fault of their own and are missing from the draft: no rule reads them
 */
export function policyIssues(draft: Draft, personOf: PersonOf, faulty: ReadonlySet<string> = new Set()): Issue[] {
  const issues: Issue[] = [];
  const sound = (...fields: (keyof Draft)[]) => !fields.some((field) => faulty.has(field));
  const named = draft.notifyUsers.length + draft.notifyRoles.length + draft.allowedApprovers.length;
  if (named === 0 && sound("notifyUsers", "notifyRoles", "allowedApprovers")) {
    issues.push({ path: "notifyUsers", message: "name at least one of notifyUsers, notifyRoles and allowedApprovers" });
  }
  if (sound("timeoutAction", "escalateToUsers")) {
    if (draft.timeoutAction === "ESCALATE" && draft.escalateToUsers.length === 0) {
      issues.push({ path: "escalateToUsers", message: "must name a user when timeoutAction is ESCALATE" });
    }
  }
  if (sound("escalateToUsers", "requestedBy", "allowSelfApproval")) {
    if (draft.escalateToUsers.length > 0 && escalationDeciders(draft, personOf).length === 0) {
      issues.push({ path: "escalateToUsers", message: NOBODY_ELSE });
    }
  }
  if (sound("approvalType", "autoApproveConditions")) {
    if (draft.approvalType === "CONDITIONAL" && draft.autoApproveConditions.length === 0) {
      issues.push({ path: "autoApproveConditions", message: "must have a condition when approvalType is CONDITIONAL" });
    }
  }
  if (sound("requireAllApprovers", "notifyRoles", "allowedApprovers")) {
    if (draft.requireAllApprovers && rolesDecide(draft)) {
      const message = "cannot be true if roles decide, because their members are not known; list allowedApprovers";
      issues.push({ path: "requireAllApprovers", message });
    }
  }
  const hasList = draft.allowedApprovers.length > 0;
  const knowsDeciders =
    sound("allowedApprovers", "approvalType", "requestedBy", "allowSelfApproval") &&
    (hasList || sound("notifyUsers", "notifyRoles"));
  if (knowsDeciders && named > 0 && draft.approvalType !== "AUTO" && !rolesDecide(draft)) {
    const people = namedDeciders(draft, personOf).length;
    const field = hasList ? "allowedApprovers" : "notifyUsers";
    if (people === 0) {
      issues.push({ path: field, message: NOBODY_ELSE });
    } else if (
      sound("requireMinApprovers", "requireAllApprovers") &&
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
 * @param input what was received; types are not trusted
 * @param creator the user whose token creates the request
 * @param defaults what fills in a timeout and its action
 */
export function checkRequestInput(input: ApprovalRequestInput, creator: string, defaults: Defaults): Issue[] {
  const issues: Issue[] = [];
  for (const key of ["workflowId", "jobId", "executionId"] as const) checkText(key, input[key], MAX_NAME, issues);
  checkText("title", input.title, MAX_TITLE, issues);
  // Without `requestedBy` the requester is the creator, whose token says who they are.
  if (given(input.requestedBy)) checkName("requestedBy", input.requestedBy, issues);
  else checkText("requestedBy", creator, MAX_NAME, issues);
  if (given(input.description)) checkText("description", input.description, MAX_TEXT, issues, true);
  for (const key of ["context", "metadata", "config", "results"] as const) {
    if (given(input[key])) checkJsonObject(key, input[key], issues);
  }
  for (const key of ["notifyUsers", "allowedApprovers", "escalateToUsers"] as const) {
    if (given(input[key])) checkList(key, input[key], issues, (at, item) => checkName(at, item, issues));
  }
  if (given(input.notifyRoles)) {
    checkList("notifyRoles", input.notifyRoles, issues, (at, item) => checkText(at, item, MAX_NAME, issues));
  }
  if (given(input.notifyChannels)) {
    checkList("notifyChannels", input.notifyChannels, issues, (at, item) =>
      checkOneOf(at, item, NOTIFICATION_CHANNELS, issues),
    );
  }
  if (given(input.approvalType)) checkOneOf("approvalType", input.approvalType, APPROVAL_TYPES, issues);
  if (given(input.timeoutAction)) checkOneOf("timeoutAction", input.timeoutAction, TIMEOUT_ACTIONS, issues);
  if (given(input.timeoutMs)) checkDuration("timeoutMs", input.timeoutMs, issues);
  if (given(input.remindBeforeMs)) checkDuration("remindBeforeMs", input.remindBeforeMs, issues);
  for (const key of ["requireAllApprovers", "allowSelfApproval"] as const) {
    const value = input[key];
    // PostgreSQL would take "true" or 1 for true, behind the back of whoever asked for `=== true`.
    if (given(value) && typeof value !== "boolean") {
      issues.push({ path: key, message: `must be true or false, not ${show(value)}` });
    }
  }
  const minimum = input.requireMinApprovers;
  if (given(minimum) && !(Number.isInteger(minimum) && minimum >= 1 && minimum <= MAX_LIST)) {
    const message = `must be a whole number from 1 to ${MAX_LIST}, not ${show(minimum)}`;
    issues.push({ path: "requireMinApprovers", message });
  }
  if (given(input.autoApproveConditions) && input.autoApproveConditions.length !== 0) {
    checkConditions("autoApproveConditions", input.autoApproveConditions, issues);
  }
  if (given(input.callbackUrl)) checkUrl("callbackUrl", input.callbackUrl, issues);
  // The rules that join fields read the fields that have no fault of their own, so that one fault hides no other.
  const faulty = new Set(issues.map(({ path }) => path.split(".", 1)[0] as string));
  const sound = Object.fromEntries(Object.entries(input).filter(([field]) => !faulty.has(field)));
  const draft = completeInput(sound as unknown as ApprovalRequestInput, creator, defaults);
  if (!faulty.has("timeoutMs")) issues.push(...reminderIssues(draft));
  return [...issues, ...policyIssues(draft, byName, faulty)];
}

function reminderIssues({ remindBeforeMs, timeoutMs }: Draft): Issue[] {
  if (remindBeforeMs === null || remindBeforeMs < timeoutMs) return [];
  return [{ path: "remindBeforeMs", message: `is ${remindBeforeMs}, but must be less than timeoutMs, ${timeoutMs}` }];
}

function checkUrl(path: string, value: unknown, issues: Issue[]): void {
  checkText(path, value, MAX_URL, issues);
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    issues.push({ path, message: `must be an http or https URL, not ${show(value)}` });
  } else if (url.href.length > MAX_URL && String(value).length <= MAX_URL) {
    // Escaped, a character beyond ASCII takes up to twelve.
    issues.push({
      path,
      message: `has ${url.href.length} characters once it is escaped; at most ${MAX_URL} are allowed`,
    });
  }
}

/** Hosts that a message lists; there may be many. */
const HOSTS_SHOWN = 10;

/**
 * Checks that a callback goes to one of these hosts; an address that is not one has its own issue.
 * @param hosts as `readCallbackHosts` gives them
 */
export function checkCallbackHost(value: unknown, hosts: readonly string[], issues: Issue[]): void {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null || allowsHost(hosts, url)) return;
  const more = hosts.length > HOSTS_SHOWN ? ` and ${hosts.length - HOSTS_SHOWN} more` : "";
  const allowed = `${hosts.slice(0, HOSTS_SHOWN).join(", ")}${more}`;
  issues.push({
    path: "callbackUrl",
    message: `leads to ${show(url.hostname)}; CALLBACK_HOSTS allows ${allowed}`,
  });
}
