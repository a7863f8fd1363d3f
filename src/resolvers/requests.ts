/** Requests: one, a list, and computed fields. */

import * as helpers from "../approvals/helpers.ts";
import { canDecideNow, mayRead } from "../approvals/policy.ts";
import { personById } from "../db/queries/directory.ts";
import { countRequests, listRequests, type RequestFilter, type RequestOrder } from "../db/queries/request-lists.ts";
import { requestOfEvent } from "../live/request-prefetch.ts";
import { type ApproverDecision, isOpen, type RequestOrHead } from "../model/approvals.ts";
import { isRequestId } from "../model/request-id.ts";
import { byName } from "../model/same-person.ts";
import { omitLongContent } from "./content.ts";
import type { Context } from "./context.ts";
import { decodeRequest, encodeRequest, requestsIn } from "./cursors.ts";
import { checkFilter } from "./filter.ts";
import { COUNT_CAP, type CountedConnection, connectionOf, counted, type PageArgs, pageSize } from "./paging.ts";

/** One request; null if the id is unknown or malformed, or if the viewer may not see it. */
export async function visibleRequest(id: string, { services, caller }: Context): Promise<RequestOrHead | null> {
  if (!isRequestId(id)) return null;
  const request = await services.loaders.requests.load(id);
  return request !== null && mayRead(request, caller.viewer) ? request : null;
}

/** Comment and reason of a decision. @throws LIMIT_EXCEEDED */
export async function textsOfDecision(
  decision: ApproverDecision,
  { services, budget }: Context,
): Promise<Pick<ApproverDecision, "comment" | "reason">> {
  const { approvalRequestId, approver, longBytes = 0 } = decision;
  if (longBytes === 0) return decision;
  const read = () => services.loaders.decisionTexts.load({ approvalRequestId, approver });
  return (await (budget?.once(`decision ${approvalRequestId} ${approver}`, longBytes, read) ?? read())) ?? decision;
}

/** The request of a log entry or a notification; null if the viewer may not see it. */
export async function visibleRequestBehind(
  entry: { approvalRequestId: string },
  { services, caller }: Context,
): Promise<RequestOrHead | null> {
  const request = await requestOfEvent(entry, services.loaders);
  return request !== null && mayRead(request, caller.viewer) ? request : null;
}

/** A filter of the API: the approver is a user's id. */
export type RequestFilterInput = Omit<RequestFilter, "approver"> & { approver?: string | null };

export interface RequestListArgs extends PageArgs {
  filter?: RequestFilterInput | null;
  orderBy?: RequestOrder | null;
}

const NEWEST_FIRST: RequestOrder = { field: "CREATED_AT", direction: "DESC" };
const ORDER_VALUE = {
  CREATED_AT: (request: RequestOrHead) => request.createdAt,
  EXPIRES_AT: (request: RequestOrHead) => request.expiresAt,
  UPDATED_AT: (request: RequestOrHead) => request.updatedAt,
};

/** A page of the requests that the viewer may see. */
export async function requestList(args: RequestListArgs, context: Context): Promise<CountedConnection<RequestOrHead>> {
  const { pool } = context.services;
  const { viewer } = context.caller;
  const first = pageSize(args.first);
  const order = args.orderBy ?? NEWEST_FIRST;
  const kind = requestsIn(order);
  const after = decodeRequest(kind, args.after);
  const filter = await filterOf(args.filter ?? {}, context);
  const page = await listRequests(pool, viewer, filter, order, after, first);
  omitLongContent(page.items);
  const at = ORDER_VALUE[order.field];
  const connection = connectionOf(page, args, (request) => encodeRequest(kind, { at: at(request), id: request.id }));
  return counted(connection, () => countRequests(pool, viewer, filter, COUNT_CAP));
}

async function filterOf(input: RequestFilterInput, { services, caller }: Context): Promise<RequestFilter> {
  checkFilter(input);
  const { approver, ...filter } = input;
  if (approver == null) return filter;
  // The viewer's roles are those of the token; the roles of others are those of the directory.
  const { viewer } = caller;
  const roles = approver === viewer.userId ? viewer.roles : ((await personById(services.pool, approver))?.roles ?? []);
  return { ...filter, approver: { id: approver, roles: [...roles] } };
}

/** Milliseconds until the request expires: 0 after that, null if it is final. */
export const timeRemainingMs = (request: RequestOrHead, { services }: Context): number | null =>
  helpers.timeRemainingMs(request, services.manager.now());

/** Whether the request is open and urgent. */
export const isUrgent = (request: RequestOrHead, { services }: Context): boolean =>
  helpers.isUrgentApproval(request, services.manager.now());

/** Whether the viewer may decide the request now. */
export async function canApprove(request: RequestOrHead, { services, caller }: Context): Promise<boolean> {
  const { viewer } = caller;
  // Most rows need no directory; it is read for the others only, once per turn of the event loop.
  if (!canDecideNow(request, viewer, services.manager.now(), byName)) return false;
  const personOf = await services.loaders.persons.load([viewer.userId]);
  return canDecideNow(request, viewer, services.manager.now(), personOf);
}

/**
 * The decisions up to the shown version of the request, including those that no longer count. Decisions are read after
 * the request, so a decision that was made in between is omitted: it belongs to a later version.
 */
export async function decisionsOn(request: RequestOrHead, { services }: Context): Promise<ApproverDecision[]> {
  if (isOpen(request) && request.approvers.length === 0) return [];
  const decisions = await services.loaders.decisions.load(request.id);
  return decisions.filter(({ approver, decision, decidedAt }) =>
    decision === "APPROVE"
      ? request.approvers.includes(approver) || decidedAt.getTime() < request.updatedAt.getTime()
      : !isOpen(request),
  );
}
