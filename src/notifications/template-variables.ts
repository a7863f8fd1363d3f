/** What templates can name: the view of the message, its vocabulary, and who said what. Pure. */

import type { MessageView } from "./view.ts";

/**
 * The vocabulary that all channels share: each is a template of its own, `words/NAME.liquid`, rendered before the
 * message as plain text, so that every channel escapes it like any other value.
 */
export const WORDS = ["label", "headline", "outcome", "deadline", "timeout", "progress", "warning", "why"] as const;

/** What somebody said that the message is to show. */
export interface Said {
  by: string | null;
  text: string;
}

/** The comment itself, the outcome's reason once there is one, else what came with the event. */
export function saidIn({ kind, isOpen, actor, comment, request }: MessageView): Said | null {
  const ofOutcome = !isOpen && kind !== "COMMENTED";
  const text = ofOutcome ? request.comment : comment;
  const by = ofOutcome ? request.decidedBy : actor;
  if (typeof text !== "string" || text.trim() === "" || kind === "ENDPOINT_DISABLED") return null;
  return { by: typeof by === "string" ? by : null, text };
}

/** By name, with the names within, where there are some. */
export const VARIABLES: Record<keyof MessageView | "words" | "said", readonly string[]> = {
  ...{ id: [], kind: [], isOpen: [], canDecide: [], actor: [], comment: [], status: [], endpoint: [] },
  ...{ createdAt: [], now: [], digest: [], isWhole: [], risk: [] },
  recipient: ["id", "locale", "zone"],
  links: ["open", "decide"],
  said: ["by", "text"],
  words: WORDS,
  request: [
    ...["id", "version", "workflowId", "jobId", "executionId", "title", "description", "context", "metadata", "status"],
    ...[
      "requestedBy",
      "createdBy",
      "decidedBy",
      "decision",
      "decisionSource",
      "comment",
      "approvers",
      "approvalsRequired",
    ],
    ...["approvalType", "allowedApprovers", "notifyUsers", "notifyRoles", "notifyChannels", "escalateToUsers"],
    ...["requireMinApprovers", "requireAllApprovers", "allowSelfApproval", "autoApproveConditions"],
    ...["timeoutAction", "timeoutMs", "escalationLevel", "createdAt", "expiresAt", "decidedAt"],
  ],
};

/** Whether a path as a template names it can hold something; what is in context and metadata nobody knows ahead. */
export function isKnown([first, second]: readonly string[]): boolean {
  if (first === undefined || !Object.hasOwn(VARIABLES, first)) return first === "forloop";
  const fields = VARIABLES[first as keyof typeof VARIABLES];
  return second === undefined || second === "*" || second === "size" || fields.length === 0 || fields.includes(second);
}
