/** The texts of the decision dialog. Pure. The decision page of the server uses the same sentences. */

import type { DecidedRequest, Decision, DecisionAnswer, DecisionSubject } from "./decision-model.ts";

const requests = (n: number): string => (n === 1 ? "1 request" : `${n.toLocaleString()} requests`);

/** The heading of the dialog. */
export function questionOf(subjects: readonly DecisionSubject[], decision: Decision): string {
  const verb = decision === "APPROVE" ? "Approve" : "Reject";
  return subjects.length === 1 ? `${verb} this request?` : `${verb} ${requests(subjects.length)}?`;
}

/** The creator of the request; null if that is the requester. */
export const otherCreator = ({ requestedBy, createdBy }: Pick<DecisionSubject, "requestedBy" | "createdBy">) =>
  createdBy == null || createdBy === requestedBy ? null : createdBy;

/** Shown with every request that allows it. */
export const SELF_APPROVAL = "The requester may approve this request.";

/** The number of approvals that are still missing after the viewer's. */
export const missingAfter = ({ approvalsRequired, approvers }: DecisionSubject, viewerId: string): number =>
  Math.max(0, approvalsRequired - new Set([...approvers, viewerId]).size);

const moreApprovals = (n: number): string =>
  n === 1 ? "one more approval is needed" : `${n} more approvals are needed`;

/** What happens next after this decision. */
export function nextSentence(subject: DecisionSubject, decision: Decision, viewerId: string): string {
  if (decision === "REJECT") return "One rejection is enough: the request is rejected, and the workflow is notified.";
  const missing = missingAfter(subject, viewerId);
  if (missing > 0) return `After yours, ${moreApprovals(missing)}. The workflow continues to wait.`;
  return subject.approvalsRequired === 1
    ? "Your approval is enough: the workflow continues."
    : "Yours is the last approval needed: the workflow continues.";
}

/** What happens next after this decision on several requests. */
export function nextSentenceOfMany(subjects: readonly DecisionSubject[], decision: Decision, viewerId: string): string {
  if (decision === "REJECT") return "One rejection is enough: each request is rejected, and its workflow is notified.";
  const last = subjects.filter((subject) => missingAfter(subject, viewerId) === 0).length;
  if (last === subjects.length) return "Your approval is the last one they need: their workflows continue.";
  const waiting = subjects.length - last;
  return `${last === 0 ? "" : `${requests(last)} will continue. `}${requests(waiting)} still ${waiting === 1 ? "needs" : "need"} others to approve.`;
}

/** The result of a recorded decision. */
export function recordedSentence(request: DecidedRequest, decision: Decision): string {
  if (decision === "REJECT") return "Rejected. The workflow was notified.";
  if (request.status === "APPROVED") return "Approved. The workflow continues.";
  const missing = Math.max(0, request.approvalsRequired - request.approvers.length);
  return `Your approval is recorded. ${moreApprovals(missing).replace(/^./, (first) => first.toUpperCase())}.`;
}

/** Why a decision was not recorded. */
export function refusalSentence(answer: Extract<DecisionAnswer, { recorded: false }>, viewerId: string): string {
  const { code, message, request } = answer;
  switch (code) {
    case "ALREADY_DECIDED":
      return request === null ? "Already decided." : alreadySentence(request, viewerId);
    case "STALE_CONTEXT":
      return "Its content has changed since it was shown to you. Review it again, then decide.";
    case "EXPIRED":
      return "The request has expired.";
    case "FORBIDDEN":
      return "You may no longer decide this request.";
    case "NOT_FOUND":
      return "It no longer exists, or you may not see it.";
    case "UNANSWERED":
      return "The server did not answer. Try again: your decision counts only once, however often it is sent.";
    case "UNAUTHENTICATED":
      return "Your session has ended. Sign in again, for example in another tab, and send your decision again.";
    default:
      return message || "The server reported an unknown error.";
  }
}

function alreadySentence(request: DecidedRequest, viewerId: string): string {
  const { status, decidedBy, decisionSource, approvers } = request;
  if (status === "PENDING" || status === "ESCALATED") return "You have already decided it. Your decision stands.";
  if (decidedBy === viewerId)
    return `You have already ${status === "REJECTED" ? "rejected" : "approved"} it. Your decision stands.`;
  const who = decidedBy ?? "Somebody";
  if (status === "CANCELLED") return `${who} has cancelled it in the meantime.`;
  if (status === "TIMEOUT") return "The request has expired.";
  if (decisionSource === "APPROVER") {
    const own = approvers.includes(viewerId) ? " Your approval was counted." : "";
    return `${who} was faster and has ${status === "APPROVED" ? "approved" : "rejected"} it.${own}`;
  }
  return status === "APPROVED" ? "It was approved automatically in the meantime." : "Already decided.";
}

/** The summary of several results: "7 requests approved, 1 not." */
export function tally(answers: readonly DecisionAnswer[], decision: Decision): string {
  const recorded = answers.filter((answer) => answer.recorded).length;
  const verb = decision === "APPROVE" ? "approved" : "rejected";
  const others = answers.length - recorded;
  return others === 0
    ? `${requests(recorded)} ${verb}.`
    : `${requests(recorded)} ${verb}, ${others.toLocaleString()} not.`;
}
