/** Which ends of a connection mean that trying again is of no use. */

import { type ClientError, ConnectionFailedError } from "./errors.ts";

/** Close codes for what the client did wrong and would do wrong again; of the protocol and of WebSockets. */
const FATAL_CODES: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010, 4004, 4400, 4406, 4409, 4429]);
/** What `ws` says of a server that answers, but not as a GraphQL WebSocket. */
const NOT_OURS = /^(Unexpected server response: (3\d\d|4(?!08|25|29)\d\d)|Server sent .*subprotocol)/;

/**
 * @param event what ended the connection, or kept it from being made
 * @param everConnected a server that once was there may be starting again behind a proxy
 * @returns the error for every operation, or null when trying again is right
 */
export function fatalReason(event: object, everConnected: boolean): ClientError | null {
  const { code, reason, message } = event as { code?: number; reason?: string; message?: string };
  if (code !== undefined && FATAL_CODES.has(code)) {
    return new ConnectionFailedError(`The connection ended with ${code}${reason ? `: ${reason}` : ""}.`);
  }
  if (!everConnected && message !== undefined && NOT_OURS.test(message)) {
    return new ConnectionFailedError(`There is no GraphQL WebSocket at this address: ${message}.`);
  }
  return null;
}
