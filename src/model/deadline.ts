/** The deadline of a request. Pure, and imported by the web pages as well. */

/** The minutes that an urgent request has left at most. Texts and documents name them. */
export const URGENT_MINUTES = 15;
/** A request is urgent if less than this many ms are left. */
export const URGENT_MS = URGENT_MINUTES * 60_000;
/** A request is expiring if less than this many ms are left. */
export const EXPIRING_MS = 60 * 60_000;

/** ms from `now` until a deadline; 0 after it. */
export const msUntil = (deadline: Date, now: Date): number => Math.max(0, deadline.getTime() - now.getTime());
