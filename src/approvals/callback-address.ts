/** The addresses of webhooks as they may be shown. */

/** The address without user, query and fragment, which may hold a secret; a text that is no address stays hidden. */
export function displayUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "an address that is none" : `${parsed.origin}${parsed.pathname}`;
}
