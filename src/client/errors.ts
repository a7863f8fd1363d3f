/**
 * The errors of the client's operations. Each has a `code`. An aborted operation rejects with the signal's reason
 * instead.
 */

/** One error of a GraphQL response, with the fields that are used here. */
export interface ResponseError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: unknown; readonly [key: string]: unknown };
}

/**
 * The base class of the client's errors.
 *
 * @example
 * try {
 *   await client.request(RequestById, { id });
 * } catch (error) {
 *   if (error instanceof ClientError) console.error(error.code, error.message);
 *   else throw error;
 * }
 */
export abstract class ClientError extends Error {
  abstract readonly code: string;
}

/** The token was refused and there is no new one, or the new one was refused as well. */
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

/** A retry cannot help: the server at this address does not support the protocol, or refused the operation. */
export class ConnectionFailedError extends ClientError {
  override readonly name = "ConnectionFailedError";
  readonly code = "CONNECTION_FAILED";
}

/** The connection was lost after an operation was sent that must not be sent twice. It may or may not have run. */
export class ConnectionLostError extends ClientError {
  override readonly name = "ConnectionLostError";
  readonly code = "CONNECTION_LOST";
  constructor() {
    super("The connection was lost before the response arrived. The operation may or may not have run.");
  }
}

/** The server did not answer in time. A mutation that is not idempotent may have run all the same. */
export class RequestTimeoutError extends ClientError {
  override readonly name = "RequestTimeoutError";
  readonly code = "REQUEST_TIMEOUT";
  /** The address of the server, without credentials. */
  readonly url: string;
  readonly timeoutMs: number;
  /** @param reason why the last attempt to connect failed; null if the server was reached */
  constructor(url: string, timeoutMs: number, reason: string | null, mayHaveRun: boolean) {
    const why = reason === null ? "" : `: ${reason || "it cannot be reached"}`;
    super(
      `${url} did not answer within ${timeoutMs} ms${why}.${mayHaveRun ? " The operation may or may not have run." : ""}`,
    );
    this.url = url;
    this.timeoutMs = timeoutMs;
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
