/** What each part of the form is given: the draft, how to change it, and what is wrong with it. */

import type { Author, Draft, Field } from "./draft.ts";
import type { KnownNames } from "./use-known-names.ts";

export interface Form {
  draft: Draft;
  author: Author;
  known: KnownNames;
  /** Changes fields; what the server said of them is gone with it. */
  set(change: Partial<Draft>): void;
  /** What is wrong with a field, once somebody has left it or wanted to send the form. */
  errorOf(field: Field): string | undefined;
  /** Somebody has left a field: from now on it says what is wrong with it. */
  leave(field: Field): void;
}

export const idOf = (field: Field): string => `new-${field}`;

/** Goes to a field, to the first thing in it that takes the focus. */
export function goTo(field: Field): void {
  const found = document.getElementById(idOf(field));
  const input = found?.matches("input, textarea, select") ? found : found?.querySelector("input, textarea, button");
  if (input instanceof HTMLElement) input.focus();
}
