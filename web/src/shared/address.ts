/** What the address bar holds behind the question mark. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/**
 * The search of the address, and how to change it without a step in the history: going back leaves the page, rather
 * than taking letters out of a search.
 */
export function useAddress(): [URLSearchParams, (update: (before: URLSearchParams) => URLSearchParams) => void] {
  const [address, setAddress] = useSearchParams();
  const change = useCallback(
    (update: (before: URLSearchParams) => URLSearchParams) =>
      // What was drawn last may lag behind: of two changes at once the second would undo the first.
      setAddress(update(new URLSearchParams(window.location.search)), { replace: true }),
    [setAddress],
  );
  return [address, change];
}

/** How a page's filters stand in the address. */
export interface FilterForm<F> {
  none: F;
  read(address: URLSearchParams): F;
  /** The address with these filters; what else stands in it stays. */
  write(filters: F, before: URLSearchParams): URLSearchParams;
}

/** @param form the same at every drawing */
export function useFilters<F extends object>({ none, read, write }: FilterForm<F>) {
  const [address, update] = useAddress();
  const change = useCallback(
    (some: Partial<F>) => update((before) => write({ ...read(before), ...some }, before)),
    [update, read, write],
  );
  return {
    filters: useMemo(() => read(address), [read, address]),
    change,
    clear: useCallback(() => change(none), [change, none]),
  };
}
