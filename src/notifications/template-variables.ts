/** The variables of templates: the view of the message, the shared vocabulary, and the comment. Pure. */

import type { MessageView } from "./view.ts";

/**
 * The vocabulary that all channels share. Each entry is its own template, `words/NAME.liquid`, and is rendered as plain
 * text before the message, so that every channel escapes it like any other value.
 */
export const WORDS = ["label", "headline", "outcome", "deadline", "timeout", "progress", "warning", "why"] as const;

/** The comment or reason that the message shows. */
export interface Quote {
  by: string | null;
  text: string;
}

/** The text of a comment, the reason of an outcome, or otherwise the comment of the event. */
export function quoteIn({ kind, isOpen, actor, comment, request }: MessageView): Quote | null {
  const ofOutcome = !isOpen && kind !== "COMMENTED";
  const text = ofOutcome ? request.comment : comment;
  const by = ofOutcome ? request.decidedBy : actor;
  if (typeof text !== "string" || text.trim() === "" || kind === "ENDPOINT_DISABLED") return null;
  return { by: typeof by === "string" ? by : null, text };
}

/** The variables by name, with the names of their fields if they have any. */
export const VARIABLES: Record<keyof MessageView | "words" | "said", readonly string[]> = {
  id: [],
  kind: [],
  isOpen: [],
  canDecide: [],
  actor: [],
  comment: [],
  status: [],
  endpoint: [],
  createdAt: [],
  now: [],
  digest: [],
  isWhole: [],
  risk: [],
  recipient: ["id", "locale", "zone"],
  links: ["open", "decide"],
  said: ["by", "text"],
  words: WORDS,
  request: [
    "id",
    "version",
    "workflowId",
    "jobId",
    "executionId",
    "title",
    "description",
    "context",
    "metadata",
    "status",
    "requestedBy",
    "createdBy",
    "decidedBy",
    "decision",
    "decisionSource",
    "comment",
    "approvers",
    "approvalsRequired",
    "approvalType",
    "allowedApprovers",
    "notifyUsers",
    "notifyRoles",
    "notifyChannels",
    "escalateToUsers",
    "requireMinApprovers",
    "requireAllApprovers",
    "allowSelfApproval",
    "autoApproveConditions",
    "timeoutAction",
    "timeoutMs",
    "escalationLevel",
    "createdAt",
    "expiresAt",
    "decidedAt",
  ],
};

/** Whether a path of a template can have a value. The fields of context and metadata are not known in advance. */
export function isKnown([first, second]: readonly string[]): boolean {
  if (first === undefined || !Object.hasOwn(VARIABLES, first)) return first === "forloop";
  const fields = VARIABLES[first as keyof typeof VARIABLES];
  return second === undefined || second === "*" || second === "size" || fields.length === 0 || fields.includes(second);
}
