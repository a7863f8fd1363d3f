/** Reads and changes the query string of the address. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/**
 * The query of the address, and a function that changes it without a new entry in the browser's history: going back
 * leaves the page instead of undoing single letters of a search.
 */
export function useAddress(): [URLSearchParams, (update: (before: URLSearchParams) => URLSearchParams) => void] {
  const [address, setAddress] = useSearchParams();
  const change = useCallback(
    (update: (before: URLSearchParams) => URLSearchParams) =>
      // The last rendered address may be outdated. With it, the second of two quick changes would undo the first.
      setAddress(update(new URLSearchParams(window.location.search)), { replace: true }),
    [setAddress],
  );
  return [address, change];
}

/** How a page stores its filters in the address. */
export interface FilterForm<F> {
  none: F;
  read(address: URLSearchParams): F;
  /** The address with these filters. Other parameters stay. */
  write(filters: F, before: URLSearchParams): URLSearchParams;
}

/** @param form must be the same object on every render */
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
