/** The errors with which the handler's methods reject. */

import type { Issue } from "../model/errors.ts";

/**
 * The API refused the operation. docs/rules.md ("Answers") lists the codes.
 *
 * @example
 * try {
 *   await requestApproval({ title: "Deploy?", approvers: [] });
 * } catch (error) {
 *   if (error instanceof RefusedError && error.code === "VALIDATION") console.error(error.issues);
 *   else throw error;
 * }
 */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  /** For example VALIDATION, FORBIDDEN or CONFLICT. */
  readonly code: string;
  /** The faults of the input, if the code is VALIDATION. */
  readonly issues: readonly Issue[] | undefined;
  constructor(code: string, message: string, issues?: readonly Issue[]) {
    super(issues?.length ? describeIssues(issues) : message);
    this.code = code;
    this.issues = issues;
  }
}

/** Two workflows have a job of this id with a request in an execution of this id. */
export class AmbiguousJobError extends Error {
  override readonly name = "AmbiguousJobError";
  readonly code = "AMBIGUOUS";
  readonly workflowIds: readonly string[];
  constructor(jobId: string, executionId: string, workflowIds: readonly string[]) {
    const names = workflowIds.join(", ");
    super(`Job ${jobId} of execution ${executionId} is in several workflows (${names}); name one of them.`);
    this.workflowIds = workflowIds;
  }
}

/** The request that a job waits for was deleted from the database. */
export class RequestDeletedError extends Error {
  override readonly name = "RequestDeletedError";
  readonly code = "NOT_FOUND";
  constructor(requestId: string) {
    super(`The approval request ${requestId} of this job was deleted, so nobody can decide it.`);
  }
}

/** Nobody decided within the `timeoutMs` of a wait. The request stays open; another wait may get its outcome. */
export class ApprovalWaitTimeoutError extends Error {
  override readonly name = "ApprovalWaitTimeoutError";
  readonly code = "WAIT_TIMEOUT";
  readonly requestId: string;
  readonly timeoutMs: number;
  constructor(requestId: string, timeoutMs: number) {
    super(`The approval request ${requestId} was not decided within ${timeoutMs} ms. It stays open.`);
    this.requestId = requestId;
    this.timeoutMs = timeoutMs;
  }
}

export const describeIssues = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");

const ANSWERS: ReadonlySet<unknown> = new Set([
  "NOT_FOUND",
  "FORBIDDEN",
  "EXPIRED",
  "ALREADY_DECIDED",
  "STALE_CONTEXT",
  "VALIDATION",
  "CONFLICT",
  "BAD_USER_INPUT",
]);

/** Whether an error of a gateway is an answer to the operation rather than a fault. */
export const isAnswer = (error: unknown): error is Error & { code: string; issues?: readonly Issue[] } =>
  error instanceof Error && ANSWERS.has((error as { code?: unknown }).code);

/** An answer as a RefusedError, whether it came from an API or from a manager. Other errors are returned unchanged. */
export const asRefusal = (error: unknown): unknown =>
  !isAnswer(error) || error instanceof RefusedError ? error : new RefusedError(error.code, error.message, error.issues);

export const isNotFound = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === "NOT_FOUND";

/** Checks the name, because an orchestrator may throw the class of another copy of this module. */
export const isDeleted = (error: unknown): boolean => error instanceof Error && error.name === "RequestDeletedError";
