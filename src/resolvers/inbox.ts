/** The requests that a person can decide now. */

import { personById } from "../db/queries/directory.ts";
import { countInbox, listInbox } from "../db/queries/request-lists.ts";
import type { Person, RequestOrHead } from "../model/approvals.ts";
import { isAdmin } from "../model/approvals.ts";
import { omitLongContent } from "./content.ts";
import type { Context } from "./context.ts";
import { decodeRequest, encodeRequest, INBOX } from "./cursors.ts";
import { forbidden } from "./errors.ts";
import { type CountedConnection, connectionOf, counted, type PageArgs, pageSize } from "./paging.ts";
import { checkTexts } from "./text.ts";

type Decider = { userId: string; roles: readonly string[] };

/**
 * The owner of the inbox: the viewer with the roles of the token, or another person with the roles of the directory.
 * @throws FORBIDDEN if the viewer may not see the inbox of others
 */
export async function selectedPerson(
  userId: string | null | undefined,
  mayAskAboutOthers: boolean,
  { services, caller }: Context,
): Promise<Decider> {
  if (userId == null || userId === caller.viewer.userId) return caller.viewer;
  if (!mayAskAboutOthers) throw forbidden("You may only query your own inbox; omit `userId`.");
  checkTexts("", { userId });
  const known: Person | undefined = await personById(services.pool, userId);
  return { userId, roles: known?.roles ?? [] };
}

/** A page of an inbox, the next to expire first. Only admins may read the inbox of another person. */
export async function inbox(
  args: PageArgs & { userId?: string | null },
  context: Context,
): Promise<CountedConnection<RequestOrHead>> {
  const { pool } = context.services;
  const first = pageSize(args.first);
  const after = decodeRequest(INBOX, args.after);
  const person = await selectedPerson(args.userId, isAdmin(context.caller.viewer), context);
  const page = await listInbox(pool, person, after, first);
  omitLongContent(page.items);
  const connection = connectionOf(page, args, ({ expiresAt, id }) => encodeRequest(INBOX, { at: expiresAt, id }));
  return counted(connection, () => countInbox(pool, person));
}
