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

/**
 * Over https, browsers take a cookie with the prefix `__Host-` from this very host alone, so no neighbour can plant one.
 * They demand the path `/` of it, so below a path the prefix is `__Secure-`, which only pages over https can plant.
 */
function nameOf(name: string, publicUrl: string): string {
  if (!publicUrl.startsWith("https:")) return name;
  return pathOf(publicUrl) === "" ? `__Host-${name}` : `__Secure-${name}`;
}

/** The path of PUBLIC_URL without a slash at its end; empty where everything is at the root. */
export const pathOf = (publicUrl: string): string => new URL(publicUrl).pathname.replace(/\/+$/, "");

/** @param publicUrl of this request */
export function cookieOf(req: IncomingMessage, name: string, publicUrl: string): string | null {
  const wanted = nameOf(name, publicUrl);
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
 * @param publicUrl of this request
 */
export function setCookie(name: string, value: string, maxAge: number, publicUrl: string): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  const age = Math.min(maxAge, LONGEST_AGE_S);
  const path = pathOf(publicUrl) || "/";
  return `${nameOf(name, publicUrl)}=${value}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`;
}
