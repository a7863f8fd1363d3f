/** The caller, and how much waits for the caller. */

import { countUnread } from "../db/queries/notifications.ts";
import { countInbox } from "../db/queries/request-lists.ts";
import type { Context } from "./context.ts";

/** How many requests the viewer can decide now. */
export const pendingCount = ({ services, caller }: Context): Promise<number> =>
  countInbox(services.pool, caller.viewer);

/** How many messages in the app the viewer has not read. */
export const unreadNotificationCount = ({ services, caller }: Context): Promise<number> =>
  countUnread(services.pool, caller.viewer.userId);
