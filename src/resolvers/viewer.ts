/** The caller, and how much waits for the caller. */

import { countInbox } from "../db/queries/request-lists.ts";
import type { Context } from "./context.ts";

/** How many requests the viewer can decide now. */
export const pendingCount = ({ services, caller }: Context): Promise<number> =>
  countInbox(services.pool, caller.viewer);
