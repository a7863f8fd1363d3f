/** What is said where a limit is reached: which one it is, what it held and what it may hold. */

import { LIMITS, type LimitName } from "../../config/limits.ts";
import type { RecipientLimitError } from "../../model/errors.ts";
import { HttpError } from "../http.ts";

/** The operation is more than may be asked for at once; the same again fares no better. */
export const LIMIT_EXCEEDED = "LIMIT_EXCEEDED";
/** There have been, or are, too many; later it may be fine. */
export const RATE_LIMITED = "RATE_LIMITED";

const LATER_SECONDS = 5;

const NOTIFIES = {
  recipientsPerRequest: "The request names too many people to notify outside the app",
  recipientsPerHour: "This user's requests and comments notify too many people outside the app within an hour",
} as const;

/** As its surface answers it. */
export const recipientError = ({ limit, held, most, retryAfterS }: RecipientLimitError): HttpError =>
  retryAfterS === null
    ? new LimitError(limit, NOTIFIES[limit], held, most)
    : new RateLimitError(limit, NOTIFIES[limit], held, most, retryAfterS);

/** A limit is reached. Its `details` are `limit`, `held` (null where nobody counted on), `most` and `retryAfter`. */
export class LimitError extends HttpError {
  /** @param held null where there was more than the limit and counting ended there */
  constructor(limit: LimitName, what: string, held: number | null, most: number) {
    const counted = held === null ? `more than ${most}` : String(held);
    const message = `${what}: ${counted}, where ${LIMITS[limit].variable} allows ${most}.`;
    super(400, LIMIT_EXCEEDED, message, {}, { limit, held, most });
  }
}

/** As LimitError, for what may be tried again. */
export class RateLimitError extends HttpError {
  /** @param retryAfter in whole seconds */
  constructor(limit: LimitName, what: string, held: number, most: number, retryAfter = LATER_SECONDS) {
    const message = `${what}: ${held}, where ${LIMITS[limit].variable} allows ${most}. Try again in ${retryAfter} s.`;
    const headers = { "Retry-After": String(retryAfter) };
    super(429, RATE_LIMITED, message, headers, { limit, held, most, retryAfter });
  }
}
