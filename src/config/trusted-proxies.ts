/** Parses `TRUSTED_PROXIES`, the proxies whose headers are trusted, and matches addresses. Pure. */

import { BlockList, isIP } from "node:net";

/** The form of the variable, for messages. */
export const TRUSTED_PROXIES_FORM =
  "IP addresses and CIDR ranges separated by commas or spaces, for example 10.0.0.0/8, 192.0.2.7, 2001:db8::/32";

const ADDRESS_BITS = { 4: 32, 6: 128 } as const;

interface Range {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  readonly bits: number;
}

/**
 * Returns the entries of the variable.
 * @throws RangeError if an entry is not an address or a range, or if there is no entry
 */
export function readTrustedProxies(raw: string): readonly string[] {
  const entries = raw.trim().split(/\s*,\s*|\s+/);
  for (const entry of entries) rangeOf(entry);
  return entries;
}

/** Returns a function that checks whether an address, as `plainAddress` writes it, is one of these proxies. */
export function proxyMatcher(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, bits, family } of entries.map(rangeOf)) list.addSubnet(address, bits, family);
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function rangeOf(entry: string): Range {
  const [address = "", bits, ...more] = entry.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  if (version !== 4 && version !== 6) throw new RangeError(`${JSON.stringify(entry)} is not an address.`);
  const most = ADDRESS_BITS[version];
  const isRange = bits !== undefined;
  if (more.length > 0 || (isRange && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
    throw new RangeError(`${JSON.stringify(entry)} is not a range.`);
  }
  return { address, family: version === 6 ? "ipv6" : "ipv4", bits: isRange ? Number(bits) : most };
}

/**
 * Returns an address in the form in which addresses are compared and stored: an IPv4-mapped IPv6 address as IPv4, IPv6 in
 * its shortest form.
 * @returns null for a text that is not an address
 */
export function plainAddress(text: string): string | null {
  const version = text.includes("%") ? 0 : isIP(text);
  if (version !== 6) return version === 4 ? text : null;
  const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical)?.slice(1);
  if (mapped === undefined) return canonical;
  return mapped
    .map((word) => Number.parseInt(word, 16))
    .flatMap((word) => [word >> 8, word & 255])
    .join(".");
}
