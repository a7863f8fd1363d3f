/**
 * Reads the `X-Forwarded-…` headers of the proxies in TRUSTED_PROXIES: the address of the client, and the scheme and
 * host that the client used. Headers of other senders are ignored. No other file reads these headers.
 */

import type { IncomingMessage } from "node:http";
import { plainAddress, proxyMatcher } from "../config/trusted-proxies.ts";

/** The origin of a request. A value is null if no trusted proxy reported it. */
export interface Arrival {
  /** The client's address; null if the connection has none, as on a Unix socket. */
  readonly address: string | null;
  readonly proto: "http" | "https" | null;
  /** With the port, unless it is the default of the scheme. */
  readonly host: string | null;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/** The client's address, scheme and host of a request. */
export const arrivalOf = (req: IncomingMessage): Arrival =>
  arrivals.get(req) ?? { address: peerOf(req), proto: null, host: null };

/**
 * @param trusted the entries of TRUSTED_PROXIES
 * @returns reads the headers of a request; call it once, before anything else reads the request
 */
export function createProxies(trusted: readonly string[]): (req: IncomingMessage) => void {
  if (trusted.length === 0) return () => {};
  const isProxy = proxyMatcher(trusted);
  return (req) => {
    const peer = peerOf(req);
    if (peer !== null && isProxy(peer)) arrivals.set(req, readHeaders(req, peer, isProxy));
  };
}

function readHeaders(req: IncomingMessage, peer: string, isProxy: (address: string) => boolean): Arrival {
  const hops = listOf(req, "x-forwarded-for");
  let address = peer;
  let distance = 0;
  // Each proxy appends the address of its client. Only the entries of trusted proxies are reliable.
  while (distance < hops.length && isProxy(address)) {
    const hop = addressIn(hops[hops.length - 1 - distance] as string);
    if (hop === null) {
      address = peer;
      break;
    }
    address = hop;
    distance++;
  }
  const proto = entryAt(listOf(req, "x-forwarded-proto"), distance).toLowerCase();
  return {
    address,
    proto: proto === "http" || proto === "https" ? proto : null,
    host: hostIn(entryAt(listOf(req, "x-forwarded-host"), distance)),
  };
}

function listOf(req: IncomingMessage, name: string): string[] {
  const value = [req.headers[name] ?? []].flat().join(",");
  return value.trim() === "" ? [] : value.split(",").map((entry) => entry.trim());
}

/** The entry of the proxy that received the client's request. A proxy that replaces the header leaves one entry. */
const entryAt = (entries: readonly string[], distance: number): string =>
  entries.at(-Math.min(Math.max(distance, 1), entries.length)) ?? "";

const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([\da-f:.]+)\])(?::(\d{1,5}))?$/i;
const LARGEST_PORT = 65_535;

/** Some proxies add the client's port, and brackets around IPv6. */
function addressIn(entry: string): string | null {
  const [, v4, v6, port] = WITH_PORT.exec(entry) ?? [];
  if (Number(port ?? 0) > LARGEST_PORT) return null;
  return plainAddress(v4 ?? v6 ?? entry);
}

const HOST = /^(?:[a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

const hostIn = (entry: string): string | null =>
  HOST.test(entry) && URL.canParse(`http://${entry}`) ? entry.toLowerCase() : null;

/** The address of the peer, without the interface of a link-local address. */
const peerOf = ({ socket }: IncomingMessage): string | null =>
  plainAddress(socket.remoteAddress?.replace(/%.*$/, "") ?? "");
