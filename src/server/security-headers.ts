/** Headers of every answer; a page brings a content security policy of its own. */

/** A year, in seconds. */
const HSTS = "max-age=31536000";

/**
 * @param publicOrigin of PUBLIC_URL, or null
 * @returns names and values
 */
export function securityHeaders(publicOrigin: string | null): readonly (readonly [string, string])[] {
  return [
    ["X-Content-Type-Options", "nosniff"],
    ["X-Frame-Options", "DENY"],
    // Also keeps a token in the fragment from ever being named as where a request came from.
    ["Referrer-Policy", "no-referrer"],
    // DNS lookups of a page's links would reveal to their owners that somebody reads the page.
    ["X-DNS-Prefetch-Control", "off"],
    // Data that a browser is made to show as a page runs nothing and is framed nowhere.
    ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Cross-Origin-Resource-Policy", "same-origin"],
    // Sent only where browsers reach this by https; on plain http they would pass it over.
    ...(publicOrigin?.startsWith("https:") ? [["Strict-Transport-Security", HSTS] as const] : []),
  ];
}
