/** The filters of the address bar. */

import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { addressWith, type Filters, filtersIn, NO_FILTERS } from "./filters.ts";

export function useFilters(): { filters: Filters; change(some: Partial<Filters>): void; clear(): void } {
  const [address, setAddress] = useSearchParams();
  const change = useCallback(
    (some: Partial<Filters>) =>
      // Going back leaves the list, rather than taking letters out of the search.
      setAddress((before) => addressWith({ ...filtersIn(before), ...some }, before), { replace: true }),
    [setAddress],
  );
  return { filters: filtersIn(address), change, clear: useCallback(() => change(NO_FILTERS), [change]) };
}
