/** All notifications, for operators, and sending one again. */

import { type DeliveryFilter, listDeliveries, notificationById, sendAgain } from "../db/queries/deliveries.ts";
import { isAdmin, SCOPES, seesEverything } from "../model/approvals.ts";
import { ForbiddenError, NotFoundError, ValidationError } from "../model/errors.ts";
import type { ApprovalNotification } from "../model/notifications.ts";
import { isRequestId } from "../model/request-id.ts";
import type { Context } from "./context.ts";
import { decodeDelivery, encodeDelivery } from "./cursors.ts";
import { forbidden } from "./errors.ts";
import { notificationFilter } from "./notifications.ts";
import { type Connection, connectionOf, type PageArgs, pageSize } from "./paging.ts";

/** A page of all notifications, newest first. */
export async function deliveries(
  args: PageArgs & { filter?: DeliveryFilter | null },
  { services, caller }: Context,
): Promise<Connection<ApprovalNotification>> {
  if (!seesEverything(caller.viewer)) {
    throw forbidden(`To see notifications to others, a token needs the scope ${SCOPES.read} or ${SCOPES.admin}.`);
  }
  const first = pageSize(args.first);
  const before = decodeDelivery(args.after);
  const page = await listDeliveries(services.pool, notificationFilter(args.filter), before, first);
  return connectionOf(page, args, encodeDelivery);
}

/**
 * Sends a notification again, regardless of its status.
 * @throws ForbiddenError, NotFoundError, or ValidationError for a notification in the app, which is not sent
 */
export async function resend(
  { notificationId: id }: { notificationId: string },
  { services, caller }: Context,
): Promise<{ notification: ApprovalNotification }> {
  if (!isAdmin(caller.viewer)) {
    throw new ForbiddenError(`To resend a notification, a token needs the scope ${SCOPES.admin}.`);
  }
  const notification = isRequestId(id) ? await sendAgain(services.pool, id) : undefined;
  if (notification !== undefined) return { notification };
  const there = isRequestId(id) ? await notificationById(services.pool, id) : undefined;
  if (there === undefined) throw new NotFoundError("notification");
  throw new ValidationError([{ path: "notificationId", message: "is an in-app notification, which cannot be resent" }]);
}
