/** Decides whether the end of a connection is permanent, so that a reconnect is of no use. */

import { type ClientError, ConnectionFailedError } from "./errors.ts";

/** Close codes of WebSockets and of the protocol for errors of the client, which a retry would repeat. */
const FATAL_CODES: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010, 4004, 4400, 4406, 4409, 4429]);
/** The messages of `ws` for a server that answers, but not as a GraphQL WebSocket. */
const NOT_GRAPHQL = /^(Unexpected server response: (3\d\d|4(?!08|25|29)\d\d)|Server sent .*subprotocol)/;

/**
 * @param event the event that ended the connection or prevented it
 * @param everConnected whether the client was ever connected; then the server may be restarting behind a proxy
 * @returns the error for all operations, or null to reconnect
 */
export function fatalReason(event: object, everConnected: boolean): ClientError | null {
  const { code, reason, message } = event as { code?: number; reason?: string; message?: string };
  if (code !== undefined && FATAL_CODES.has(code)) {
    return new ConnectionFailedError(`The connection ended with ${code}${reason ? `: ${reason}` : ""}.`);
  }
  if (!everConnected && message !== undefined && NOT_GRAPHQL.test(message)) {
    return new ConnectionFailedError(`There is no GraphQL WebSocket at this address: ${message}.`);
  }
  return null;
}
