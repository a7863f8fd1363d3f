/** Errors for exceeded limits. They name the limit, the actual value and the maximum. */

import { LIMITS, type LimitName } from "../../config/limits.ts";
import type { RecipientLimitError } from "../../model/errors.ts";
import { HttpError } from "../http.ts";

/** The operation exceeds a limit. The same operation fails again. */
export const LIMIT_EXCEEDED = "LIMIT_EXCEEDED";
/** There are too many operations or connections. The same operation may succeed later. */
export const RATE_LIMITED = "RATE_LIMITED";

const LATER_SECONDS = 5;

const NOTIFIES = {
  recipientsPerRequest: "The request names too many people to notify outside the app",
  recipientsPerHour: "This user's requests and comments notify too many people outside the app within an hour",
} as const;

/** Converts an error of the manager to an HttpError. */
export const recipientError = ({ limit, held, most, retryAfterS }: RecipientLimitError): HttpError =>
  retryAfterS === null
    ? new LimitError(limit, NOTIFIES[limit], held, most)
    : new RateLimitError(limit, NOTIFIES[limit], held, most, retryAfterS);

/** A limit is exceeded. `details` has `limit`, `held` (null if counting stopped at the limit) and `most`. */
export class LimitError extends HttpError {
  /** @param held null if counting stopped at the limit */
  constructor(limit: LimitName, what: string, held: number | null, most: number) {
    const counted = held === null ? `more than ${most}` : String(held);
    const message = `${what}: ${counted}; ${LIMITS[limit].variable} allows ${most}.`;
    super(400, LIMIT_EXCEEDED, message, {}, { limit, held, most });
  }
}

/** A LimitError for an operation that may succeed later. */
export class RateLimitError extends HttpError {
  /** @param retryAfter in whole seconds */
  constructor(limit: LimitName, what: string, held: number, most: number, retryAfter = LATER_SECONDS) {
    const message = `${what}: ${held}; ${LIMITS[limit].variable} allows ${most}. Try again in ${retryAfter} s.`;
    const headers = { "Retry-After": String(retryAfter) };
    super(429, RATE_LIMITED, message, headers, { limit, held, most, retryAfter });
  }
}
