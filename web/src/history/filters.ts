/** The filters of the history. They are stored in the address, so that a filtered list can be linked. Pure. */

import type { ApprovalRequestFilter, ApprovalStatus } from "../generated/graphql.ts";
import type { FilterForm } from "../shared/address.ts";
import { addressOfPeriod, boundsOf, type Period, periodIn } from "../shared/period.ts";
import { STATUS_WORDS } from "../shared/words.ts";

/** The roles of a person in a request: fields of the server's filter, with their labels. */
export const ROLES = { requestedBy: "Requested by", decidedBy: "Decided by", approver: "Approver" } as const;
export type Role = keyof typeof ROLES;

export interface Filters {
  /** A text in the title or description. */
  search: string;
  /** Empty for all. */
  statuses: readonly ApprovalStatus[];
  workflow: string;
  person: string;
  role: Role;
  period: Period;
}

const PERIOD = "all";
export const NO_FILTERS: Filters = {
  search: "",
  statuses: [],
  workflow: "",
  person: "",
  role: "requestedBy",
  period: { preset: PERIOD },
};
export const STATUSES = Object.keys(STATUS_WORDS) as ApprovalStatus[];

function read(address: URLSearchParams): Filters {
  const statuses = (address.get("status") ?? "").split(",");
  const role = address.get("as") ?? "";
  return {
    search: address.get("q") ?? "",
    statuses: STATUSES.filter((status) => statuses.includes(status)),
    workflow: address.get("workflow") ?? "",
    person: address.get("person") ?? "",
    role: Object.hasOwn(ROLES, role) ? (role as Role) : NO_FILTERS.role,
    period: periodIn(address, PERIOD),
  };
}

function write(filters: Filters, before: URLSearchParams): URLSearchParams {
  const address = addressOfPeriod(filters.period, before, PERIOD);
  const values = {
    q: filters.search,
    status: filters.statuses.join(","),
    workflow: filters.workflow,
    person: filters.person,
    as: filters.role === NO_FILTERS.role ? "" : filters.role,
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === "") address.delete(name);
    else address.set(name, value);
  }
  return address;
}

export const historyFilters: FilterForm<Filters> = { none: NO_FILTERS, read, write };

export const isNarrowed = (filters: Filters): boolean =>
  write({ ...filters, role: NO_FILTERS.role }, new URLSearchParams()).size > 0;

/** The filter for the server. @param now the current time, for periods like the last 7 days */
export function serverFilter(filters: Filters, now: Date): ApprovalRequestFilter {
  const { from, to } = boundsOf(filters.period, now);
  const person = filters.person.trim();
  const workflowId = filters.workflow.trim();
  const search = filters.search.trim();
  return {
    ...(filters.statuses.length > 0 && { statuses: [...filters.statuses] }),
    ...(workflowId !== "" && { workflowId }),
    ...(person !== "" && { [filters.role]: person }),
    ...(search !== "" && { search }),
    ...(from !== null && { createdAfter: from }),
    ...(to !== null && { createdBefore: to }),
  };
}

/** Whether the server searches only the newest requests: its index needs three letters or digits in a row. */
export const isShortSearch = (search: string): boolean => {
  const text = search.trim();
  return text !== "" && !/[\p{L}\p{N}]{3}/u.test(text);
};

/** Whether a new request may match the filter. Only the server knows for certain. */
export function mayMatch(
  request: { workflowId: string; requestedBy: string; createdAt: string },
  filter: ApprovalRequestFilter,
): boolean {
  if (filter.createdBefore != null && new Date(filter.createdBefore) <= new Date(request.createdAt)) return false;
  if (filter.statuses != null && !filter.statuses.includes("PENDING")) return false;
  if (filter.workflowId != null && filter.workflowId !== request.workflowId) return false;
  return (filter.requestedBy ?? request.requestedBy) === request.requestedBy && filter.decidedBy == null;
}
