/** The draft of a request in the form, and its conversion to the input of the API. Pure. */

import type { CreateApprovalRequestInput, NotificationChannel, TimeoutAction } from "../generated/graphql.ts";
import { type ContextDraft, contextOf, EMPTY_CONTEXT } from "./context.ts";
import { type Span, spanMs, type Until, untilOf } from "./until.ts";

export interface Draft {
  title: string;
  description: string;
  context: ContextDraft;
  /** The approvers, by user id and by role. */
  people: readonly string[];
  roles: readonly string[];
  needsAll: boolean;
  /** The number of approvals needed; empty while the user types. */
  minimum: number | "";
  /** Users who are notified but cannot decide. Ignored if a role decides, because everyone notified may then decide. */
  notifiedUsers: readonly string[];
  notifiedRoles: readonly string[];
  channels: readonly NotificationChannel[];
  until: Until;
  timeoutAction: TimeoutAction;
  escalateTo: readonly string[];
  /** How long before expiry people are reminded; null for no such reminder. */
  reminder: Span | null;
  requestedBy: string;
  allowSelfApproval: boolean;
  callbackUrl: string;
  workflowId: string;
  jobId: string;
  executionId: string;
}

export type Field = keyof Draft;

/** The user who fills in the form. */
export interface Author {
  userId: string;
  /** Whether the author may ask on behalf of others, and may weaken the gate. */
  mayWeaken: boolean;
}

/** @param executionId unique for each request: the same id would identify the same request */
export const emptyDraft = (executionId: string): Draft => ({
  title: "",
  description: "",
  context: EMPTY_CONTEXT,
  people: [],
  roles: [],
  needsAll: false,
  minimum: 1,
  notifiedUsers: [],
  notifiedRoles: [],
  channels: ["IN_APP"],
  until: { by: "span", span: { amount: 1, unit: "days" }, at: "" },
  timeoutAction: "REJECT",
  escalateTo: [],
  reminder: null,
  requestedBy: "",
  allowSelfApproval: false,
  callbackUrl: "",
  workflowId: "by-hand",
  jobId: "approval",
  executionId,
});

/** Whether roles decide. The number of users with a role is unknown. */
export const rolesDecide = ({ roles }: Pick<Draft, "roles">): boolean => roles.length > 0;

/** The user on whose behalf the request is created. */
export const requesterOf = ({ requestedBy }: Pick<Draft, "requestedBy">, { userId, mayWeaken }: Author): string =>
  mayWeaken && requestedBy.trim() !== "" ? requestedBy.trim() : userId;

/** The named users whose decision counts. Source: docs/rules.md, "Who may decide". */
export function decidersOf(draft: Draft, author: Author): string[] {
  const people = [...new Set(draft.people)];
  if (author.mayWeaken && draft.allowSelfApproval) return people;
  return people.filter((id) => id !== author.userId && id !== requesterOf(draft, author));
}

/**
 * The input for a draft without problems.
 * @param now the current time, for an expiry at an instant
 */
export function toInput(draft: Draft, author: Author, now: Date): CreateApprovalRequestInput {
  const byRole = rolesDecide(draft);
  const context = contextOf(draft.context);
  const requester = requesterOf(draft, author);
  return {
    workflowId: draft.workflowId.trim(),
    jobId: draft.jobId.trim(),
    executionId: draft.executionId.trim(),
    title: draft.title.trim(),
    ...(draft.description.trim() !== "" && { description: draft.description }),
    ...("value" in context && Object.keys(context.value).length > 0 && { context: context.value }),
    ...(byRole
      ? { notifyUsers: [...draft.people], notifyRoles: [...draft.roles] }
      : {
          allowedApprovers: [...draft.people],
          notifyUsers: [...draft.notifiedUsers],
          notifyRoles: [...draft.notifiedRoles],
        }),
    ...(draft.needsAll && !byRole
      ? { requireAllApprovers: true }
      : { requireMinApprovers: draft.minimum === "" ? 1 : draft.minimum }),
    notifyChannels: [...draft.channels],
    timeoutMs: untilOf(draft.until, now).ms ?? 0,
    timeoutAction: draft.timeoutAction,
    ...(draft.escalateTo.length > 0 && { escalateToUsers: [...draft.escalateTo] }),
    ...(draft.reminder !== null && { remindBeforeMs: spanMs(draft.reminder) ?? 0 }),
    ...(draft.callbackUrl.trim() !== "" && { callbackUrl: draft.callbackUrl.trim() }),
    ...(requester !== author.userId && { requestedBy: requester }),
    ...(author.mayWeaken && draft.allowSelfApproval && { allowSelfApproval: true }),
  };
}

const FIELDS: Readonly<Record<string, Field>> = {
  title: "title",
  description: "description",
  context: "context",
  allowedApprovers: "people",
  requireMinApprovers: "minimum",
  requireAllApprovers: "minimum",
  notifyChannels: "channels",
  timeoutMs: "until",
  timeoutAction: "timeoutAction",
  escalateToUsers: "escalateTo",
  remindBeforeMs: "reminder",
  requestedBy: "requestedBy",
  allowSelfApproval: "allowSelfApproval",
  callbackUrl: "callbackUrl",
  workflowId: "workflowId",
  jobId: "jobId",
  executionId: "executionId",
};

/** The form field for a fault that the server found; null if no field matches. */
export function fieldOf(path: string, draft: Draft): Field | null {
  const [root = "", entry] = path.split(".");
  const byRole = rolesDecide(draft);
  // A path without an index means that no approver is named.
  if (root === "notifyUsers") return byRole || entry === undefined ? "people" : "notifiedUsers";
  if (root === "notifyRoles") return byRole ? "roles" : "notifiedRoles";
  return Object.hasOwn(FIELDS, root) ? (FIELDS[root] ?? null) : null;
}

export interface Faults {
  fields: Partial<Record<Field, string>>;
  /** Faults that belong to no field. */
  others: string[];
}

/** Assigns the server's issues to their fields, as sentences. */
export function faultsOf(issues: readonly { path: string; message: string }[], draft: Draft): Faults {
  const faults: Faults = { fields: {}, others: [] };
  for (const { path, message } of issues) {
    const field = fieldOf(path, draft);
    const [, ...below] = path.split(".").map((part) => (/^\d+$/.test(part) ? `entry ${Number(part) + 1}` : part));
    const where = below.length > 0 ? `${below.join(".")} ` : "";
    const fault = `${where}${message}`;
    const text = `${fault.charAt(0).toUpperCase()}${fault.slice(1)}.`;
    if (field === null) faults.others.push(`${path}: ${message}.`);
    else faults.fields[field] = [faults.fields[field], text].filter(Boolean).join(" ");
  }
  return faults;
}
