/** What every route needs of node:http: bodies with a limit, and answers in JSON. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseJson } from "../approvals/json-text.ts";

// A client that is still sending reads no answer, so a body that is too long is read to its end, within reason.
const DRAINED = 16;
const MIB = 1024 * 1024;

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

/** The body is longer than LIMIT_BODY_BYTES, or than what this address takes. */
export function tooLong(limit: number, headers: Record<string, string> = {}): HttpError {
  const most = limit % MIB === 0 ? `${limit / MIB} MiB` : `${limit} bytes`;
  const details = { limit: "bodyBytes", most: limit };
  return new HttpError(413, "REQUEST_ENTITY_TOO_LARGE", `The body is longer than ${most}.`, headers, details);
}

/**
 * The whole body as text.
 * @throws HttpError 413 when it is too long, 415 when it is compressed, 400 when it is no UTF-8 or ends early
 */
export async function readBody(req: IncomingMessage, limit: number): Promise<string> {
  const encoding = req.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", `The body may not be encoded (Content-Encoding: ${encoding}).`);
  }
  const body = await new Promise<Buffer | null>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > DRAINED * limit) {
        req.pause();
        resolve(null);
      }
    });
    req.once("end", () => resolve(size > limit ? null : Buffer.concat(chunks, size)));
    const ended = () => {
      if (!req.readableEnded) reject(new HttpError(400, "BAD_REQUEST", "The body ended early."));
    };
    req.once("error", ended);
    req.once("close", ended);
  });
  if (body === null) throw tooLong(limit, { Connection: "close" });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new HttpError(400, "BAD_REQUEST", "The body is not UTF-8.");
  }
}

/**
 * The body as JSON, with markers for numbers that a double cannot hold.
 * @throws HttpError as `readBody`, and 415 or 400 where it is no JSON
 */
export async function readJson(req: IncomingMessage, limit: number): Promise<unknown> {
  const type = mediaTypeOf(req);
  if (type !== "application/json") {
    req.resume();
    const held = type === "" ? "no Content-Type" : `Content-Type: ${type}`;
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", `The body must be application/json; it came with ${held}.`);
  }
  return parseJsonText(await readBody(req, limit), "The body");
}

/** @throws HttpError 400, which says what is wrong and where */
export function parseJsonText(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new HttpError(400, "BAD_REQUEST", `${what} is not valid JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

export function mediaTypeOf(req: IncomingMessage): string {
  return (req.headers["content-type"] ?? "").split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? "";
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  type = "application/json",
): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...headers,
  });
  res.end(res.req.method === "HEAD" ? undefined : text);
}

/** An error by RFC 9457, with the contract's `code`. */
export function sendProblem(res: ServerResponse, error: HttpError): void {
  const { status, code, message } = error;
  const body = { status, code, detail: message, ...error.details };
  sendJson(res, status, body, error.headers, "application/problem+json");
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
