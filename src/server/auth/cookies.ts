/** Reads and writes the cookies of the server. Scripts cannot read them. */

import type { IncomingMessage } from "node:http";

/** Contains the token of the person who is signed in. */
export const SESSION = "countersign_session";
/** Contains the encrypted state of a sign-in at the provider. */
export const SIGN_IN = "countersign_sign_in";

/** Browsers store a cookie of up to 4,096 bytes, name and attributes included. */
export const LONGEST_VALUE = 3_800;
/** Browsers store a cookie for at most 400 days. */
const LONGEST_AGE_S = 400 * 24 * 60 * 60;

/**
 * Over https, browsers accept a cookie with the prefix `__Host-` only from this host, so another host of the same site
 * cannot set one. The prefix requires the path `/`. Below a path the prefix is `__Secure-`, which only https can set.
 */
function nameOf(name: string, publicUrl: string): string {
  if (!publicUrl.startsWith("https:")) return name;
  return pathOf(publicUrl) === "" ? `__Host-${name}` : `__Secure-${name}`;
}

/** The path of PUBLIC_URL without a trailing slash; empty for the root. */
export const pathOf = (publicUrl: string): string => new URL(publicUrl).pathname.replace(/\/+$/, "");

/** @param publicUrl of this request */
export function cookieOf(req: IncomingMessage, name: string, publicUrl: string): string | null {
  const cookieName = nameOf(name, publicUrl);
  for (const pair of (req.headers.cookie ?? "").split(";")) {
    const sign = pair.indexOf("=");
    if (pair.slice(0, sign).trim() === cookieName) return pair.slice(sign + 1).trim() || null;
  }
  return null;
}

/**
 * A `Set-Cookie` header. Lax rather than Strict, because the provider's pages link back to the server, which must then
 * see another person's session. This gives other sites nothing: every use of the session checks the origin.
 * @param maxAge in seconds; 0 deletes the cookie
 * @param publicUrl of this request
 */
export function setCookie(name: string, value: string, maxAge: number, publicUrl: string): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  const age = Math.min(maxAge, LONGEST_AGE_S);
  const path = pathOf(publicUrl) || "/";
  return `${nameOf(name, publicUrl)}=${value}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`;
}
