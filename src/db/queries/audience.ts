/** The people about requests: those who are named, and those who are known to hold a role that is. */

import type { ApprovalRequest } from "../../approvals/model.ts";
import type { Addressee } from "../../approvals/notification-model.ts";
import type { Queryable } from "./requests.ts";

/** What a request that is not written yet names. */
export type Named = Pick<ApprovalRequest, "notifyRoles"> & { users: readonly string[] };

const ADDRESSEE = `p.id, p.email, p.roles, p.locale, p.zone, p.muted_channels as "mutedChannels"`;

/**
 * A query for the people whom requests name, and for those who are known to hold a role that they name. A person who is
 * named and holds a role is there twice.
 * @param ids,users,roles expressions for arrays: ids of requests, and the names of requests that are not written yet
 */
export const addresseesOf = (ids: string, users: string, roles: string): string => {
  const named = (names: string, columns: string) => `(select ${names} || array(
        select unnest(${columns}) from approval_requests where id = any ((select ${ids})::uuid[])))`;
  const people = named(
    users,
    "notify_users || allowed_approvers || approvers || escalate_to_users || requested_by || created_by",
  );
  return `select ${ADDRESSEE} from people p where p.id = any (${people}::text[])
      union all
      select ${ADDRESSEE} from people p where p.roles && nullif(${named(roles, "notify_roles")}::text[], '{}')`;
};

/** The people about these requests, some of them twice. @param ids requests that are written */
export async function addresseesAbout(db: Queryable, ids: readonly string[]): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>({
    name: "addressees-about",
    text: addresseesOf("$1::uuid[]", "'{}'::text[]", "'{}'::text[]"),
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
