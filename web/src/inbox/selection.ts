/** The selected rows. A row that has left is no longer selected. */

import { useCallback, useMemo, useState } from "react";
import type { Row } from "./inbox-list.ts";
import { isLowRisk } from "./inbox-words.ts";

export interface Selection {
  /** The selected rows of the list. */
  rows: readonly Row[];
  has(id: string): boolean;
  toggle(row: Row): void;
  /** Selects all rows that may be decided together; none if all are already selected. */
  toggleAll(): void;
  clear(): void;
  /** The number of rows that can be selected. */
  most: number;
}

/** @param rows the visible rows */
export function useSelection(rows: readonly Row[], departed: { has(id: string): boolean }): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const able = useMemo(() => rows.filter((row) => isLowRisk(row) && !departed.has(row.id)), [rows, departed]);
  const ticked = useMemo(() => (ids.size === 0 ? [] : able.filter(({ id }) => ids.has(id))), [able, ids]);
  const toggle = useCallback((row: Row) => {
    if (!isLowRisk(row)) return;
    setIds((before) => {
      const after = new Set(before);
      if (!after.delete(row.id)) after.add(row.id);
      return after;
    });
  }, []);
  return {
    rows: ticked,
    has: (id) => ids.has(id),
    toggle,
    toggleAll: () => setIds(new Set(ticked.length === able.length ? [] : able.map(({ id }) => id))),
    clear: useCallback(() => setIds(new Set()), []),
    most: able.length,
  };
}
