/** Reads the people of requests: those that are named, and those that have a named role. */

import type { ApprovalRequest } from "../../model/approvals.ts";
import type { Addressee } from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";

/** The people and roles that a new request names. */
export type Named = Pick<ApprovalRequest, "notifyRoles"> & { users: readonly string[] };

const ADDRESSEE = `p.id, p.email, p.roles, p.locale, p.zone, p.muted_channels as "mutedChannels"`;

/** A query for the `users` and `roles` that these requests name. @param ids an expression for an array */
export const namedBy = (ids: string): string =>
  `select notify_users || allowed_approvers || approvers || escalate_to_users || requested_by || created_by, notify_roles
     from approval_requests where id = any (${ids})`;

/**
 * A query for the people who are named and for those who have a named role. A person who is named and has a role appears
 * twice. If no role is named, no roles are read. Each name is looked up separately, because for an array the planner may
 * read all people.
 * @param named a relation of `users` and `roles`
 */
export const addresseesOf = (named: string): string =>
  `select a.* from (select distinct unnest(users) as id from ${named}) u
     cross join lateral (select ${ADDRESSEE} from people p where p.id = u.id offset 0) a
   union all
   select ${ADDRESSEE} from people p
    where exists (select from ${named} where roles <> '{}')
      and p.roles && array(select unnest(roles) from ${named})::text[]`;

/** The people of these requests, some of them twice. @param ids stored requests */
export async function addresseesAbout(db: Queryable, ids: readonly string[]): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>({
    name: "addressees-about",
    text: `with named(users, roles) as materialized (${namedBy("(select $1::uuid[])::uuid[]")}) ${addresseesOf("named")}`,
    values: [ids],
  });
  return rows;
}

/** Those of these people who are in the directory. */
export async function addresseesById(db: Queryable, ids: readonly string[]): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>(`select ${ADDRESSEE} from people p where p.id = any ($1)`, [ids]);
  return rows;
}

/** People who have used a token of an admin within this number of days. */
export async function admins(db: Queryable, days: number): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>(
    `select ${ADDRESSEE} from people p where p.admin_seen_at > clock_timestamp() - make_interval(days => $1)`,
    [days],
  );
  return rows;
}

/** The people who have commented on these requests, by request. */
export async function commentersOf(db: Queryable, ids: readonly string[]): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; authors: string[] }>({
    name: "commenters-of",
    text: `select approval_request_id as id, array_agg(distinct author) as authors
             from approval_comments where approval_request_id = any ($1) group by 1`,
    values: [ids],
  });
  return new Map(rows.map(({ id, authors }) => [id, authors]));
}
