/** What every route needs of node:http: its errors, its answers in JSON, and the parts of an address. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const JSON_TYPE = "application/json; charset=utf-8";

/** The request itself is at fault; `status` and `code` are the answer's. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  /** What the answer holds besides. */
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
 * Begins an answer in JSON that takes long: its headers, and a blank in front of the value, so that no proxy takes the
 * connection for dead. Called again, it sends one more blank. HEAD has nothing to send.
 */
export function beginJson(res: ServerResponse): void {
  if (res.req.method === "HEAD" || res.destroyed) return;
  if (!res.headersSent) {
    // nginx would collect the blanks, and a proxy in front of it would wait in vain.
    const headers = { "Content-Type": JSON_TYPE, "Cache-Control": "no-store", "X-Accel-Buffering": "no" };
    res.writeHead(200, headers);
  }
  res.write(" ");
}

/** Sends an answer in JSON; of one that has begun, the rest. */
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

/** An error as RFC 9457 problem details, with its `code`. */
export function sendProblem(res: ServerResponse, error: HttpError): void {
  const { status, code, message } = error;
  const body = { status, code, detail: message, ...error.details };
  sendJson(res, status, body, error.headers, PROBLEM_TYPE);
}

/** An error that GraphQL clients understand. */
export function sendGraphqlError(res: ServerResponse, error: HttpError): void {
  const { status, code, message, details } = error;
  sendJson(res, status, { errors: [{ message, extensions: { code, ...details } }] }, error.headers);
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The caller's request id where it is a plain one, else a new one. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers["x-request-id"];
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}

/** The path alone, and the query string without its `?`. */
export function targetOf(req: IncomingMessage): { path: string; query: string } {
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  return mark < 0 ? { path: url, query: "" } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
