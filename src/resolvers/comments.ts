/** The comments on a request. */

import { commentPage } from "../db/queries/comments.ts";
import type { CommentHead, CommentOrHead, RequestOrHead } from "../model/approvals.ts";
import type { Context } from "./context.ts";
import { COMMENTS, decodeRequest, encodeRequest } from "./cursors.ts";
import { badUserInput } from "./errors.ts";
import { type Connection, connectionOf, MOST_FIRST, type PageArgs, pageSize } from "./paging.ts";
import { visibleRequest } from "./requests.ts";

/**
 * The newest comments on a request, oldest first.
 * @throws BAD_USER_INPUT for a `last` out of bounds
 */
export function commentsOn(
  request: RequestOrHead,
  { last }: { last?: number | null },
  { services }: Context,
): Promise<CommentHead[]> {
  const length = last ?? MOST_FIRST;
  if (length < 1 || length > MOST_FIRST) throw badUserInput(`\`last\` must be from 1 to ${MOST_FIRST}, not ${length}.`);
  return services.loaders.conversations.load({ requestId: request.id, last: length });
}

/** A page of the comments on a request, oldest first. */
export async function commentsPage(
  request: RequestOrHead,
  args: PageArgs,
  { services }: Context,
): Promise<Connection<CommentOrHead>> {
  const first = pageSize(args.first);
  const after = decodeRequest(COMMENTS, args.after);
  const page = await commentPage(services.pool, request.id, after?.id ?? null, first);
  return connectionOf(page, args, ({ createdAt, id }) => encodeRequest(COMMENTS, { at: createdAt, id }));
}

/** The text of a comment. @throws LIMIT_EXCEEDED */
export async function commentBody(comment: CommentOrHead, { services, budget }: Context): Promise<string> {
  if (!("bodyBytes" in comment)) return comment.body;
  const { id, body, bodyBytes } = comment;
  if (body !== null) return body;
  const read = () => services.loaders.commentBodies.load(id);
  const row = await (budget?.once(`comment ${id}`, bodyBytes, read) ?? read());
  return row?.body ?? "";
}

/** A comment on a request that the viewer may see, or null. */
export async function visibleComment(id: string, context: Context): Promise<CommentOrHead | null> {
  const comment = await context.services.loaders.comments.load(id);
  return comment !== null && (await visibleRequest(comment.approvalRequestId, context)) !== null ? comment : null;
}
