/** The people about requests: those who are named, and those who are known to hold a role that is. */

import type { ApprovalRequest } from "../../approvals/model.ts";
import type { Addressee } from "../../approvals/notification-model.ts";
import type { Queryable } from "./requests.ts";

/** What a request that is not written yet names. */
export type Named = Pick<ApprovalRequest, "notifyRoles"> & { users: readonly string[] };

const ADDRESSEE = `p.id, p.email, p.roles, p.locale, p.zone, p.muted_channels as "mutedChannels"`;

/**
 * Who is known of all that are named by these requests.
 * @param ids requests that are there
 * @param created those that are being created, by what they name
 */
export async function addresseesAbout(
  db: Queryable,
  ids: readonly string[],
  created: readonly Named[],
): Promise<Addressee[]> {
  const { rows } = await db.query<Addressee>({
    name: "addressees-about",
    text: `with about as materialized (
      select notify_users || allowed_approvers || approvers || escalate_to_users || requested_by || created_by
               as users,
             notify_roles as roles
        from approval_requests where id = any ((select $1::uuid[])::uuid[])
      union all select $2::text[], $3::text[])
    select ${ADDRESSEE} from people p
     where p.id = any ((select array_agg(name) from about, unnest(users) name)::text[])
    union all
    select ${ADDRESSEE} from people p
     where (select bool_or(cardinality(roles) > 0) from about)
       and p.roles && (select array_agg(distinct role) from about, unnest(roles) role)::text[]`,
    values: [ids, created.flatMap(({ users }) => users), created.flatMap(({ notifyRoles }) => notifyRoles)],
  });
  // A person may be named and hold a role as well.
  return [...new Map(rows.map((person) => [person.id, person])).values()];
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
