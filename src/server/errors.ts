/** What clients hear of errors: answers pass, anything unexpected is logged and masked. */

import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { CommandError, RecipientLimitError, ValidationError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { HttpError } from "./http.ts";
import { recipientError } from "./limits/limit-error.ts";

export const INTERNAL = "INTERNAL_SERVER_ERROR";

/** The error that was thrown, below whatever wrapped it on its way through GraphQL. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError != null) cause = cause.originalError;
  return cause;
}

/**
 * The error as the client may see it.
 * @param requestId of the request or socket; the log holds the error under it
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
    // What a scalar threw at a variable is the client's input, whatever class it has.
    const ofVariable = error.path === undefined && error.message.startsWith('Variable "$');
    if (ofVariable) {
      return new GraphQLError(error.message, { ...place, extensions: { code: "BAD_USER_INPUT", ...error.extensions } });
    }
    if (cause instanceof GraphQLError) return error;
  }
  log.error({ err: cause, requestId, path: place.path?.join(".") }, "unexpected error in an operation");
  return new GraphQLError(`Unexpected error. Ask with request id ${requestId}.`, {
    ...place,
    extensions: { code: INTERNAL, requestId },
  });
}

/** The request's fault as GraphQL tells it; Yoga answers with its status and headers. */
export const asGraphqlError = ({ message, code, status, headers, details }: HttpError): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...details, http: { status, headers } } });

/** As sent over WebSocket: without the status that Yoga keeps among the extensions. */
export function formatError(error: GraphQLError): GraphQLFormattedError {
  const formatted = error.toJSON();
  if (formatted.extensions === undefined || !("http" in formatted.extensions)) return formatted;
  const { http: _, ...extensions } = formatted.extensions;
  return { ...formatted, extensions };
}
