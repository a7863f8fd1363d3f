/** The deadline of a request. Pure, and imported by the web pages as well. */

/** A request is urgent if less than this many ms are left. */
export const URGENT_MS = 15 * 60_000;
