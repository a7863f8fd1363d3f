/** The conversation about a request. */

import DataLoader from "dataloader";
import type { ApprovalComment, ApprovalRequest } from "../approvals/model.ts";
import type { Pool } from "../db/pool.ts";
import { commentsOf } from "../db/queries/comments.ts";
import type { Context } from "./context.ts";
import { visibleRequest } from "./requests.ts";

const loaders = new WeakMap<Pool, DataLoader<string, ApprovalComment[]>>();

// Like `db/loaders.ts`: one query for the requests of a tick, nothing kept.
function loaderFor(pool: Pool): DataLoader<string, ApprovalComment[]> {
  const known = loaders.get(pool);
  if (known !== undefined) return known;
  const loader = new DataLoader<string, ApprovalComment[]>(
    async (ids) => {
      const found = Map.groupBy(await commentsOf(pool, [...new Set(ids)]), (row) => row.approvalRequestId);
      return ids.map((id) => found.get(id) ?? []);
    },
    { cache: false, maxBatchSize: 1_000 },
  );
  loaders.set(pool, loader);
  return loader;
}

/** The comments on a request, oldest first. */
export const commentsOn = (request: ApprovalRequest, { services }: Context): Promise<ApprovalComment[]> =>
  loaderFor(services.pool).load(request.id);

/** A comment on a request that the viewer may see, or null. */
export async function visibleComment(id: string, context: Context): Promise<ApprovalComment | null> {
  const comment = await context.services.loaders.comments.load(id);
  return comment !== null && (await visibleRequest(comment.approvalRequestId, context)) !== null ? comment : null;
}
