/**
 * Requests what the first view needs while the rest of the code is still loading. It is a file of its own with all that it
 * imports (`web/early.ts`), so it imports little.
 */

import { fetchSession } from "./api/session.ts";
import { readFirstRows } from "./inbox/first-rows.ts";
import { addressAt } from "./shared/settings.ts";

interface Early<T> {
  promise: Promise<T>;
  /** Undefined until the answer has arrived. */
  value?: T;
}

function early<T>(promise: Promise<T>): Early<T> {
  const answer: Early<T> = { promise };
  promise.then(
    (value) => {
      answer.value = value;
    },
    // The caller who awaits the promise reports the error.
    () => {},
  );
  return answer;
}

const home = addressAt("/");
const isInbox = location.pathname === home || `${location.pathname}/` === home;

export const earlySession = early(fetchSession());

/** The first rows of the inbox; null on another page, for a person who is not signed in, and after an error. */
export const earlyRows = early(
  earlySession.promise.then(({ viewer }) => (viewer === null || !isInbox ? null : readFirstRows())).catch(() => null),
);

// A browser needs 10 ms for its first date format. It has them now, while it waits for the code.
new Intl.DateTimeFormat().format();
