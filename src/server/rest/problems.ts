/** Converts errors to RFC 9457 problem details with a `code`. docs/rules.md lists the codes of commands. */

import type { ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";
import type { ErrorCode, Issue } from "../../model/errors.ts";
import { INTERNAL, RETRY_AFTER } from "../graphql/errors.ts";
import { HttpError, PROBLEM_TYPE, sendJson } from "../http.ts";
import { LIMIT_EXCEEDED, RATE_LIMITED } from "../limits/limit-error.ts";

/** The status and the title of each code. The codes of commands come first. */
export const PROBLEMS = {
  VALIDATION: [422, "Invalid input"],
  NOT_FOUND: [404, "Not found"],
  FORBIDDEN: [403, "Forbidden"],
  CONFLICT: [409, "Conflict"],
  ALREADY_DECIDED: [409, "Already decided"],
  STALE_CONTEXT: [409, "Content has changed"],
  EXPIRED: [410, "Expired"],
  BAD_REQUEST: [400, "Body not readable"],
  UNAUTHENTICATED: [401, "Valid token required"],
  LIMIT_EXCEEDED: [400, "Limit exceeded"],
  METHOD_NOT_ALLOWED: [405, "Method not allowed"],
  REQUEST_ENTITY_TOO_LARGE: [413, "Body too long"],
  UNSUPPORTED_MEDIA_TYPE: [415, "Body must be JSON"],
  RATE_LIMITED: [429, "Too many requests"],
  [INTERNAL]: [500, "Unexpected error"],
  UNAVAILABLE: [503, "Not available"],
} as const satisfies Record<ErrorCode, readonly [number, string]> & Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;
const isProblemCode = (code: unknown): code is ProblemCode => typeof code === "string" && Object.hasOwn(PROBLEMS, code);

/** More fields of the response: the issues of a validation, or the decided request. */
interface Details {
  issues?: readonly Issue[];
  request?: unknown;
}

/** An error with a code of PROBLEMS and the status of that code. */
export class ProblemError extends HttpError {
  constructor(code: ProblemCode, message: string, details: Details = {}) {
    super(PROBLEMS[code][0], code, message, code === "UNAVAILABLE" ? RETRY_AFTER : {}, details);
  }
}

/** @param issues at least one */
export const validationProblem = (issues: readonly Issue[]): ProblemError =>
  new ProblemError("VALIDATION", issues.map(({ path, message }) => `${path || "body"}: ${message}`).join("; "), {
    issues,
  });

/**
 * Converts an error of a result, which is already masked.
 * @param nameOf returns the parameter or field of a variable
 */
export function problemOf(error: GraphQLFormattedError, nameOf: (variable: string) => string): HttpError {
  const { code, issues } = error.extensions ?? {};
  if (code === "BAD_USER_INPUT") {
    // Such a message starts with the argument in backticks.
    const path = nameOf(/^`([^`]+)`/.exec(error.message)?.[1] ?? "");
    return new ProblemError("VALIDATION", error.message, { issues: [{ path, message: error.message }] });
  }
  if (code === LIMIT_EXCEEDED || code === RATE_LIMITED) {
    const { limit, held, most, retryAfter } = error.extensions ?? {};
    const details = { limit, held, most, ...(retryAfter !== undefined && { retryAfter }) };
    const headers: Record<string, string> = retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
    return new HttpError(PROBLEMS[code][0], code, error.message, headers, details);
  }
  return new ProblemError(isProblemCode(code) ? code : INTERNAL, error.message, {
    ...(issues !== undefined && { issues: issues as Issue[] }),
  });
}

/** @param base of every address */
export function sendRestProblem(res: ServerResponse, error: HttpError, base: string): void {
  const { status, code, message, headers, details } = error;
  const title = isProblemCode(code) ? PROBLEMS[code][1] : code;
  const body = { type: `${base}/api/docs#${code}`, title, status, detail: message, code, ...details };
  sendJson(res, status, body, headers, PROBLEM_TYPE);
}
