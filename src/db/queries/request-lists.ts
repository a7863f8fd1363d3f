/** Lists of requests: filtered, ordered, a page at a time behind a keyset cursor, and counted up to a cap. */

import {
  type ApprovalRequest,
  type ApprovalStatus,
  type Person,
  type RequestHead,
  seesEverything,
  type Viewer,
} from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";
import { findPage, type Listing, type Page, type Way } from "./find-page.ts";
import { allOf, Parameters } from "./parameters.ts";
import { HEAD_COLUMNS, REQUEST_COLUMNS } from "./requests.ts";
import { decidableBy, IS_DECIDABLE, IS_DECIDABLE_IN_ORDER, inInboxOf, readableBy, undecidedBy } from "./rights.ts";

/** Which requests; everything given must hold. Periods are half-open on `createdAt`. */
export interface RequestFilter {
  statuses?: readonly ApprovalStatus[] | null;
  workflowId?: string | null;
  jobId?: string | null;
  executionId?: string | null;
  requestedBy?: string | null;
  /** Whose token created it. */
  createdBy?: string | null;
  decidedBy?: string | null;
  /** Someone who may decide it by its policy, or has decided it. */
  approver?: Pick<Person, "id" | "roles"> | null;
  /**
   * Part of the title or description, without regard to case, normal form or width of letters. Without three letters or
   * digits in a row, only the newest 1,000 requests that fit everything else are searched.
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

/** Where a page starts: behind the request with this instant in the order's field, and this id. */
export interface RequestPosition {
  at: Date;
  id: string;
}

const COLUMN: Record<RequestOrderField, string> = {
  CREATED_AT: "r.created_at",
  EXPIRES_AT: "r.expires_at",
  UPDATED_AT: "r.updated_at",
};

/** What a search looks at where the index of trigrams cannot help it. */
const SHORT_SEARCH_LOOKS_AT = 1_000;
const TRIGRAM = /[\p{L}\p{N}]{3}/u;

/** Conditions of a list: `near` can go with an order by an index, `far` and what a text must hold cannot. */
interface Conditions {
  near: string[];
  far: string[];
  text?: string | null;
}
interface Search {
  /** Which way to try first. */
  begin: "walk" | "narrow";
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
    // An index takes a finished array; row by row that would be searched through each time.
    const hasDecided =
      way === "walk" ? `exists (${decided} and d.approval_request_id = r.id)` : `r.id = any (array(${decided}))`;
    conditions.push(`(${decidable}) or ${hasDecided}`);
  }
  if (filter.createdBy != null) {
    const creator = parameters.add(filter.createdBy);
    // The index by creator leaves out those who ask in their own name, whom the index by requester has.
    const forOthers = `r.created_by = ${creator} and r.created_by <> r.requested_by`;
    const forSelf = `r.created_by = ${creator} and r.requested_by = ${creator}`;
    conditions.push(way === "walk" ? `r.created_by = ${creator}` : `(${forOthers}) or (${forSelf})`);
  }
  return conditions;
}

const searchOf = ({ search }: RequestFilter): string | null => search?.trim() || null;

/** The condition that a text fits what is searched for. */
const fits = (text: string, parameters: Parameters): string =>
  `t.text like countersign_search_pattern(${parameters.add(text)})`;

/** The condition on a row `r` that its text fits, looked up by id. */
const rowFits = (text: string, parameters: Parameters): string =>
  `exists (select from approval_request_texts t where t.request_id = r.id and ${fits(text, parameters)} offset 0)`;

/** What a walk looks at row by row. */
const walked = ({ far, text }: Conditions, parameters: Parameters): string[] =>
  text == null ? far : [...far, rowFits(text, parameters)];

/** A query for all that fits, in no order, and what is left to check of it. */
function fitting(
  what: string,
  { near, far, text }: Conditions,
  parameters: Parameters,
  way: Way,
): Required<Pick<Listing, "far" | "fitting" | "rest">> {
  const rows = `select ${what} from approval_requests r`;
  if (text == null) return { far, fitting: `${rows} where ${allOf([...near, ...far])}`, rest: [] };
  if (far.length === 0) {
    // Only the text has an index. Each row that fits is looked up by its id; the planner would rather read all ids.
    const fit = fits(text, parameters);
    const lookUp = "(select * from approval_requests whole where whole.id = t.request_id offset 0)";
    const found = `select ${what} from approval_request_texts t cross join lateral ${lookUp} r`;
    return { far: [fit], fitting: `${found} where ${allOf([fit, ...near])}`, rest: [] };
  }
  if (way === "narrow") {
    const fit = rowFits(text, parameters);
    return { far: [...far, fit], fitting: `${rows} where ${allOf([...near, ...far])}`, rest: [fit] };
  }
  const fit = `r.id in (select t.request_id from approval_request_texts t where ${fits(text, parameters)})`;
  return { far: [...far, fit], fitting: `${rows} where ${allOf([...near, ...far, fit])}`, rest: [] };
}

