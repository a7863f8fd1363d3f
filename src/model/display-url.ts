/** Removes the secret parts of URLs before they are displayed. */

import { parseUrl } from "./parse-url.ts";

/** Most characters of a displayed URL: it is the recipient of a message, which is indexed. */
const LONGEST = 500;

/** The URL without user, query and fragment, which may contain a secret. A text that is not a URL is not displayed. */
export function displayUrl(url: string): string {
  const parsed = parseUrl(url);
  if (parsed === null) return "not a valid URL";
  const display = `${parsed.origin}${parsed.pathname}`;
  return display.length > LONGEST ? `${display.slice(0, LONGEST - 1)}…` : display;
}

/** The origin of a URL, because its path may be a secret. Other texts are returned unchanged. */
export function displayOrigin(url: string): string {
  const parsed = parseUrl(url);
  return parsed === null || parsed.origin === "null" ? url : parsed.origin;
}
