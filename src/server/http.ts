/** HTTP errors, JSON responses and URL helpers for all routes. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const JSON_TYPE = "application/json; charset=utf-8";

/** An error of the request, with the `status` and the `code` of the response. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  /** More fields of the response. */
  readonly details: object;
  constructor(
    status: number,
    code: string,
    message: string,
    headers: Record<string, string> = {},
    details: object = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.details = details;
  }
}

/**
 * Starts a JSON response that takes long: sends the headers and a space before the value, so that no proxy closes the
 * connection as idle. Each further call sends another space. For HEAD it sends nothing.
 */
export function beginJson(res: ServerResponse): void {
  if (res.req.method === "HEAD" || res.destroyed) return;
  if (!res.headersSent) {
    // Otherwise nginx would buffer the spaces.
    const headers = { "Content-Type": JSON_TYPE, "Cache-Control": "no-store", "X-Accel-Buffering": "no" };
    res.writeHead(200, headers);
  }
  res.write(" ");
}

/** Sends a JSON response, or the rest of one that `beginJson` has started. */
export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  type = JSON_TYPE,
): void {
  const text = JSON.stringify(body);
  if (res.headersSent) return void res.end(text);
  res.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...headers,
  });
  res.end(res.req.method === "HEAD" ? undefined : text);
}

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** Sends an error as RFC 9457 problem details with its `code`. */
export function sendProblem(res: ServerResponse, error: HttpError): void {
  const { status, code, message } = error;
  const body = { status, code, detail: message, ...error.details };
  sendJson(res, status, body, error.headers, PROBLEM_TYPE);
}

/** Sends an error in the format of GraphQL. */
export function sendGraphqlError(res: ServerResponse, error: HttpError): void {
  const { status, code, message, details } = error;
  sendJson(res, status, { errors: [{ message, extensions: { code, ...details } }] }, error.headers);
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The request id of the caller if it is valid; otherwise a new one. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers["x-request-id"];
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}

/** The path, and the query string without its `?`. */
export function targetOf(req: IncomingMessage): { path: string; query: string } {
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  return mark < 0 ? { path: url, query: "" } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
