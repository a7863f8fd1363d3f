/**
 * Comments that were written and did not go out, for as long as the page is loaded: who has to look at a request again,
 * or leaves the dialog by mistake, does not write twice. Each belongs to one decision, as a reason to approve is none to
 * reject.
 */

import type { Decision, DecisionAnswer } from "./decision-model.ts";

const drafts = new Map<string, string>();
const keyOf = (requestId: string, decision: Decision): string => `${decision} ${requestId}`;

export const draftOf = (requestId: string, decision: Decision): string => drafts.get(keyOf(requestId, decision)) ?? "";

export function keepDraft(requestId: string, decision: Decision, comment: string): void {
  if (comment.trim() === "") drafts.delete(keyOf(requestId, decision));
  else drafts.set(keyOf(requestId, decision), comment);
}

/** Whether a comment can still be of use once its decision was answered so. */
export const isStillOpen = (answer: DecisionAnswer): boolean =>
  !answer.recorded && ["STALE_CONTEXT", "UNANSWERED", "VALIDATION", "CONFLICT"].includes(answer.code);
