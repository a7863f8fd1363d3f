/** Finds the token of a request, and checks that the origin of the request may use it. */

import type { IncomingMessage } from "node:http";
import { arrivalOf } from "../proxies.ts";
import { cookieOf, SESSION } from "./cookies.ts";
import { UnauthenticatedError } from "./token-refusals.ts";

/** The request has the session cookie but does not come from a page of this server. */
export class ForeignOriginError extends Error {
  override readonly name = "ForeignOriginError";
  constructor() {
    super(
      "The session cookie is accepted only from this origin. Send the Origin header of this address, or a " +
        "bearer token.",
    );
  }
}

/** The token of the header `Authorization: Bearer …`; null without the header. */
export function bearerOf(header: unknown): string | null {
  const match = typeof header === "string" ? /^Bearer +([\w.~+/=-]+) *$/i.exec(header) : null;
  if (match) return match[1] as string;
  return typeof header === "string" && /^Bearer\b/i.test(header) ? "" : null;
}

/** The token of the session cookie; null without the cookie. @param publicUrl of this request */
export const sessionTokenOf = (req: IncomingMessage, publicUrl: string): string | null =>
  cookieOf(req, SESSION, publicUrl);

/**
 * Whether a page of this server sent the request. Browsers omit `Origin` in GET requests to the same origin; then
 * `Sec-Fetch-Site` counts, which a page cannot set.
 * @param publicUrl of this request
 */
export function isOwnOrigin(req: IncomingMessage, publicUrl: string): boolean {
  const { origin } = req.headers;
  if (origin === undefined) {
    return (req.method === "GET" || req.method === "HEAD") && req.headers["sec-fetch-site"] === "same-origin";
  }
  const page = URL.parse(origin);
  if (page === null || (page.protocol !== "http:" && page.protocol !== "https:")) return false;
  return page.origin === new URL(publicUrl).origin || isRequestHost(page, req);
}

/** Whether the page's origin is the host of the request, and its scheme the one that a trusted proxy reported. */
function isRequestHost(page: URL, req: IncomingMessage): boolean {
  const { proto, host } = arrivalOf(req);
  if (proto !== null && page.protocol !== `${proto}:`) return false;
  return page.host === URL.parse(`${page.protocol}//${host ?? req.headers.host ?? ""}`)?.host;
}

/**
 * The token that this request may use. A bearer token takes precedence over the cookie.
 * @param publicUrl of this request
 * @throws UnauthenticatedError without a token, ForeignOriginError if the request may not use the cookie
 */
export function tokenOf(req: IncomingMessage, publicUrl: string): string {
  const bearer = bearerOf(req.headers.authorization);
  if (bearer !== null) return bearer;
  const session = sessionTokenOf(req, publicUrl);
  if (session === null) {
    throw new UnauthenticatedError("A token is required: send the header Authorization: Bearer <token>.");
  }
  if (!isOwnOrigin(req, publicUrl)) throw new ForeignOriginError();
  return session;
}

/** The caller's address: the socket's, or the one that a proxy in TRUSTED_PROXIES reported. */
export const addressOf = (req: IncomingMessage): string | null => arrivalOf(req).address;

const LONGEST_USER_AGENT = 512;
export const userAgentOf = (req: IncomingMessage): string | null =>
  req.headers["user-agent"]?.slice(0, LONGEST_USER_AGENT) ?? null;
