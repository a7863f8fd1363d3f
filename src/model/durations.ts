/** Bounds of durations and timers. Pure, and imported by the web pages as well. */

/** Ten years of 365.25 days, in ms: the longest duration of a request. */
export const MAX_DURATION_MS = 315_576_000_000;
/** The longest delay of setTimeout, in ms. A longer one fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
