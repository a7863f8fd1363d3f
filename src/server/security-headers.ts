/** Headers of every answer; a page brings a content security policy of its own. */

/** A year, in seconds. */
const HSTS = "max-age=31536000";

/**
 * @param isHttps whether browsers reach this by https
 * @returns names and values
 */
export const securityHeaders = (isHttps: boolean): readonly (readonly [string, string])[] =>
  isHttps ? OVER_HTTPS : ALWAYS;

const ALWAYS = [
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
] as const;

// On plain http, browsers would pass it over.
const OVER_HTTPS = [...ALWAYS, ["Strict-Transport-Security", HSTS]] as const;
