/** The security headers of every response. A page has a content security policy of its own. */

/** A year, in seconds. */
const HSTS = "max-age=31536000";

/**
 * @param isHttps whether browsers use https
 * @returns names and values
 */
export const securityHeaders = (isHttps: boolean): readonly (readonly [string, string])[] =>
  isHttps ? OVER_HTTPS : ALWAYS;

const ALWAYS = [
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  // Also prevents that a token in the address is sent as the referrer.
  ["Referrer-Policy", "no-referrer"],
  // DNS lookups of a page's links would reveal to the owners of the links that somebody reads the page.
  ["X-DNS-Prefetch-Control", "off"],
  // If a browser is made to display data as a page, the page runs nothing and cannot be framed.
  ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
] as const;

// Browsers ignore this header over http.
const OVER_HTTPS = [...ALWAYS, ["Strict-Transport-Security", HSTS]] as const;
