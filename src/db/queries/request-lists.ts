/** Lists requests: with filters, orders, pages after a keyset cursor, and counts up to a cap. */

import {
  type ApprovalRequest,
  type ApprovalStatus,
  type Person,
  type RequestHead,
  seesEverything,
  type Viewer,
} from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";
import { type Attempts, findPage, type Listing, NARROW_FIRST, type Page, WALK_FIRST, type Way } from "./find-page.ts";
import { allOf, Parameters } from "./parameters.ts";
import { HEAD_COLUMNS, REQUEST_COLUMNS } from "./requests.ts";
import { decidableBy, IS_DECIDABLE, IS_DECIDABLE_IN_ORDER, inInboxOf, readableBy, undecidedBy } from "./rights.ts";

/** A filter for requests. All given conditions must be true. Periods are half-open on `createdAt`. */
export interface RequestFilter {
  statuses?: readonly ApprovalStatus[] | null;
  workflowId?: string | null;
  jobId?: string | null;
  executionId?: string | null;
  requestedBy?: string | null;
  /** The user whose token created it. */
  createdBy?: string | null;
  decidedBy?: string | null;
  /** A person who may decide it by its policy, or has decided it. */
  approver?: Pick<Person, "id" | "roles"> | null;
  /**
   * Part of the title or description, without regard to case, normal form or width of letters. Without three consecutive
   * letters or digits, only the newest 1,000 requests that match the other conditions are searched.
   */
  search?: string | null;
  createdAfter?: Date | null;
  createdBefore?: Date | null;
  expiresBefore?: Date | null;
}

export type RequestOrderField = "CREATED_AT" | "EXPIRES_AT" | "UPDATED_AT";
export interface RequestOrder {
  field: RequestOrderField;
  direction: "ASC" | "DESC";
}

/** A page starts after the request with this time in the order's field, and this id. */
export interface RequestPosition {
  at: Date;
  id: string;
}

const COLUMN: Record<RequestOrderField, string> = {
  CREATED_AT: "r.created_at",
  EXPIRES_AT: "r.expires_at",
  UPDATED_AT: "r.updated_at",
};

/** Most requests that a search reads if it cannot use the index of trigrams. */
const SHORT_SEARCH_LOOKS_AT = 1_000;
/** Of someone who sees one request in twenty or fewer, a walk does not find so many. */
const SHORT_SEARCH_ATTEMPTS: Attempts = [
  ["walk", SHORT_SEARCH_LOOKS_AT + 1],
  ["narrow", 20_000],
  ["walk", 20_000],
  ["gather", null],
];
const TRIGRAM = /[\p{L}\p{N}]{3}/u;

/** Conditions of a list: an index in the order of the list can use `near`, but not `far` and the text search. */
interface Conditions {
  near: string[];
  far: string[];
  text?: string | null;
  /** The ids of the only requests whose texts are searched, as the placeholder of an array. */
  among?: string;
}
interface Search {
  attempts: Attempts;
  conditions(parameters: Parameters, way: Way): Conditions;
}

function nearOf(filter: RequestFilter, parameters: Parameters): string[] {
  const conditions: string[] = [];
  const equal = (column: string, value: string | null | undefined) => {
    if (value != null) conditions.push(`${column} = ${parameters.add(value)}`);
  };
  if (filter.statuses != null) conditions.push(`r.status = any (${parameters.add(filter.statuses)}::text[])`);
  equal("r.workflow_id", filter.workflowId);
  equal("r.job_id", filter.jobId);
  equal("r.execution_id", filter.executionId);
  equal("r.requested_by", filter.requestedBy);
  equal("r.decided_by", filter.decidedBy);
  if (filter.createdAfter != null) conditions.push(`r.created_at >= ${parameters.add(filter.createdAfter)}`);
  if (filter.createdBefore != null) conditions.push(`r.created_at < ${parameters.add(filter.createdBefore)}`);
  if (filter.expiresBefore != null) conditions.push(`r.expires_at < ${parameters.add(filter.expiresBefore)}`);
  return conditions;
}

function farOf(viewer: Viewer, filter: RequestFilter, parameters: Parameters, way: Way): string[] {
  const conditions = seesEverything(viewer) ? [] : [readableBy(viewer, parameters, way)];
  if (filter.approver != null) {
    const { id, roles } = filter.approver;
    const decidable = decidableBy({ userId: id, roles }, parameters);
    const decided = `select d.approval_request_id from approval_decisions d where d.approver = ${parameters.add(id)}`;
    // An index needs a computed array. For each row, the array would be searched again.
    const hasDecided =
      way === "walk" ? `exists (${decided} and d.approval_request_id = r.id)` : `r.id = any (array(${decided}))`;
    conditions.push(`(${decidable}) or ${hasDecided}`);
  }
  if (filter.createdBy != null) {
    const creator = parameters.add(filter.createdBy);
    // The index by creator omits requests whose creator is also the requester. The index by requester has these.
    const forOthers = `r.created_by = ${creator} and r.created_by <> r.requested_by`;
    const forSelf = `r.created_by = ${creator} and r.requested_by = ${creator}`;
    conditions.push(way === "walk" ? `r.created_by = ${creator}` : `(${forOthers}) or (${forSelf})`);
  }
  return conditions;
}

