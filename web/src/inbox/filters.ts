/** The filters of the inbox. They are stored in the address, so that a filtered list can be linked. Pure. */

import { URGENT_MINUTES } from "../../../src/model/deadline.ts";
import type { FilterForm } from "../shared/address.ts";
import { urgencyOf } from "../shared/time.ts";
import type { Row } from "./inbox-list.ts";

export interface Filters {
  /** Words of title, workflow or requester. All must match. */
  search: string;
  workflow: string;
  requester: string;
  urgency: UrgencyFilter;
}

export const URGENCY_FILTERS = {
  "": "Any time left",
  urgent: `Under ${URGENT_MINUTES} minutes`,
  soon: "Under an hour",
} as const;
export type UrgencyFilter = keyof typeof URGENCY_FILTERS;

const NAMES = { search: "q", workflow: "workflow", requester: "requester", urgency: "urgency" } as const;
export const NO_FILTERS: Filters = { search: "", workflow: "", requester: "", urgency: "" };

function read(address: URLSearchParams): Filters {
  const urgency = address.get(NAMES.urgency) ?? "";
  return {
    search: address.get(NAMES.search) ?? "",
    workflow: address.get(NAMES.workflow) ?? "",
    requester: address.get(NAMES.requester) ?? "",
    urgency: Object.hasOwn(URGENCY_FILTERS, urgency) ? (urgency as UrgencyFilter) : "",
  };
}

function write(filters: Filters, before: URLSearchParams): URLSearchParams {
  const address = new URLSearchParams(before);
  for (const [key, name] of Object.entries(NAMES)) {
    const value = filters[key as keyof Filters];
    if (value === "") address.delete(name);
    else address.set(name, value);
  }
  return address;
}

export const inboxFilters: FilterForm<Filters> = { none: NO_FILTERS, read, write };

export const isNarrowed = (filters: Filters): boolean => Object.values(filters).some((value) => value !== "");

/** The rows that match, in their order; the same array if there are no filters. */
export function matching<T extends Row>(rows: readonly T[], filters: Filters, now: Date): readonly T[] {
  if (!isNarrowed(filters)) return rows;
  const words = filters.search.toLowerCase().split(/\s+/).filter(Boolean);
  const { workflow, requester, urgency } = filters;
  return rows.filter((row) => {
    if (workflow !== "" && row.workflowId !== workflow) return false;
    if (requester !== "" && row.requestedBy !== requester) return false;
    if (urgency !== "" && !isWithin(urgencyOf(row.expiresAt, now), urgency)) return false;
    if (words.length === 0) return true;
    const text = `${row.title}\n${row.workflowId}\n${row.requestedBy}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const isWithin = (urgency: ReturnType<typeof urgencyOf>, wanted: "urgent" | "soon"): boolean =>
  urgency !== "later" && (wanted === "soon" || urgency !== "soon");

/** The values of a field with their counts, most frequent first. */
export function choicesOf(rows: readonly Row[], field: "workflowId" | "requestedBy"): { value: string; n: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[field], (counts.get(row[field]) ?? 0) + 1);
  return [...counts].map(([value, n]) => ({ value, n })).sort((a, b) => b.n - a.n || (a.value < b.value ? -1 : 1));
}
