/** What the dialog is about, apart from where it comes from: other applications fill it from their own queries. */

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
  /** The risk that it states. */
  risk?: string | null;
  approvalsRequired: number;
  /** Who has approved so far. */
  approvers: readonly string[];
  /** Of the content that the decider has read. */
  contextDigest: string;
}

/** What became of a request. */
export interface DecidedRequest {
  status: Status;
  approvalsRequired: number;
  approvers: readonly string[];
  decidedBy?: string | null;
  decisionSource?: string | null;
}

/**
 * Why a decision was not recorded. UNANSWERED: nobody knows whether it was; to send it again does no harm.
 * UNAUTHENTICATED: the session is over. FAILED: any other error, which the message tells in the server's words.
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

/** Whether there is nothing more for the viewer to decide. */
export const isOver = (answer: DecisionAnswer): boolean => answer.recorded || FINAL.includes(answer.code);

/** Whether the same decision may be recorded when it is sent once more as it is. */
export const maySendAgain = (answer: DecisionAnswer): boolean =>
  !isOver(answer) && !answer.recorded && answer.code !== "STALE_CONTEXT";

/** Sends one decision. It does not throw. */
export type Decide = (subject: DecisionSubject, decision: Decision, comment: string) => Promise<DecisionAnswer>;

export interface DecisionResult {
  subject: DecisionSubject;
  answer: DecisionAnswer;
}