const searchOf = ({ search }: RequestFilter): string | null => search?.trim() || null;

/** The condition that a text matches the search. */
const fits = (text: string, parameters: Parameters): string =>
  `t.text like countersign_search_pattern(${parameters.add(text)})`;

/** The condition that the text of a row `r` matches, looked up by id. */
const rowFits = (text: string, parameters: Parameters): string =>
  `exists (select from approval_request_texts t where t.request_id = r.id and ${fits(text, parameters)} offset 0)`;

/** The conditions that a walk checks for each row. */
const walked = ({ far, text, among }: Conditions, parameters: Parameters): string[] => [
  ...far,
  ...(among === undefined ? [] : [`r.id = any (${among}::uuid[])`]),
  ...(text == null ? [] : [rowFits(text, parameters)]),
];

/** A query for all matches, in no order, and the conditions that remain to be checked. */
function fitting(
  what: string,
  { near, far, text, among }: Conditions,
  parameters: Parameters,
  way: Way,
): Required<Pick<Listing, "far" | "fitting" | "rest">> {
  const rows = `select ${what} from approval_requests r`;
  if (text == null) return { far, fitting: `${rows} where ${allOf([...near, ...far])}`, rest: [] };
  if (far.length === 0) {
    // Only the text has an index. Each match is looked up by its id, because the planner would read all ids.
    const fit = fits(text, parameters);
    const lookUp = "(select * from approval_requests whole where whole.id = t.request_id offset 0)";
    // Without a trigram the planner would read the whole index. OFFSET makes it read these texts only.
    const texts =
      among === undefined
        ? "approval_request_texts"
        : `(select * from approval_request_texts where request_id = any (${among}::uuid[]) offset 0)`;
    const found = `select ${what} from ${texts} t cross join lateral ${lookUp} r`;
    return { far: [fit], fitting: `${found} where ${allOf([fit, ...near])}`, rest: [] };
  }
  if (among !== undefined) {
    const fitting = `${rows} where ${allOf([...near, ...walked({ near, far, text, among }, parameters)])}`;
    return { far, fitting, rest: [] };
  }
  if (way === "narrow") {
    const fit = rowFits(text, parameters);
    return { far: [...far, fit], fitting: `${rows} where ${allOf([...near, ...far])}`, rest: [fit] };
  }
  const fit = `r.id in (select t.request_id from approval_request_texts t where ${fits(text, parameters)})`;
  return { far: [...far, fit], fitting: `${rows} where ${allOf([...near, ...far, fit])}`, rest: [] };
}

/** The conditions of a list. For a short search, it first finds the rows to search. */
async function searchFor(db: Queryable, viewer: Viewer, filter: RequestFilter): Promise<Search> {
  const text = searchOf(filter);
  if (text === null || TRIGRAM.test(text)) {
    return {
      attempts: WALK_FIRST,
      conditions: (parameters, way) => ({
        near: nearOf(filter, parameters),
        far: farOf(viewer, filter, parameters, way),
        text,
      }),
    };
  }
  const others = await searchFor(db, viewer, { ...filter, search: null });
  const search: Search = { ...others, attempts: SHORT_SEARCH_ATTEMPTS };
  const newest = await requestPage<{ id: string }>(db, "r.id", search, NEWEST_FIRST, null, SHORT_SEARCH_LOOKS_AT);
  const ids = newest.items.map(({ id }) => id);
  return {
    attempts: [["gather", null]],
    conditions: (parameters) => ({ near: [], far: [], text, among: parameters.add(ids) }),
  };
}

const NEWEST_FIRST: RequestOrder = { field: "CREATED_AT", direction: "DESC" };
const SOONEST_FIRST: RequestOrder = { field: "EXPIRES_AT", direction: "ASC" };
const OPEN_STATUSES: readonly ApprovalStatus[] = ["PENDING", "ESCALATED"];

function requestPage<Row extends { id: string }>(
  db: Queryable,
  columns: string,
  search: Search,
  { field, direction }: RequestOrder,
  after: RequestPosition | null,
  first: number,
): Promise<Page<Row>> {
  const column = COLUMN[field];
  return findPage(
    db,
    (parameters, way) => {
      const conditions = search.conditions(parameters, way);
      const { near } = conditions;
      if (after !== null) {
        const sign = direction === "ASC" ? ">" : "<";
        const position = `(${parameters.add(after.at)}::timestamptz, ${parameters.add(after.id)}::uuid)`;
        near.push(`(${column}, r.id) ${sign} ${position}`);
      }
      return {
        from: "approval_requests r",
        columns,
        order: `${column} ${direction}, r.id ${direction}`,
        near,
        ...(way === "walk"
          ? { far: walked(conditions, parameters), fitting: "" }
          : fitting(`r.id, ${column}`, conditions, parameters, way)),
      };
    },
    first,
    search.attempts,
  );
}

