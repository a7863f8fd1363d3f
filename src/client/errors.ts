/** What a client's operation can be rejected with, besides the reason of its own aborted signal. Each has a `code`. */

/** One error of a GraphQL response, as much of it as is used here. */
export interface ResponseError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: unknown; readonly [key: string]: unknown };
}

export abstract class ClientError extends Error {
  abstract readonly code: string;
}

/** The token was refused and there is no fresh one, or the fresh one was refused as well. */
export class UnauthenticatedError extends ClientError {
  override readonly name = "UnauthenticatedError";
  readonly code = "UNAUTHENTICATED";
}

/** The server answered with errors; `code` is the first one's `extensions.code`. */
export class ResponseFailedError extends ClientError {
  override readonly name = "ResponseFailedError";
  readonly code: string;
  readonly errors: readonly ResponseError[];
  constructor(errors: readonly ResponseError[]) {
    super(errors.map((error) => error.message).join("; ") || "The server answered with an error.");
    this.errors = errors;
    const code = errors[0]?.extensions?.code;
    this.code = typeof code === "string" ? code : "UNKNOWN";
  }
}

/** There is no use in trying again: this address does not speak the protocol, or it refused what was sent. */
export class ConnectionFailedError extends ClientError {
  override readonly name = "ConnectionFailedError";
  readonly code = "CONNECTION_FAILED";
}

/** The socket broke after something was sent that must not be sent twice; whether it was done is not known. */
export class ConnectionLostError extends ClientError {
  override readonly name = "ConnectionLostError";
  readonly code = "CONNECTION_LOST";
  constructor() {
    super("The connection was lost before the answer came; whether the operation was done is not known.");
  }
}

/** `close()` was called. */
export class ClientClosedError extends ClientError {
  override readonly name = "ClientClosedError";
  readonly code = "CLIENT_CLOSED";
  constructor() {
    super("The client was closed.");
  }
}
