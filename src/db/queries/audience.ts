/** The people about requests: those who are named, and those who are known to hold a role that is. */

import type { ApprovalRequest } from "../../model/approvals.ts";
import type { Addressee } from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";

/** What a request that is not written yet names. */
export type Named = Pick<ApprovalRequest, "notifyRoles"> & { users: readonly string[] };

const ADDRESSEE = `p.id, p.email, p.roles, p.locale, p.zone, p.muted_channels as "mutedChannels"`;

/** A query for whom these requests name: `users`, and `roles`. @param ids an expression for an array */
export const namedBy = (ids: string): string =>
  `select notify_users || allowed_approvers || approvers || escalate_to_users || requested_by || created_by, notify_roles
     from approval_requests where id = any (${ids})`;

/**
 * A query for the people who are named, and for those who are known to hold a role that is named. A person who is named
 * and holds a role is there twice. Where no role is named, nobody's roles are read; and each name is
 * looked up by itself, because for an array of them the planner may read all people.
 * @param named a relation of `users` and `roles`
 */
export const addresseesOf = (named: string): string =>
  `select a.* from (select distinct unnest(users) as id from ${named}) u
     cross join lateral (select ${ADDRESSEE} from people p where p.id = u.id offset 0) a
   union all
   select ${ADDRESSEE} from people p
    where exists (select from ${named} where roles <> '{}')
      and p.roles && array(select unnest(roles) from ${named})::text[]`;

/** The people about these requests, some of them twice. @param ids requests that are written */
export async function addresseesAbout(db: Queryable, ids: readonly string[]): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>({
    name: "addressees-about",
    text: `with named(users, roles) as materialized (${namedBy("(select $1::uuid[])::uuid[]")}) ${addresseesOf("named")}`,
    values: [ids],
  });
  return rows;
}

/** Those of these people whom the directory knows. */
export async function addresseesById(db: Queryable, ids: readonly string[]): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>(`select ${ADDRESSEE} from people p where p.id = any ($1)`, [ids]);
  return rows;
}

/** Whoever was seen with a token of an admin within this many days. */
export async function admins(db: Queryable, days: number): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>(
    `select ${ADDRESSEE} from people p where p.admin_seen_at > clock_timestamp() - make_interval(days => $1)`,
    [days],
  );
  return rows;
}

/** Who has said something about these requests, by request. */
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
