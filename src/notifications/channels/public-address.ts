/** Which addresses belong to the public internet. Whatever else there is may be a door into somebody's own network. */

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Whether an IP address is one of a host on the public internet. Private, loopback and link-local ones are not (the
 * metadata services of clouds among them), nor multicast, shared, documentation and reserved ones, nor those of IPv6
 * that stand for an address of IPv4 or carry one: mapped, compatible, 6to4, Teredo, NAT64.
 * @param address as a resolver or a URL spells it, without brackets; whatever is no IP address is not public
 */
export function isPublicAddress(address: string): boolean {
  // An index of an interface goes with a neighbour of this machine, whatever the address says.
  if (isIP(address) === 0 || address.includes("%")) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  // Of IPv6 the internet has 2000::/3; the library knows the reserved parts of that, and not all of the rest.
  return parsed.kind() === "ipv4" || ((parsed as ipaddr.IPv6).parts[0] as number) >> 13 === 1;
}
