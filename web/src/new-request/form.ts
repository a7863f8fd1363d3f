/** The interface between the form and its parts: the draft, its changes and its faults. */

import type { Author, Draft, Field } from "./draft.ts";
import type { KnownNames } from "./use-known-names.ts";

export interface Form {
  draft: Draft;
  author: Author;
  known: KnownNames;
  /** Changes fields, and removes the server's faults of these fields. */
  set(change: Partial<Draft>): void;
  /** The fault of a field, once the user has left it or tried to send the form. */
  errorOf(field: Field): string | undefined;
  /** Called when the user leaves a field. From then on, the field shows its fault. */
  leave(field: Field): void;
}

export const idOf = (field: Field): string => `new-${field}`;

/** Focuses the first focusable element of a field. */
export function goTo(field: Field): void {
  const found = document.getElementById(idOf(field));
  const input = found?.matches("input, textarea, select") ? found : found?.querySelector("input, textarea, button");
  if (input instanceof HTMLElement) input.focus();
}
