/** The sentences of the decision page about a request, as plain text. Emails use the same wording. */

import type { ApprovalRequest } from "../../model/approvals.ts";

/** What happens when nobody decides in time. */
export function timeoutSentence({ timeoutAction, status }: ApprovalRequest): string {
  const escalates = timeoutAction === "ESCALATE" && status === "PENDING";
  const then = timeoutAction === "APPROVE" ? "is approved automatically" : "expires without approval";
  return `If nobody decides by then, it ${escalates ? "is escalated" : then}.`;
}

/** How many approvals a request still needs. */
export function missingSentence({ approvalsRequired, approvers }: ApprovalRequest): string {
  const missing = Math.max(approvalsRequired - approvers.length, 0);
  return missing === 1 ? "One more approval is needed." : `${missing} more approvals are needed.`;
}

const by = (request: ApprovalRequest, viewerId: string): string =>
  request.decidedBy === viewerId ? "you" : (request.decidedBy ?? "somebody");

/** The outcome of a final request: a headline and a sentence. */
export function outcomeOf(request: ApprovalRequest, viewerId: string): { headline: string; text: string } {
  const { status, decisionSource, approvers, approvalsRequired } = request;
  if (status === "APPROVED") {
    const text =
      decisionSource === "TIMEOUT"
        ? "Approved automatically when it expired."
        : decisionSource === "AUTO"
          ? "Approved automatically, because its conditions hold."
          : `Approved by ${by(request, viewerId)}.`;
    return { headline: "Approved. The workflow continues.", text };
  }
  if (status === "REJECTED") {
    return { headline: "Rejected. The workflow was notified.", text: `Rejected by ${by(request, viewerId)}.` };
  }
  if (status === "CANCELLED") {
    return { headline: "Cancelled. No decision is needed.", text: `Cancelled by ${by(request, viewerId)}.` };
  }
  const some = `Only ${approvers.length} of ${approvalsRequired} approved in time.`;
  return {
    headline: "The request has expired.",
    text: `${approvers.length > 0 ? some : "Nobody decided in time."} The request expired without approval.`,
  };
}

/** The confirmation for a person whose approval is recorded while the request needs more. */
export function ownDecisionOf(request: ApprovalRequest): { headline: string; text: string } {
  return { headline: `Recorded. ${missingSentence(request)}`, text: "You approved this request." };
}
