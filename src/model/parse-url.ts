/** Parses URLs. Pure. */

/** The URL, or null if the text is not valid. `URL.parse` is not available in Node.js 20. */
export function parseUrl(url: string | URL): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
