/** The address at which clients reach the server, and the path below which everything is served. */

import type { IncomingMessage } from "node:http";
import type { Config } from "../config/config.ts";
import { pathOf } from "./auth/cookies.ts";
import { arrivalOf, createProxies } from "./proxies.ts";

export interface PublicAddress {
  /** The path of PUBLIC_URL: empty, or `/approvals` for example. */
  readonly base: string;
  /**
   * Reads the headers of trusted proxies, and removes the base from the target of the request. Call it before anything
   * else reads the request.
   * @returns whether the target is below the base
   */
  enter(req: IncomingMessage): boolean;
  /**
   * The base of every link, without a trailing slash: PUBLIC_URL. If it is not set: the address of this request as a
   * trusted proxy reports it, or the address that the server listens on.
   * @param req omitted for notifications, which belong to no request
   */
  url(req?: IncomingMessage): string;
}

/** @param listening returns the address that the server listens on; called once it listens */
export function createPublicAddress(
  { publicUrl, trustedProxies }: Pick<Config, "publicUrl" | "trustedProxies">,
  listening: () => string,
): PublicAddress {
  const base = publicUrl === null ? "" : pathOf(publicUrl);
  const readProxies = createProxies(trustedProxies);
  const isBehindProxy = trustedProxies.length > 0;
  let known: string | undefined;
  return {
    base,
    enter(req) {
      readProxies(req);
      if (base === "") return true;
      const rest = belowBase(req.url ?? "/", base);
      if (rest === null) return false;
      req.url = rest;
      return true;
    },
    url(req) {
      if (publicUrl !== null) return publicUrl;
      const forwarded = isBehindProxy && req !== undefined ? forwardedOrigin(req) : null;
      if (forwarded !== null) return forwarded;
      known ??= listening();
      return known;
    },
  };
}

function belowBase(target: string, base: string): string | null {
  if (!target.startsWith(base)) return null;
  const rest = target.slice(base.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : null;
}

/** The origin that a trusted proxy reported; null without one. */
function forwardedOrigin(req: IncomingMessage): string | null {
  const { proto, host } = arrivalOf(req);
  if (proto === null && host === null) return null;
  return URL.parse(`${proto ?? "http"}://${host ?? req.headers.host ?? ""}`)?.origin ?? null;
}
