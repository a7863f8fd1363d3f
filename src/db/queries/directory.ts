/** Rows of `people`: the directory that addresses messages and answers questions about another user. */

import type { Person } from "../../approvals/model.ts";
import type { Queryable } from "./requests.ts";

/** The person with this id, if the directory knows one. */
export async function personById(db: Queryable, id: string): Promise<Person | undefined> {
  const { rows } = await db.query<Person>(
    `select id, email, roles, locale, zone, seen_at as "seenAt" from people where id = $1`,
    [id],
  );
  return rows[0];
}

/**
 * Everyone whose address this is, whatever its case; of people without one, whose id it is. Two at most, which is one
 * too many for those who ask.
 */
export async function ownersOfEmail(db: Queryable, email: string): Promise<Pick<Person, "id" | "roles">[]> {
  const { rows } = await db.query<Pick<Person, "id" | "roles">>(
    "select id, roles from people where lower(coalesce(email, id)) = lower($1) limit 2",
    [email],
  );
  return rows;
}

/** What the newest token that states a person's roles said. */
export interface KnownRoles {
  id: string;
  roles: string[];
  /** ms since 1970 */
  issuedAt: number;
}

const KNOWN_ROLES = `id, roles, (extract(epoch from roles_issued_at) * 1000)::float8 as "issuedAt"`;

/**
 * Notes that someone with a valid token was here; what the token leaves out stays as it was known, and so do roles that
 * a newer token told.
 * @param issuedAt when the token's roles were told, in ms since 1970; null where that is not known
 * @param isAdmin whether the token has the scope of an admin
 * @returns what is known now, where a token has told it
 */
export async function noteSeen(
  db: Queryable,
  person: Pick<Person, "id" | "email" | "roles">,
  issuedAt: number | null,
  isAdmin = false,
): Promise<KnownRoles | null> {
  const { rows } = await db.query<KnownRoles | { issuedAt: null }>(
    `insert into people (id, email, roles, roles_issued_at, seen_at, admin_seen_at)
     values ($1, $2, $3, to_timestamp($4::float8 / 1000), clock_timestamp(), case when $5 then clock_timestamp() end)
     on conflict (id) do update
        set email = coalesce(excluded.email, people.email),
            roles = case when people.roles_issued_at is null or excluded.roles_issued_at >= people.roles_issued_at
                         then excluded.roles else people.roles end,
            roles_issued_at = greatest(people.roles_issued_at, excluded.roles_issued_at),
            seen_at = excluded.seen_at, admin_seen_at = coalesce(excluded.admin_seen_at, people.admin_seen_at)
     returning ${KNOWN_ROLES}`,
    [person.id, person.email, person.roles, issuedAt, isAdmin],
  );
  const known = rows[0] as KnownRoles | { issuedAt: null };
  return known.issuedAt === null ? null : known;
}

/** What the newest tokens of these people said about their roles; people of whom no token did are left out. */
export async function knownRoles(db: Queryable, ids: readonly string[]): Promise<KnownRoles[]> {
  const { rows } = await db.query<KnownRoles>(
    `select ${KNOWN_ROLES} from people where id = any($1) and roles_issued_at is not null`,
    [ids],
  );
  return rows;
}

/** Puts people into the directory, or renews them; when they were last seen stays, and roles that a token told. */
export async function putPeople(db: Queryable, people: readonly Omit<Person, "seenAt">[]): Promise<void> {
  await db.query(
    `insert into people (id, email, roles, locale, zone)
     select id, email, coalesce(roles, '{}'), locale, zone
       from jsonb_to_recordset($1::jsonb) as p(id text, email text, roles text[], locale text, zone text)
     on conflict (id) do update
        set email = coalesce(excluded.email, people.email),
            roles = case when people.roles_issued_at is null then excluded.roles else people.roles end,
            locale = coalesce(excluded.locale, people.locale), zone = coalesce(excluded.zone, people.zone)`,
    [JSON.stringify(people)],
  );
}
