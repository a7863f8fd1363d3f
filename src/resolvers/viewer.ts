/** The viewer, and the size of the viewer's inbox. */

import { countInbox } from "../db/queries/request-lists.ts";
import type { Context } from "./context.ts";

/** The number of requests that the viewer can decide now. */
export const pendingCount = ({ services, caller }: Context): Promise<number> =>
  countInbox(services.pool, caller.viewer);
