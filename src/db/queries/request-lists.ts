/** Lists of requests: filtered, ordered, a page at a time behind a keyset cursor, and counted up to a cap. */

import type { ApprovalRequest, ApprovalStatus, Person, Viewer } from "../../approvals/model.ts";
import { allOf, likePattern, Parameters } from "./parameters.ts";
import { type Queryable, REQUEST_COLUMNS } from "./requests.ts";
import { decidableBy, inInboxOf, readableBy } from "./rights.ts";

/** Which requests; everything given must hold. Periods are half-open on `createdAt`. */
export interface RequestFilter {
  statuses?: readonly ApprovalStatus[] | null;
  workflowId?: string | null;
  jobId?: string | null;
  executionId?: string | null;
  requestedBy?: string | null;
  decidedBy?: string | null;
  /** Someone who may decide it by its policy, or has decided it. */
  approver?: Pick<Person, "id" | "roles"> | null;
  /** Part of the title or description, without regard to case. */
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

export interface Page<T> {
  items: T[];
  hasNextPage: boolean;
}

const COLUMN: Record<RequestOrderField, string> = {
  CREATED_AT: "r.created_at",
  EXPIRES_AT: "r.expires_at",
  UPDATED_AT: "r.updated_at",
};

function conditionsOf(filter: RequestFilter, parameters: Parameters): string[] {
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
  if (filter.approver != null) {
    const { id, roles } = filter.approver;
    const decided = `select 1 from approval_decisions d where d.approval_request_id = r.id and d.approver = ${parameters.add(id)}`;
    conditions.push(`(${decidableBy({ userId: id, roles }, parameters)}) or exists (${decided})`);
  }
  if (filter.search != null && filter.search.trim() !== "") {
    const pattern = parameters.add(likePattern(filter.search.trim()));
    conditions.push(`r.title || ' ' || coalesce(r.description, '') ilike ${pattern}`);
  }
  if (filter.createdAfter != null) conditions.push(`r.created_at >= ${parameters.add(filter.createdAfter)}`);
  if (filter.createdBefore != null) conditions.push(`r.created_at < ${parameters.add(filter.createdBefore)}`);
  if (filter.expiresBefore != null) conditions.push(`r.expires_at < ${parameters.add(filter.expiresBefore)}`);
  return conditions;
}

async function page(
  db: Queryable,
  conditions: string[],
  parameters: Parameters,
  order: RequestOrder,
  after: RequestPosition | null,
  first: number,
): Promise<Page<ApprovalRequest>> {
  const column = COLUMN[order.field];
  const all = [...conditions];
  if (after !== null) {
    const sign = order.direction === "ASC" ? ">" : "<";
    all.push(`(${column}, r.id) ${sign} (${parameters.add(after.at)}::timestamptz, ${parameters.add(after.id)}::uuid)`);
  }
  const { rows } = await db.query<ApprovalRequest>(
    `select ${REQUEST_COLUMNS} from approval_requests r where ${allOf(all)}
      order by ${column} ${order.direction}, r.id ${order.direction} limit ${parameters.add(first + 1)}`,
    parameters.values,
  );
  return { items: rows.slice(0, first), hasNextPage: rows.length > first };
}

/** A page of the requests that the viewer may see. */
export function listRequests(
  db: Queryable,
  viewer: Viewer,
  filter: RequestFilter,
  order: RequestOrder,
  after: RequestPosition | null,
  first: number,
): Promise<Page<ApprovalRequest>> {
  const parameters = new Parameters();
  const conditions = [readableBy(viewer, parameters), ...conditionsOf(filter, parameters)];
  return page(db, conditions, parameters, order, after, first);
}

/** How many requests of a list there are, counted no further than `cap + 1`. */
export async function countRequests(
  db: Queryable,
  viewer: Viewer,
  filter: RequestFilter,
  cap: number,
): Promise<number> {
  const parameters = new Parameters();
  const conditions = allOf([readableBy(viewer, parameters), ...conditionsOf(filter, parameters)]);
  return count(
    db,
    `select 1 from approval_requests r where ${conditions} limit ${parameters.add(cap + 1)}`,
    parameters,
  );
}

/** A page of what the person can decide now, soonest to expire first. */
export function listInbox(
  db: Queryable,
  person: Pick<Viewer, "userId" | "roles">,
  after: RequestPosition | null,
  first: number,
): Promise<Page<ApprovalRequest>> {
  const parameters = new Parameters();
  const order = { field: "EXPIRES_AT", direction: "ASC" } as const;
  return page(db, [inInboxOf(person, parameters)], parameters, order, after, first);
}

/** How many requests the person can decide now. */
export async function countInbox(db: Queryable, person: Pick<Viewer, "userId" | "roles">): Promise<number> {
  const parameters = new Parameters();
  return count(db, `select 1 from approval_requests r where ${inInboxOf(person, parameters)}`, parameters);
}

/** Ids and versions of everything that the person can decide now. */
export async function inboxVersions(
  db: Queryable,
  person: Pick<Viewer, "userId" | "roles">,
): Promise<{ id: string; version: number }[]> {
  const parameters = new Parameters();
  const where = inInboxOf(person, parameters);
  return (await db.query(`select r.id, r.version from approval_requests r where ${where}`, parameters.values)).rows;
}

async function count(db: Queryable, rows: string, parameters: Parameters): Promise<number> {
  const counted = await db.query<{ n: number }>(`select count(*)::int as n from (${rows}) counted`, parameters.values);
  return counted.rows[0]?.n ?? 0;
}
