/** Rejects names that cannot be one person: a list, a name with an address, or a text without a visible character. */

import { isVisible } from "./visible-text.ts";

/** A name that starts or ends with a blank, a control character or a format character looks like another person's. */
const UNSEEN_END = /^[\s\p{Z}\p{Cc}\p{Cf}]|[\s\p{Z}\p{Cc}\p{Cf}]$/u;

/** Line breaks, in every form that Unicode has, and other control characters. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** Returns why a text cannot be the id of a user, in a token or in a request; null if it can. */
export function faultOfUserId(id: string): string | null {
  if (!isVisible(id)) return "has no visible character";
  if (id.trim() !== id) return "has a space at its start or end";
  if (UNSEEN_END.test(id)) return "has an invisible character at its start or end";
  if (CONTROL.test(id)) return "has a line break or another control character";
  return wrongIn(id, /[<>]/);
}

/** Returns why a text in a request cannot name one person, by id or by address; null if it can. */
export const faultOfName = (name: string): string | null => faultOfUserId(name) ?? wrongIn(name, /,/);

function wrongIn(name: string, wrong: RegExp): string | null {
  const found = wrong.exec(name)?.[0];
  return found === undefined ? null : `has ${JSON.stringify(found)}; use the id or the address of one person`;
}
