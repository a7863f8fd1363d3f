/**
 * The errors of commands, one class for each kind. They are expected: GraphQL returns them as data, REST as problem
 * details, the handler as the job's error. All other errors are unexpected, and are logged and masked.
 */

import type { ApprovalRequest } from "./approvals.ts";

/** The codes of docs/rules.md ("Answers"). */
export type ErrorCode =
  | "NOT_FOUND"
  | "FORBIDDEN"
  | "EXPIRED"
  | "ALREADY_DECIDED"
  | "STALE_CONTEXT"
  | "VALIDATION"
  | "CONFLICT";

/** A fault in the input. `path` is dotted, as in `autoApproveConditions.0.field`. */
export interface Issue {
  path: string;
  message: string;
}

/** The base class of these errors. */
export abstract class CommandError extends Error {
  abstract readonly code: ErrorCode;
}

/** The request does not exist, or the viewer may not see it. */
export class NotFoundError extends CommandError {
  override readonly name = "NotFoundError";
  readonly code = "NOT_FOUND";
  constructor(what = "approval request") {
    super(`There is no such ${what}, or you may not see it.`);
  }
}

/** The viewer may see the request, but may not run this command. */
export class ForbiddenError extends CommandError {
  override readonly name = "ForbiddenError";
  readonly code = "FORBIDDEN";
}

/** The request has expired, even if its status does not show it yet. */
export class ExpiredError extends CommandError {
  override readonly name = "ExpiredError";
  readonly code = "EXPIRED";
  constructor(expiresAt: Date) {
    super(`The time to decide this request ended at ${expiresAt.toISOString()}.`);
  }
}

/** The request is final, or this person has already decided differently. */
export class AlreadyDecidedError extends CommandError {
  override readonly name = "AlreadyDecidedError";
  readonly code = "ALREADY_DECIDED";
  readonly request: ApprovalRequest;
  constructor(message: string, request: ApprovalRequest) {
    super(message);
    this.request = request;
  }
}

/** The content of the request has changed since the decider read it. */
export class StaleContextError extends CommandError {
  override readonly name = "StaleContextError";
  readonly code = "STALE_CONTEXT";
  constructor() {
    super("The content of the request has changed since you read it. Read it again before deciding.");
  }
}

/** The input is wrong. Each issue names its field. */
export class ValidationError extends CommandError {
  override readonly name = "ValidationError";
  readonly code = "VALIDATION";
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.message}`).join("; "));
    this.issues = issues;
  }
}

/** Another request with different content already has the key. */
export class ConflictError extends CommandError {
  override readonly name = "ConflictError";
  readonly code = "CONFLICT";
}

/**
 * A person's request or comment would notify more people outside the app than the limit allows. The code is LIMIT_EXCEEDED
 * if one command exceeds the limit alone, and RATE_LIMITED if it may succeed later. This is not a CommandError, because it
 * does not depend on the request.
 */
export class RecipientLimitError extends Error {
  override readonly name = "RecipientLimitError";
  readonly code: "LIMIT_EXCEEDED" | "RATE_LIMITED";
  readonly limit: "recipientsPerRequest" | "recipientsPerHour";
  readonly held: number;
  readonly most: number;
  /** In seconds; null if a retry cannot succeed. */
  readonly retryAfterS: number | null;
  constructor(limit: RecipientLimitError["limit"], held: number, most: number, retryAfterS: number | null = null) {
    super(`${limit} is ${held}; at most ${most} people may be notified outside the app.`);
    this.code = retryAfterS === null ? "LIMIT_EXCEEDED" : "RATE_LIMITED";
    this.limit = limit;
    this.held = held;
    this.most = most;
    this.retryAfterS = retryAfterS;
  }
}

/** Seconds after which a client may retry after an UnavailableError. */
export const RETRY_AFTER_S = 2;

/**
 * The database is unavailable or did not answer in time. This is not a CommandError, because it does not depend on the
 * command: the same command may succeed when it is sent again.
 */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  readonly code = "UNAVAILABLE";
  constructor(message = "The database is not available. Try again.", options?: ErrorOptions) {
    super(message, options);
  }
}
