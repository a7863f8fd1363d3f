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

/** Notes that someone with a valid token was here; what the token leaves out stays as it was known. */
export async function noteSeen(db: Queryable, person: Pick<Person, "id" | "email" | "roles">): Promise<void> {
  await db.query(
    `insert into people (id, email, roles, seen_at) values ($1, $2, $3, clock_timestamp())
     on conflict (id) do update
        set email = coalesce(excluded.email, people.email), roles = excluded.roles, seen_at = excluded.seen_at`,
    [person.id, person.email, person.roles],
  );
}

/** Puts people into the directory, or renews them; when they were last seen stays. */
export async function putPeople(db: Queryable, people: readonly Omit<Person, "seenAt">[]): Promise<void> {
  await db.query(
    `insert into people (id, email, roles, locale, zone)
     select id, email, coalesce(roles, '{}'), locale, zone
       from jsonb_to_recordset($1::jsonb) as p(id text, email text, roles text[], locale text, zone text)
     on conflict (id) do update
        set email = coalesce(excluded.email, people.email), roles = excluded.roles,
            locale = coalesce(excluded.locale, people.locale), zone = coalesce(excluded.zone, people.zone)`,
    [JSON.stringify(people)],
  );
}
