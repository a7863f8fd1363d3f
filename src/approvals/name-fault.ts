/** Rejects names that cannot be one person: a list, a name with an address, or a text without a visible character. */

import { isVisible } from "./visible-text.ts";

/** A name that begins or ends with a blank, a control character or a format character looks like another person's. */
const UNSEEN_END = /^[\s\p{Z}\p{Cc}\p{Cf}]|[\s\p{Z}\p{Cc}\p{Cf}]$/u;

/** Says why a text cannot be the id or the address of a person; null where it can. */
export function faultOfName(name: string): string | null {
  if (!isVisible(name)) return "has no visible character";
  if (name.trim() !== name) return "has a blank at its start or end";
  if (UNSEEN_END.test(name)) return "has an invisible character at its start or end";
  const wrong = /[<>,]/.exec(name)?.[0];
  return wrong === undefined ? null : `holds ${JSON.stringify(wrong)}; give the id or the address of one person alone`;
}
