/** What the dialog says, before and after. Pure; the page behind a mail's link says it alike. */

import type { DecidedRequest, Decision, DecisionAnswer, DecisionSubject } from "./decision-model.ts";

const requests = (n: number): string => (n === 1 ? "1 request" : `${n.toLocaleString()} requests`);

/** The heading: what is about to be done. */
export function questionOf(subjects: readonly DecisionSubject[], decision: Decision): string {
  const verb = decision === "APPROVE" ? "Approve" : "Reject";
  return subjects.length === 1 ? `${verb} this request?` : `${verb} ${requests(subjects.length)}?`;
}

/** The creator of the request; null if that is the requester. */
export const otherCreator = ({ requestedBy, createdBy }: Pick<DecisionSubject, "requestedBy" | "createdBy">) =>
  createdBy == null || createdBy === requestedBy ? null : createdBy;

/** Shown with every request that allows it. */
export const SELF_APPROVAL = "The requester may approve this request.";

/** Approvals that are still missing once the viewer has approved. */
export const missingAfter = ({ approvalsRequired, approvers }: DecisionSubject, viewerId: string): number =>
  Math.max(0, approvalsRequired - new Set([...approvers, viewerId]).size);

const moreApprovals = (n: number): string =>
  n === 1 ? "one more approval is needed" : `${n} more approvals are needed`;

/** What happens next if the viewer decides so. */
export function nextSentence(subject: DecisionSubject, decision: Decision, viewerId: string): string {
  if (decision === "REJECT") return "One rejection is enough: the request ends rejected, and the workflow is told.";
  const missing = missingAfter(subject, viewerId);
  if (missing > 0) return `After yours, ${moreApprovals(missing)}. The workflow goes on waiting.`;
  return subject.approvalsRequired === 1
    ? "Your approval is all it takes: the workflow goes on."
    : "Yours is the last approval that is needed: the workflow goes on.";
}

/** What happens next if the viewer decides several. */
export function nextSentenceOfMany(subjects: readonly DecisionSubject[], decision: Decision, viewerId: string): string {
  if (decision === "REJECT") return "One rejection is enough: each ends rejected, and its workflow is told.";
  const last = subjects.filter((subject) => missingAfter(subject, viewerId) === 0).length;
  if (last === subjects.length) return "Your approval is the last that they need: their workflows go on.";
  const waiting = subjects.length - last;
  return `${last === 0 ? "" : `${requests(last)} ${last === 1 ? "goes" : "go"} on. `}${requests(waiting)} still ${waiting === 1 ? "needs" : "need"} others to approve.`;
}

/** What a recorded decision came to. */
export function recordedSentence(request: DecidedRequest, decision: Decision): string {
  if (decision === "REJECT") return "Rejected. The workflow has been told.";
  if (request.status === "APPROVED") return "Approved. The workflow goes on.";
  const missing = Math.max(0, request.approvalsRequired - request.approvers.length);
  return `Your approval is recorded. ${moreApprovals(missing).replace(/^./, (first) => first.toUpperCase())}.`;
}

/** Why nothing was recorded, for a person. */
export function refusalSentence(answer: Extract<DecisionAnswer, { recorded: false }>, viewerId: string): string {
  const { code, message, request } = answer;
  switch (code) {
    case "ALREADY_DECIDED":
      return request === null ? "It is decided already." : alreadySentence(request, viewerId);
    case "STALE_CONTEXT":
      return "Its content has changed since it was shown to you. Look at it again, then decide.";
    case "EXPIRED":
      return "The time to decide it is over.";
    case "FORBIDDEN":
      return "You are not among those who may decide it any more.";
    case "NOT_FOUND":
      return "It is not there any more, or not yours to see.";
    case "UNANSWERED":
      return "The server did not answer. Try again: your decision counts once, however often it is sent.";
    case "UNAUTHENTICATED":
      return "Your session is over. Sign in again, in another tab for example, and send your decision once more.";
    default:
      return message || "The server reported an error without saying which.";
  }
}

function alreadySentence(request: DecidedRequest, viewerId: string): string {
  const { status, decidedBy, decisionSource, approvers } = request;
  if (status === "PENDING" || status === "ESCALATED") return "You decided it before, which stays as it is.";
  if (decidedBy === viewerId)
    return `You ${status === "REJECTED" ? "rejected" : "approved"} it before, which stays as it is.`;
  const who = decidedBy ?? "Somebody";
  if (status === "CANCELLED") return `${who} has withdrawn it meanwhile.`;
  if (status === "TIMEOUT") return "The time to decide it is over.";
  if (decisionSource === "APPROVER") {
    const own = approvers.includes(viewerId) ? " Your own approval had been counted." : "";
    return `${who} was faster and has ${status === "APPROVED" ? "approved" : "rejected"} it.${own}`;
  }
  return status === "APPROVED" ? "It was approved automatically meanwhile." : "It is decided already.";
}

/** What a list of results came to: "7 approved, 1 not." */
export function tally(answers: readonly DecisionAnswer[], decision: Decision): string {
  const recorded = answers.filter((answer) => answer.recorded).length;
  const verb = decision === "APPROVE" ? "approved" : "rejected";
  const others = answers.length - recorded;
  return others === 0
    ? `${requests(recorded)} ${verb}.`
    : `${requests(recorded)} ${verb}, ${others.toLocaleString()} not.`;
}
