/** Decides which IP addresses belong to the public internet. All others may lead into a private network. */

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Whether an IP address belongs to a host on the public internet. Not public are private, loopback and link-local
 * addresses (which include the metadata services of clouds), multicast, shared, documentation and reserved addresses,
 * and IPv6 addresses that contain an IPv4 address: mapped, compatible, 6to4, Teredo, NAT64.
 * @param address as a resolver or a URL writes it, without brackets; text that is not an IP address is not public
 */
export function isPublicAddress(address: string): boolean {
  // An address with an interface index is on this machine's own link, even if it looks public.
  if (isIP(address) === 0 || address.includes("%")) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  // The public range of IPv6 is 2000::/3. The library knows the reserved parts of it, but not all other ranges.
  return parsed.kind() === "ipv4" || ((parsed as ipaddr.IPv6).parts[0] as number) >> 13 === 1;
}