/** What a list asks for, where need be after finding the rows that a short search is bound to. */
async function searchFor(db: Queryable, viewer: Viewer, filter: RequestFilter): Promise<Search> {
  const text = searchOf(filter);
  if (text === null || TRIGRAM.test(text)) {
    return {
      begin: "walk",
      conditions: (parameters, way) => ({
        near: nearOf(filter, parameters),
        far: farOf(viewer, filter, parameters, way),
        text,
      }),
    };
  }
  const others = await searchFor(db, viewer, { ...filter, search: null });
  const newest = await requestPage<{ id: string }>(db, "r.id", others, NEWEST_FIRST, null, SHORT_SEARCH_LOOKS_AT);
  const ids = newest.items.map(({ id }) => id);
  return {
    begin: "narrow",
    // Looked up by id: without a trigram to look for the index would be read from end to end.
    conditions: (parameters) => ({
      near: [],
      far: [`r.id = any (${parameters.add(ids)}::uuid[])`, rowFits(text, parameters)],
    }),
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
    search.begin,
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

/** The same, newest first and with everything that the requests hold; for programs that hold the database. */
export async function listWholeRequests(
  db: Queryable,
  viewer: Viewer,
  filter: RequestFilter,
  first: number,
): Promise<Page<ApprovalRequest>> {
  return requestPage(db, REQUEST_COLUMNS, await searchFor(db, viewer, filter), NEWEST_FIRST, null, first);
}

/** How many requests of a list there are, counted no further than `cap + 1`. */
export async function countRequests(
  db: Queryable,
  viewer: Viewer,
  filter: RequestFilter,
  cap: number,
): Promise<number> {
  const search = await searchFor(db, viewer, filter);
  if (search.begin === "walk" && searchOf(filter) !== null) {
    // What nearly all hold is told by the newest; the index would name every row before the first is counted, and under
    // row level security the planner may not look how many there are.
    const held = await countIn(db, cap, (parameters) => {
      const conditions = search.conditions(parameters, "walk");
      const newest = `select * from approval_requests r where ${allOf(conditions.near)}
                       order by r.created_at desc, r.id desc limit ${parameters.add(2 * cap)}`;
      return `select 1 from (${newest}) r where ${allOf(walked(conditions, parameters))}`;
    });
    if (held > cap) return held;
  }
  return countIn(db, cap, (parameters) => {
    const { far, fitting: all } = fitting("1", search.conditions(parameters, "gather"), parameters, "gather");
    // Planned without the limit, as in `gather`: rows in no order may all be at the end.
    return far.length === 0 ? all : `with fitting as materialized (${all}) select 1 from fitting`;
  });
}

function countIn(db: Queryable, cap: number, rows: (parameters: Parameters) => string): Promise<number> {
  const parameters = new Parameters();
  return count(db, `${rows(parameters)} limit ${parameters.add(cap + 1)}`, parameters);
}

/** A page of what the person can decide now, soonest to expire first. */
export function listInbox(
  db: Queryable,
  person: Pick<Viewer, "userId" | "roles">,
  after: RequestPosition | null,
  first: number,
): Promise<Page<RequestHead>> {
  // Of all that is open most people can decide little.
  const search: Search = {
    begin: "narrow",
    conditions: (parameters, way) => ({
      near: [way === "walk" ? IS_DECIDABLE_IN_ORDER : IS_DECIDABLE],
      far: [undecidedBy(person, parameters)],
    }),
  };
  return requestPage(db, HEAD_COLUMNS, search, SOONEST_FIRST, after, first);
}

/**
 * What waits for a decision now, soonest to expire first and with everything that the requests hold; for programs that
 * hold the database.
 * @param person limits the list to what they can decide; null: everything
 */
export async function listWholePending(
  db: Queryable,
  person: Pick<Viewer, "userId" | "roles"> | null,
  viewer: Viewer,
  filter: RequestFilter,
  first: number,
): Promise<Page<ApprovalRequest>> {
  // A short search looks at the newest requests, of those that are open.
  const statuses = filter.statuses ?? (searchOf(filter) === null ? null : OPEN_STATUSES);
  const found = await searchFor(db, viewer, { ...filter, statuses });
  const search: Search = {
    begin: person === null ? found.begin : "narrow",
    conditions(parameters, way) {
      const { near, far, text } = found.conditions(parameters, way);
      return {
        text: text ?? null,
        near: [way === "walk" ? IS_DECIDABLE_IN_ORDER : IS_DECIDABLE, ...near],
        far: [...(person === null ? [] : [undecidedBy(person, parameters)]), ...far],
      };
    },
  };
  return requestPage(db, REQUEST_COLUMNS, search, SOONEST_FIRST, null, first);
}

/** How many requests the person can decide now. */
export async function countInbox(db: Queryable, person: Pick<Viewer, "userId" | "roles">): Promise<number> {
  const parameters = new Parameters();
  return count(db, `select 1 from approval_requests r where ${inInboxOf(person, parameters)}`, parameters);
}

/** One request of an inbox, as far as it takes to see that it changed. */
export interface InboxEntry {
  id: string;
  version: number;
  updatedAt: Date;
}

/** Everything that the person can decide now. */
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
