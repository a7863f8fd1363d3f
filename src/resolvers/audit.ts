/** The audit log as a list. */

import { type AuditFilter, listAudit } from "../db/queries/audit.ts";
import { type ApprovalAuditLog, type RequestOrHead, seesEverything } from "../model/approvals.ts";
import { isRequestId } from "../model/request-id.ts";
import type { Context } from "./context.ts";
import { decodeLog, encodeLog } from "./cursors.ts";
import { checkFilter } from "./filter.ts";
import { type Connection, connectionOf, type PageArgs, pageSize } from "./paging.ts";
import { visibleRequestBehind } from "./requests.ts";

const NO_REQUEST = "00000000-0000-0000-0000-000000000000";

/** A filter ready for a query: a malformed `requestId` matches nothing. */
export function logFilter(input: AuditFilter | null | undefined): AuditFilter {
  const filter = input ?? {};
  checkFilter(filter);
  return filter.requestId == null || isRequestId(filter.requestId) ? filter : { ...filter, requestId: NO_REQUEST };
}

/** A page of the log, newest first. */
export async function auditLog(
  args: PageArgs & { filter?: AuditFilter | null },
  { services, caller }: Context,
): Promise<Connection<ApprovalAuditLog>> {
  const first = pageSize(args.first);
  const after = decodeLog(args.after);
  const filter = logFilter(args.filter);
  const page = await listAudit(services.pool, caller.viewer, filter, after?.position ?? null, first);
  return connectionOf(page, args, ({ position }) => encodeLog(position, page.horizon));
}

/** A page of one request's log, newest first. */
export const auditLogOf = (request: RequestOrHead, args: PageArgs, context: Context) =>
  auditLog({ ...args, filter: { requestId: request.id } }, context);

/** The comment and the metadata of an entry. @throws LIMIT_EXCEEDED */
export async function textsOfEntry(
  entry: ApprovalAuditLog,
  { services, budget }: Context,
): Promise<Pick<ApprovalAuditLog, "comment" | "metadata">> {
  const { id, longBytes = 0 } = entry;
  if (longBytes === 0) return entry;
  const read = () => services.loaders.auditTexts.load(id);
  return (await (budget?.once(`entry ${id}`, longBytes, read) ?? read())) ?? { comment: null, metadata: {} };
}

/** The IP address and the user agent of an entry, for viewers who see everything. */
export const auditDetail = (detail: string | null, { caller }: Context): string | null =>
  seesEverything(caller.viewer) ? detail : null;

/** The request of an entry. */
export const requestOf = (entry: { approvalRequestId: string }, context: Context): Promise<RequestOrHead | null> =>
  visibleRequestBehind(entry, context);

/** An entry about a request that the viewer may see, or null. */
export async function visibleAuditEntry(id: string, context: Context): Promise<ApprovalAuditLog | null> {
  const entry = await context.services.loaders.auditEntries.load(id);
  return entry !== null && (await requestOf(entry, context)) !== null ? entry : null;
}
