/**
 * Stores unsent comments as long as the tab is open, so that a user who must review a request again, sign in again, or
 * closes the dialog by mistake does not lose them. Each belongs to one user and one decision, because a reason to
 * approve is not a reason to reject.
 */

import type { Decision } from "./decision-model.ts";

export interface DraftOf {
  requestId: string;
  decision: Decision;
  viewerId: string;
}

const PREFIX = "countersign draft ";
/** Drafts that the browser refused to store. */
const unstored = new Map<string, string>();
const keyOf = ({ requestId, decision, viewerId }: DraftOf): string => `${PREFIX}${decision} ${requestId} ${viewerId}`;

export function draftOf(of: DraftOf): string {
  const key = keyOf(of);
  return unstored.get(key) ?? stored((storage) => storage.getItem(key)) ?? "";
}

export function storeDraft(of: DraftOf, comment: string): void {
  const key = keyOf(of);
  unstored.delete(key);
  if (comment.trim() === "") return void stored((storage) => storage.removeItem(key));
  const isStored = stored((storage) => {
    storage.setItem(key, comment);
    return true;
  });
  if (!isStored) unstored.set(key, comment);
}

/** Deletes all drafts, on sign-out. */
export function forgetDrafts(): void {
  unstored.clear();
  stored((storage) => {
    for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
  });
}

/** Undefined if the browser refuses, because storage is blocked or full. */
function stored<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
