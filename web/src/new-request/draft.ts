/** What the form holds while a request is written, and the input that comes of it. Pure. */

import type { CreateApprovalRequestInput, NotificationChannel, TimeoutAction } from "../generated/graphql.ts";
import { type ContextDraft, contextOf, EMPTY_CONTEXT } from "./context.ts";
import { type Span, spanMs, type Until, untilOf } from "./until.ts";

export interface Draft {
  title: string;
  description: string;
  context: ContextDraft;
  /** Who decides by name, and by role. */
  people: readonly string[];
  roles: readonly string[];
  needsAll: boolean;
  /** How many have to approve; empty while it is written. */
  minimum: number | "";
  /** Who is told without deciding; only where no role decides, for whoever is told decides with it. */
  told: readonly string[];
  toldRoles: readonly string[];
  channels: readonly NotificationChannel[];
  until: Until;
  timeoutAction: TimeoutAction;
  escalateTo: readonly string[];
  /** How long before the end people are reminded; null: not by request. */
  reminder: Span | null;
  requestedBy: string;
  allowSelfApproval: boolean;
  callbackUrl: string;
  workflowId: string;
  jobId: string;
  executionId: string;
}

export type Field = keyof Draft;

/** Who fills in the form. */
export interface Author {
  userId: string;
  /** May ask in others' names, and for what weakens the gate. */
  mayWeaken: boolean;
}

/** @param executionId another one for each request: a second one of the same name would be the same request */
export const emptyDraft = (executionId: string): Draft => ({
  title: "",
  description: "",
  context: EMPTY_CONTEXT,
  people: [],
  roles: [],
  needsAll: false,
  minimum: 1,
  told: [],
  toldRoles: [],
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

/** Whether holders of roles decide; nobody knows how many these are. */
export const rolesDecide = ({ roles }: Pick<Draft, "roles">): boolean => roles.length > 0;

/** In whose name it is asked. */
export const requesterOf = ({ requestedBy }: Pick<Draft, "requestedBy">, { userId, mayWeaken }: Author): string =>
  mayWeaken && requestedBy.trim() !== "" ? requestedBy.trim() : userId;

/** The named people whose decision counts. Source: docs/rules.md, "Who may decide". */
export function decidersOf(draft: Draft, author: Author): string[] {
  const people = [...new Set(draft.people)];
  if (author.mayWeaken && draft.allowSelfApproval) return people;
  return people.filter((id) => id !== author.userId && id !== requesterOf(draft, author));
}

/**
 * The input for a draft without problems.
 * @param now the present, for an end that is an instant
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
      : { allowedApprovers: [...draft.people], notifyUsers: [...draft.told], notifyRoles: [...draft.toldRoles] }),
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

/** Where in the form a fault belongs that the server found; null where nothing there is to blame. */
export function fieldOf(path: string, draft: Draft): Field | null {
  const [root = "", entry] = path.split(".");
  const byRole = rolesDecide(draft);
  // Without an entry it is that nobody is named.
  if (root === "notifyUsers") return byRole || entry === undefined ? "people" : "told";
  if (root === "notifyRoles") return byRole ? "roles" : "toldRoles";
  return Object.hasOwn(FIELDS, root) ? (FIELDS[root] ?? null) : null;
}

export interface Faults {
  fields: Partial<Record<Field, string>>;
  /** What belongs to no field. */
  others: string[];
}

/** The server's issues at their fields, as sentences. */
export function faultsOf(issues: readonly { path: string; message: string }[], draft: Draft): Faults {
  const faults: Faults = { fields: {}, others: [] };
  for (const { path, message } of issues) {
    const field = fieldOf(path, draft);
    const [, ...below] = path.split(".").map((part) => (/^\d+$/.test(part) ? `entry ${Number(part) + 1}` : part));
    const where = below.length > 0 ? `${below.join(".")} ` : "";
    const said = `${where}${message}`;
    const text = `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
    if (field === null) faults.others.push(`${path}: ${message}.`);
    else faults.fields[field] = [faults.fields[field], text].filter(Boolean).join(" ");
  }
  return faults;
}
