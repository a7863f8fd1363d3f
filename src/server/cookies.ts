/** Cookies that no script can read: their names, and how they are read and written. */

import type { IncomingMessage } from "node:http";

/** The token of who is signed in. */
export const SESSION = "countersign_session";
/** What a sign-in at the provider has to remember until it is over, encrypted. */
export const SIGN_IN = "countersign_sign_in";

/** Browsers keep a cookie of up to 4,096 bytes, name and attributes included. */
export const LONGEST_VALUE = 3_800;
/** Browsers keep a cookie for 400 days at most. */
const LONGEST_AGE_S = 400 * 24 * 60 * 60;

/** Over https, browsers take a cookie with this prefix from this very host alone, so no neighbour can plant one. */
const nameOf = (name: string, publicOrigin: string | null) =>
  publicOrigin?.startsWith("https:") ? `__Host-${name}` : name;

/** @param publicOrigin of PUBLIC_URL, or null */
export function cookieOf(req: IncomingMessage, name: string, publicOrigin: string | null): string | null {
  const wanted = nameOf(name, publicOrigin);
  for (const pair of (req.headers.cookie ?? "").split(";")) {
    const sign = pair.indexOf("=");
    if (pair.slice(0, sign).trim() === wanted) return pair.slice(sign + 1).trim() || null;
  }
  return null;
}

/**
 * A `Set-Cookie` header. Lax rather than Strict, because people come back from the provider by a link of its pages, and
 * another person's session must be seen then. Other sites gain nothing: every use of the session asks for our own origin.
 * @param maxAge in seconds; 0 forgets the cookie
 */
export function setCookie(name: string, value: string, maxAge: number, publicOrigin: string | null): string {
  const secure = publicOrigin?.startsWith("https:") ? "; Secure" : "";
  const age = Math.min(maxAge, LONGEST_AGE_S);
  return `${nameOf(name, publicOrigin)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`;
}