/** A page of the requests that the viewer may see. */
export async function listRequests(
  db: Queryable,
  viewer: Viewer,
  filter: RequestFilter,
  order: RequestOrder,
  after: RequestPosition | null,
  first: number,
): Promise<Page<RequestHead>> {
  return requestPage(db, HEAD_COLUMNS, await searchFor(db, viewer, filter), order, after, first);
}

/** The same, newest first and with all fields, for programs with direct access to the database. */
export async function listWholeRequests(
  db: Queryable,
  viewer: Viewer,
  filter: RequestFilter,
  first: number,
): Promise<Page<ApprovalRequest>> {
  return requestPage(db, REQUEST_COLUMNS, await searchFor(db, viewer, filter), NEWEST_FIRST, null, first);
}

/** The number of requests of a list, counted up to `cap + 1`. */
export async function countRequests(
  db: Queryable,
  viewer: Viewer,
  filter: RequestFilter,
  cap: number,
): Promise<number> {
  const search = await searchFor(db, viewer, filter);
  const text = searchOf(filter);
  if (text !== null && TRIGRAM.test(text)) {
    // If nearly all requests match, the newest ones show it. The index would return all rows before the first is
    // counted, and with row level security the planner cannot estimate their number.
    const counted = await countIn(db, cap, (parameters) => {
      const conditions = search.conditions(parameters, "walk");
      const newest = `select * from approval_requests r where ${allOf(conditions.near)}
                       order by r.created_at desc, r.id desc limit ${parameters.add(2 * cap)}`;
      return `select 1 from (${newest}) r where ${allOf(walked(conditions, parameters))}`;
    });
    if (counted > cap) return counted;
  }
  return countIn(db, cap, (parameters) => {
    const { far, fitting: all } = fitting("1", search.conditions(parameters, "gather"), parameters, "gather");
    // Planned without the limit, as in `gather`, because matches may all be at the end.
    return far.length === 0 ? all : `with fitting as materialized (${all}) select 1 from fitting`;
  });
}

function countIn(db: Queryable, cap: number, rows: (parameters: Parameters) => string): Promise<number> {
  const parameters = new Parameters();
  return count(db, `${rows(parameters)} limit ${parameters.add(cap + 1)}`, parameters);
}

/** A page of the requests that the person can decide now, in the order of expiry. */
export function listInbox(
  db: Queryable,
  person: Pick<Viewer, "userId" | "roles">,
  after: RequestPosition | null,
  first: number,
): Promise<Page<RequestHead>> {
  // Most people can decide few of the open requests.
  const search: Search = {
    attempts: NARROW_FIRST,
    conditions: (parameters, way) => ({
      near: [way === "walk" ? IS_DECIDABLE_IN_ORDER : IS_DECIDABLE],
      far: [undecidedBy(person, parameters)],
    }),
  };
  return requestPage(db, HEAD_COLUMNS, search, SOONEST_FIRST, after, first);
}

/**
 * The requests that wait for a decision now, in the order of expiry and with all fields, for programs with direct access to
 * the database.
 * @param person limits the list to requests that this person can decide; null for all
 */
export async function listWholePending(
  db: Queryable,
  person: Pick<Viewer, "userId" | "roles"> | null,
  viewer: Viewer,
  filter: RequestFilter,
  first: number,
): Promise<Page<ApprovalRequest>> {
  // A short search reads the newest open requests.
  const statuses = filter.statuses ?? (searchOf(filter) === null ? null : OPEN_STATUSES);
  const found = await searchFor(db, viewer, { ...filter, statuses });
  const search: Search = {
    attempts: person === null ? found.attempts : NARROW_FIRST,
    conditions(parameters, way) {
      const { near, far, ...searched } = found.conditions(parameters, way);
      return {
        ...searched,
        near: [way === "walk" ? IS_DECIDABLE_IN_ORDER : IS_DECIDABLE, ...near],
        far: [...(person === null ? [] : [undecidedBy(person, parameters)]), ...far],
      };
    },
  };
  return requestPage(db, REQUEST_COLUMNS, search, SOONEST_FIRST, null, first);
}

/** The number of requests that the person can decide now. */
export async function countInbox(db: Queryable, person: Pick<Viewer, "userId" | "roles">): Promise<number> {
  const parameters = new Parameters();
  return count(db, `select 1 from approval_requests r where ${inInboxOf(person, parameters)}`, parameters);
}

/** A request of an inbox, with the facts that show a change. */
export interface InboxEntry {
  id: string;
  version: number;
  updatedAt: Date;
}

/** All requests that the person can decide now. */
export async function inboxVersions(db: Queryable, person: Pick<Viewer, "userId" | "roles">): Promise<InboxEntry[]> {
  const parameters = new Parameters();
  const where = inInboxOf(person, parameters);
  const text = `select r.id, r.version, r.updated_at as "updatedAt" from approval_requests r where ${where}`;
  return (await db.query<InboxEntry>(text, parameters.values)).rows;
}

async function count(db: Queryable, rows: string, parameters: Parameters): Promise<number> {
  const counted = await db.query<{ n: number }>(`select count(*)::int as n from (${rows}) counted`, parameters.values);
  return counted.rows[0]?.n ?? 0;
}
