/** The hosts to which `callbackUrl` may point, from `CALLBACK_HOSTS`. Pure. */

import { isIP } from "node:net";

/** What the variable may hold, in words. */
export const CALLBACK_HOSTS_FORM =
  "hosts separated by commas, each a name or an IP address without scheme, port or path, or `*.company.com` for every " +
  "host below company.com";

/** An IPv6 address in brackets, or text in which nothing ends a host. */
const ONE_HOST = /^(\[[^\]]*\]|[^[\]:/?#@\\\s]+)$/;
/** A name as DNS has them, in punycode. The URL parser takes more, such as a semicolon. */
const NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/**
 * The host of an address in the spelling in which hosts are compared: as the URL parser writes it (lower case, punycode,
 * IP addresses in their usual form), without the dot that marks a fully qualified name.
 */
export const hostOf = ({ hostname }: Pick<URL, "hostname">): string => hostname.replace(/\.$/, "");

/**
 * The entries of the variable in that spelling.
 * @throws RangeError where one of them is not a host or `*.` and a name, or there is none
 */
export function readCallbackHosts(held: string): readonly string[] {
  return held.split(",").map((part) => {
    const entry = part.trim();
    const isPattern = entry.startsWith("*.");
    const host = canonicalHost(isPattern ? entry.slice(2) : entry);
    // Below an IP address there is nothing.
    if (host === null || (isPattern && isAddress(host)))
      throw new RangeError(`${JSON.stringify(entry)} is not a host.`);
    return isPattern ? `*.${host}` : host;
  });
}

function canonicalHost(text: string): string | null {
  const host = isIP(text) === 6 ? `[${text}]` : text;
  const url = ONE_HOST.test(host) ? URL.parse(`http://${host}/`) : null;
  const canonical = url === null ? "" : hostOf(url);
  return isAddress(canonical) || NAME.test(canonical) ? canonical : null;
}

const isAddress = (host: string): boolean => host.startsWith("[") || isIP(host) !== 0;

/** Whether a callback may go to this address; the port is not looked at. */
export function allowsHost(hosts: readonly string[], url: URL): boolean {
  const host = hostOf(url);
  return hosts.some((entry) => {
    if (!entry.startsWith("*.")) return entry === host;
    const suffix = entry.slice(1);
    return host.endsWith(suffix) && host.length > suffix.length && !isAddress(host);
  });
}
