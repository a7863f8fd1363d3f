/** The errors with which the handler's methods reject. */

import type { Issue } from "../model/errors.ts";

/** The API refused the operation. docs/rules.md ("Answers") lists the codes. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly code: string;
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

export const isNotFound = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === "NOT_FOUND";

/** Checks the name, because an orchestrator may throw the class of another copy of this module. */
export const isDeleted = (error: unknown): boolean => error instanceof Error && error.name === "RequestDeletedError";
