/** The addresses of webhooks as they may be shown. */

/** Most characters of an address that is shown: it is the recipient of a message, which an index holds. */
const LONGEST = 500;

/** The address without user, query and fragment, which may hold a secret; a text that is no address stays hidden. */
export function displayUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "not a valid URL";
  const shown = `${parsed.origin}${parsed.pathname}`;
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST - 1)}…` : shown;
}

/** No more of an address than whose it is: its path may be what lets somebody in there. Anything else stays as it is. */
export function displayOrigin(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null || parsed.origin === "null" ? url : parsed.origin;
}
