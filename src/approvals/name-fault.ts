/** Names that can be nobody: a list of them, a name with its address, or a text that shows nothing. */

import { isVisible } from "./visible-text.ts";

/** Says why a text cannot be the id or the address of a person; null where it can. */
export function faultOfName(name: string): string | null {
  if (!isVisible(name)) return "has no visible character";
  if (name.trim() !== name) return "has a blank at its start or end";
  const wrong = /[<>,]/.exec(name)?.[0];
  return wrong === undefined ? null : `holds ${JSON.stringify(wrong)}; give the id or the address of one person alone`;
}
