/** Which token a request carries, and whether the place it comes from may use it. */

import type { IncomingMessage } from "node:http";
import { UnauthenticatedError } from "./auth.ts";
import { cookieOf, SESSION } from "./cookies.ts";

/** The session cookie came along with a request from somewhere else than our own pages. */
export class ForeignOriginError extends Error {
  override readonly name = "ForeignOriginError";
  constructor() {
    super(
      "The session cookie is taken only from our own origin; send the Origin header of this address, or a Bearer token.",
    );
  }
}

/** The token of `Authorization: Bearer …`; null without it. */
export function bearerOf(header: unknown): string | null {
  const match = typeof header === "string" ? /^Bearer +([\w.~+/=-]+) *$/i.exec(header) : null;
  if (match) return match[1] as string;
  return typeof header === "string" && /^Bearer\b/i.test(header) ? "" : null;
}

/** The session's token; null without one. @param publicOrigin of PUBLIC_URL, or null */
export const sessionTokenOf = (req: IncomingMessage, publicOrigin: string | null): string | null =>
  cookieOf(req, SESSION, publicOrigin);

/**
 * Whether a page of ours sent the request. Browsers leave `Origin` out of a page's own GET requests; `Sec-Fetch-Site`,
 * which no page can set, then tells.
 * @param publicOrigin of PUBLIC_URL, or null
 */
export function isOwnOrigin(req: IncomingMessage, publicOrigin: string | null): boolean {
  const { origin, host } = req.headers;
  if (origin === undefined) {
    return (req.method === "GET" || req.method === "HEAD") && req.headers["sec-fetch-site"] === "same-origin";
  }
  const parsed = URL.parse(origin);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) return false;
  return parsed.origin === publicOrigin || parsed.host === host?.toLowerCase();
}

/**
 * The token that this request may use; Bearer wins over the cookie.
 * @throws UnauthenticatedError without any, ForeignOriginError where the cookie may not be used
 */
export function tokenOf(req: IncomingMessage, publicOrigin: string | null): string {
  const bearer = bearerOf(req.headers.authorization);
  if (bearer !== null) return bearer;
  const session = sessionTokenOf(req, publicOrigin);
  if (session === null) {
    throw new UnauthenticatedError("This needs a token: send the header Authorization: Bearer <token>.");
  }
  if (!isOwnOrigin(req, publicOrigin)) throw new ForeignOriginError();
  return session;
}

/** The caller's address as the socket knows it; no header is believed. */
export function addressOf(req: IncomingMessage): string | null {
  return req.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? null;
}

const LONGEST_USER_AGENT = 512;
export const userAgentOf = (req: IncomingMessage): string | null =>
  req.headers["user-agent"]?.slice(0, LONGEST_USER_AGENT) ?? null;
