/** Reads request bodies up to a limit, and parses the JSON in them. */

import type { IncomingMessage } from "node:http";
import { parseJson } from "../model/json-text.ts";
import { decodeUtf8 } from "../model/utf8.ts";
import { HttpError } from "./http.ts";
import type { ByteBudget } from "./limits/byte-budget.ts";

// A client that is still sending does not read the response. So the rest of a body that is too long is read and
// discarded, up to this multiple of the limit.
const DRAINED = 16;
const MIB = 1024 * 1024;

/** The limit for a body. */
export interface BodyLimit {
  /** The maximum in bytes. */
  most: number;
  /** The budget of unauthenticated senders; omitted after authentication. */
  budget?: ByteBudget;
  /**
   * Raises the limit if the start of the body authenticates its sender.
   * @param head the first `most` bytes, and the rest of the last chunk
   * @returns the new limit; null if the sender is not authenticated
   */
  more?(head: string): Promise<number | null>;
}

/** The error for a body that is longer than LIMIT_BODY_BYTES, or than the limit of the route. */
export function tooLong(limit: number, headers: Record<string, string> = {}): HttpError {
  const most = limit % MIB === 0 ? `${limit / MIB} MiB` : `${limit} bytes`;
  const details = { limit: "bodyBytes", most: limit };
  return new HttpError(413, "REQUEST_ENTITY_TOO_LARGE", `The body is longer than ${most}.`, headers, details);
}

/**
 * Reads the whole body as text.
 * @throws HttpError 413 when it is too long, 415 when it is compressed, 400 when it is not UTF-8 or ends early, 503
 *   when unauthenticated clients send too much at the same time
 */
export async function readBody(req: IncomingMessage, limit: BodyLimit): Promise<string> {
  const encoding = req.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", `The body may not be encoded (Content-Encoding: ${encoding}).`);
  }
  const body = await bytesOf(req, limit);
  try {
    return decodeUtf8(body);
  } catch {
    throw new HttpError(400, "BAD_REQUEST", "The body is not UTF-8.");
  }
}

async function bytesOf(req: IncomingMessage, { most, budget, more }: BodyLimit): Promise<Buffer> {
  let limit = most;
  let proving = more;
  const chunks: Buffer[] = [];
  let [size, kept] = [0, 0];
  const done = Promise.withResolvers<Buffer>();
  const forget = () => {
    chunks.length = 0;
    kept = 0;
  };
  const uncount = budget?.add({
    bytes: () => kept,
    cut() {
      forget();
      req.pause();
      const headers = { Connection: "close", "Retry-After": "5" };
      done.reject(new HttpError(503, "UNAVAILABLE", "Too many request bodies are in progress. Try again.", headers));
    },
  });

  /** Pauses the body while its start is checked. */
  async function prove(ask: NonNullable<BodyLimit["more"]>): Promise<void> {
    proving = undefined;
    req.pause();
    limit = (await ask(Buffer.concat(chunks).toString("latin1"))) ?? limit;
    if (size > limit) forget();
    req.resume();
  }

  function take(chunk: Buffer): void {
    size += chunk.length;
    if (size <= limit || proving !== undefined) {
      chunks.push(chunk);
      kept += chunk.length;
      budget?.grow(chunk.length);
      if (size > limit && proving !== undefined) prove(proving).catch(done.reject);
    } else {
      forget();
      if (size <= DRAINED * limit) return;
      req.pause();
      done.reject(tooLong(limit, { Connection: "close" }));
    }
  }

  const ended = () => {
    if (!req.readableEnded) done.reject(new HttpError(400, "BAD_REQUEST", "The body ended early."));
  };
  req.on("data", take);
  req.once("end", () => (size > limit ? done.reject(tooLong(limit)) : done.resolve(Buffer.concat(chunks, size))));
  req.once("error", ended);
  req.once("close", ended);
  try {
    return await done.promise;
  } finally {
    uncount?.();
    forget();
  }
}

/**
 * The body as JSON, with markers for numbers that a double cannot represent.
 * @throws HttpError as `readBody`, and 415 or 400 if it is not JSON
 */
export async function readJson(req: IncomingMessage, limit: BodyLimit): Promise<unknown> {
  const type = mediaTypeOf(req);
  if (type !== "application/json") {
    req.resume();
    const sent = type === "" ? "no Content-Type" : `Content-Type: ${type}`;
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", `The body must be application/json; it has ${sent}.`);
  }
  return parseJsonText(await readBody(req, limit), "The body");
}

/** @throws HttpError 400 with the position and the cause */
export function parseJsonText(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new HttpError(400, "BAD_REQUEST", `${what} is not valid JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** The media type of the body, in lower case; empty without one. */
export function mediaTypeOf(req: IncomingMessage): string {
  return (req.headers["content-type"] ?? "").split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? "";
}
