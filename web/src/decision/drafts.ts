/**
 * Comments that were written and did not go out, for as long as the tab is open: somebody who has to look at a request
 * again, to sign in again, or who leaves the dialog by mistake, does not write twice. Each belongs to one person and one
 * decision, as a reason to approve is none to reject.
 */

import type { Decision } from "./decision-model.ts";

export interface DraftOf {
  requestId: string;
  decision: Decision;
  viewerId: string;
}

const PREFIX = "countersign draft ";
/** What the browser does not store. */
const unstored = new Map<string, string>();
const keyOf = ({ requestId, decision, viewerId }: DraftOf): string => `${PREFIX}${decision} ${requestId} ${viewerId}`;

export function draftOf(of: DraftOf): string {
  const key = keyOf(of);
  return unstored.get(key) ?? stored((storage) => storage.getItem(key)) ?? "";
}

export function keepDraft(of: DraftOf, comment: string): void {
  const key = keyOf(of);
  unstored.delete(key);
  if (comment.trim() === "") return void stored((storage) => storage.removeItem(key));
  const isStored = stored((storage) => {
    storage.setItem(key, comment);
    return true;
  });
  if (!isStored) unstored.set(key, comment);
}

/** For when the person signs out. */
export function forgetDrafts(): void {
  unstored.clear();
  stored((storage) => {
    for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
  });
}

/** Undefined where the browser refuses: storage may be blocked, or full. */
function stored<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
