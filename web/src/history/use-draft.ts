/** The text of a field while the user types. */

import { useEffect, useRef, useState } from "react";

const PAUSE_MS = 300;

/**
 * Commits a text when the user pauses, and follows changes of the value from outside.
 * @param commit called with the committed text
 */
export function useDraft(value: string, commit: (value: string) => void): [string, (draft: string) => void] {
  const [draft, setDraft] = useState(value);
  const committed = useRef(value);
  const latest = useRef(commit);
  latest.current = commit;
  useEffect(() => {
    if (value === committed.current) return;
    committed.current = value;
    setDraft(value);
  }, [value]);
  useEffect(() => {
    if (draft === committed.current) return;
    const timer = setTimeout(() => {
      committed.current = draft;
      latest.current(draft);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return [draft, setDraft];
}
