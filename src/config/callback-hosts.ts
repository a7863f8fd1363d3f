/** Parses `CALLBACK_HOSTS`, the hosts to which `callbackUrl` may point. Pure. */

import { isIP } from "node:net";
import { parseUrl } from "../model/parse-url.ts";

/** The form of the variable, for messages. */
export const CALLBACK_HOSTS_FORM =
  "hosts separated by commas, each a name or an IP address without scheme, port or path, or `*.company.com` for every " +
  "host below company.com";

/** An IPv6 address in brackets, or text without a character that ends a host. */
const ONE_HOST = /^(\[[^\]]*\]|[^[\]:/?#@\\\s]+)$/;
/** A DNS name in punycode. The URL parser accepts more, such as a semicolon. */
const NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/**
 * The host of a URL in the form in which hosts are compared: as the URL parser writes it (lower case, punycode, IP
 * addresses in canonical form), without the dot at the end of a fully qualified name.
 */
export const hostOf = ({ hostname }: Pick<URL, "hostname">): string => hostname.replace(/\.$/, "");

/**
 * Returns the entries of the variable in that form.
 * @throws RangeError if an entry is not a host or `*.` and a name, or if there is no entry
 */
export function readCallbackHosts(raw: string): readonly string[] {
  return raw.split(",").map((part) => {
    const entry = part.trim();
    const isPattern = entry.startsWith("*.");
    const host = canonicalHost(isPattern ? entry.slice(2) : entry);
    // An IP address has no subdomains.
    if (host === null || (isPattern && isAddress(host)))
      throw new RangeError(`${JSON.stringify(entry)} is not a host.`);
    return isPattern ? `*.${host}` : host;
  });
}

function canonicalHost(text: string): string | null {
  const host = isIP(text) === 6 ? `[${text}]` : text;
  const url = ONE_HOST.test(host) ? parseUrl(`http://${host}/`) : null;
  const canonical = url === null ? "" : hostOf(url);
  return isAddress(canonical) || NAME.test(canonical) ? canonical : null;
}

const isAddress = (host: string): boolean => host.startsWith("[") || isIP(host) !== 0;

/** Whether a callback may go to this URL. The port does not matter. */
export function allowsHost(hosts: readonly string[], url: URL): boolean {
  const host = hostOf(url);
  return hosts.some((entry) => {
    if (!entry.startsWith("*.")) return entry === host;
    const suffix = entry.slice(1);
    return host.endsWith(suffix) && host.length > suffix.length && !isAddress(host);
  });
}
