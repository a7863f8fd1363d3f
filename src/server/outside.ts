/** Where clients reach the server: the path below which everything is served, and the address that a client uses. */

import type { IncomingMessage } from "node:http";
import type { Config } from "../config/config.ts";
import { pathOf } from "./auth/cookies.ts";
import { arrivalOf, createProxies } from "./proxies.ts";

export interface Outside {
  /** The path of PUBLIC_URL: empty, or `/approvals` for example. */
  readonly base: string;
  /**
   * Reads what trusted proxies say of a request, and takes the base off its target. To be called before anything else
   * looks at the request.
   * @returns whether the target is below the base
   */
  enter(req: IncomingMessage): boolean;
  /**
   * The base of every link, without a slash at its end: PUBLIC_URL; where it is not set, the address that this request
   * was sent to by a trusted proxy's word, else the address that the server listens on.
   * @param req left out for messages, which no request causes
   */
  url(req?: IncomingMessage): string;
}

/** @param listening the address that the server listens on, once it does */
export function createOutside(
  { publicUrl, trustedProxies }: Pick<Config, "publicUrl" | "trustedProxies">,
  listening: () => string,
): Outside {
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
      const told = isBehindProxy && req !== undefined ? sentTo(req) : null;
      if (told !== null) return told;
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

/** Null where no proxy is believed, or none says it. */
function sentTo(req: IncomingMessage): string | null {
  const { proto, host } = arrivalOf(req);
  if (proto === null && host === null) return null;
  return URL.parse(`${proto ?? "http"}://${host ?? req.headers.host ?? ""}`)?.origin ?? null;
}
