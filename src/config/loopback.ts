/** Recognizes addresses that only this machine can reach. Pure. */

import { isIP } from "node:net";

/** Whether an address can only be reached from this machine. @param host a name or an address, without a port */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
