/** Converts errors for clients: expected errors pass, unexpected ones are logged and masked. */

import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { logFailure } from "../../db/outage-log.ts";
import { unavailable } from "../../db/outages.ts";
import type { Logger } from "../../log.ts";
import { CommandError, RETRY_AFTER_S, RecipientLimitError, ValidationError } from "../../model/errors.ts";
import { cutText } from "../../model/json.ts";
import { HttpError } from "../http.ts";
import { recipientError } from "../limits/limit-error.ts";

const LONGEST_MESSAGE = 2_000;

export const INTERNAL = "INTERNAL_SERVER_ERROR";

/** The original error inside the wrappers of GraphQL. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError != null) cause = cause.originalError;
  return cause;
}

/**
 * Converts an error to the one that the client may see.
 * @param requestId of the request or socket; the log entry of the error contains it
 */
export function publicError(error: unknown, requestId: string, log: Pick<Logger, "error">): GraphQLError {
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  const cause = causeOf(error);
  if (cause instanceof CommandError) {
    const issues = cause instanceof ValidationError ? { issues: cause.issues } : {};
    return new GraphQLError(cause.message, { ...place, extensions: { code: cause.code, ...issues } });
  }
  if (cause instanceof RecipientLimitError) {
    const { message, extensions } = asGraphqlError(recipientError(cause));
    return new GraphQLError(message, { ...place, extensions });
  }
  if (error instanceof GraphQLError) {
    // An error that a scalar throws for a variable is the client's, whatever its class.
    const ofVariable = error.path === undefined && error.message.startsWith('Variable "$');
    if (ofVariable) {
      // The message quotes the value, which may be long.
      const message = cutText(error.message, LONGEST_MESSAGE);
      return new GraphQLError(message, { ...place, extensions: { code: "BAD_USER_INPUT", ...error.extensions } });
    }
    if (cause instanceof GraphQLError) return error;
  }
  const fields = { err: cause, requestId, path: place.path?.join(".") };
  const outage = unavailable(cause);
  if (outage !== null) {
    logFailure(log, "error", fields, "an operation failed because the database is unavailable");
    return new GraphQLError(outage.message, { ...place, extensions: { code: outage.code } });
  }
  log.error(fields, "unexpected error in an operation");
  return new GraphQLError(`Unexpected error. Contact your administrator with request id ${requestId}.`, {
    ...place,
    extensions: { code: INTERNAL, requestId },
  });
}

/** Converts an HttpError to a GraphQLError. Yoga uses its status and headers. */
export const asGraphqlError = ({ message, code, status, headers, details }: HttpError): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...details, http: { status, headers } } });

/** The error as sent over WebSocket: without the HTTP status, which is in the extensions for Yoga. */
export function formatError(error: GraphQLError): GraphQLFormattedError {
  const formatted = error.toJSON();
  if (formatted.extensions === undefined || !("http" in formatted.extensions)) return formatted;
  const { http: _, ...extensions } = formatted.extensions;
  return { ...formatted, extensions };
}

/** Sent with every 503 for an unavailable database. */
export const RETRY_AFTER = { "Retry-After": String(RETRY_AFTER_S) };

/** The HTTP error for an outage; null for any other error. */
export function asUnavailable(
  error: unknown,
  requestId: string | undefined,
  log: Pick<Logger, "error">,
): HttpError | null {
  const outage = unavailable(error);
  if (outage === null) return null;
  logFailure(log, "error", { err: error, requestId }, "a request failed because the database is unavailable");
  return new HttpError(503, outage.code, outage.message, RETRY_AFTER);
}
