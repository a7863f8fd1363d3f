/** The types of the decision dialog. They are independent of our API, so that other applications can fill them. */

export type Decision = "APPROVE" | "REJECT";
export type Status = "PENDING" | "ESCALATED" | "APPROVED" | "REJECTED" | "TIMEOUT" | "CANCELLED";

/** A request that can be decided. */
export interface DecisionSubject {
  id: string;
  title: string;
  status: Status;
  workflowId: string;
  requestedBy: string;
  /** The user whose token created it. */
  createdBy?: string | null;
  /** Whether the requester may approve it. */
  allowSelfApproval?: boolean | null;
  /** The risk, if the request states one. */
  risk?: string | null;
  approvalsRequired: number;
  /** Who has approved so far. */
  approvers: readonly string[];
  /** The digest of the content that the viewer has read. */
  contextDigest: string;
}

/** A request after a decision. */
export interface DecidedRequest {
  status: Status;
  approvalsRequired: number;
  approvers: readonly string[];
  decidedBy?: string | null;
  decisionSource?: string | null;
}

/**
 * Why a decision was not recorded. UNANSWERED: the server did not answer; the decision can safely be sent again.
 * UNAUTHENTICATED: the session has ended. FAILED: any other error; the message has the server's text.
 */
export type Refusal =
  | "ALREADY_DECIDED"
  | "STALE_CONTEXT"
  | "EXPIRED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "VALIDATION"
  | "CONFLICT"
  | "UNANSWERED"
  | "UNAUTHENTICATED"
  | "FAILED";

export type DecisionAnswer =
  | { recorded: true; request: DecidedRequest }
  | { recorded: false; code: Refusal; message: string; request: DecidedRequest | null };

const FINAL: readonly string[] = ["ALREADY_DECIDED", "EXPIRED", "FORBIDDEN", "NOT_FOUND"];

/** Whether the viewer has nothing left to decide. */
export const isOver = (answer: DecisionAnswer): boolean => answer.recorded || FINAL.includes(answer.code);

/** Whether it makes sense to send the same decision again. */
export const maySendAgain = (answer: DecisionAnswer): boolean =>
  !isOver(answer) && !answer.recorded && answer.code !== "STALE_CONTEXT";

/** Sends one decision. It does not throw. */
export type Decide = (subject: DecisionSubject, decision: Decision, comment: string) => Promise<DecisionAnswer>;

export interface DecisionResult {
  subject: DecisionSubject;
  answer: DecisionAnswer;
}
