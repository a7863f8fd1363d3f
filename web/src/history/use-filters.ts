/** The filters of the address bar. */

import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { addressWith, type Filters, filtersIn, NO_FILTERS } from "./filters.ts";

export function useFilters(): { filters: Filters; change(some: Partial<Filters>): void; clear(): void } {
  const [address, setAddress] = useSearchParams();
  const change = useCallback(
    (some: Partial<Filters>) =>
      setAddress((before) => addressWith({ ...filtersIn(before), ...some }, before), { replace: true }),
    [setAddress],
  );
  return { filters: filtersIn(address), change, clear: useCallback(() => change(NO_FILTERS), [change]) };
}

const PAUSE_MS = 300;

/** A text while it is written: it counts once the writer pauses. Follows the value that counts when that changes. */
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
