/** The conversation about a request. */

import type { ApprovalComment, ApprovalRequest } from "../approvals/model.ts";
import type { Context } from "./context.ts";
import { visibleRequest } from "./requests.ts";

/** The comments on a request, oldest first. */
export const commentsOn = (request: ApprovalRequest, { services }: Context): Promise<ApprovalComment[]> =>
  services.loaders.conversations.load(request.id);

/** A comment on a request that the viewer may see, or null. */
export async function visibleComment(id: string, context: Context): Promise<ApprovalComment | null> {
  const comment = await context.services.loaders.comments.load(id);
  return comment !== null && (await visibleRequest(comment.approvalRequestId, context)) !== null ? comment : null;
}
