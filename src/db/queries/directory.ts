/** Rows of `people`: the directory that addresses messages and answers questions about another user. */

import type { Person } from "../../model/approvals.ts";
import { personKey } from "../../model/same-person.ts";
import type { Queryable } from "../query.ts";

/** The person with this id, if the directory knows one. */
export async function personById(db: Queryable, id: string): Promise<Person | undefined> {
  const { rows } = await db.query<Person>(
    `select id, email, roles, locale, zone, seen_at as "seenAt" from people where id = $1`,
    [id],
  );
  return rows[0];
}

/**
 * Everyone whom the directory knows by this name, as an id or as an address, without regard to case. Two at most, which
 * is one too many for a caller that needs the one owner.
 */
export async function ownersOf(db: Queryable, name: string): Promise<Pick<Person, "id" | "roles">[]> {
  const { rows } = await db.query<Pick<Person, "id" | "roles">>(
    `select id, roles from people where id_key = $1
     union
     select id, roles from people where email_key = $1
     limit 2`,
    [personKey(name)],
  );
  return rows;
}

/** What limits the tokens of a person. Instants are in ms since 1970. */
export interface KnownAccess {
  id: string;
  /** What the newest token said. None where it left the claim out, or where no token has stated roles. */
  roles: string[];
  /** When that token was issued; null where no token has said when. */
  issuedAt: number | null;
  /** Sessions that were signed out: when each expires, by its id. */
  endedSessions: Record<string, number>;
  /** Sessions that began earlier have all ended; null where only those above have. */
  sessionsEndedAt: number | null;
}

const KNOWN_ACCESS = `id, case when roles_issued_at is null then '{}' else roles end as roles,
  (extract(epoch from greatest(roles_issued_at, roles_absent_at)) * 1000)::float8 as "issuedAt",
  ended_sessions as "endedSessions", (extract(epoch from sessions_ended_at) * 1000)::float8 as "sessionsEndedAt"`;

/** Ended sessions of `p` that have not expired, as rows of key and value. */
const LIVE_ENDED = `jsonb_each(p.ended_sessions) where value::float8 > extract(epoch from clock_timestamp()) * 1000`;

/** A person as a valid token describes them. */
export interface SeenPerson extends Pick<Person, "id" | "email" | "roles"> {
  /** When the token was issued, in ms since 1970; null where that is not known. */
  issuedAt: number | null;
  /** Whether the token has the roles claim. One that leaves it out takes away what an older token stated. */
  statesRoles: boolean;
  /** Whether the token has the scope of an admin. */
  isAdmin: boolean;
}

/**
 * Notes that a person with a valid token was here. What the token leaves out stays as it was known. The newest token's
 * roles count; of two that were issued at the same moment, the roles that both give. The outcome is the same in
 * whatever order tokens are seen. Roles of PEOPLE_FILE stay until a token states some.
 * @returns what is known now
 */
export async function noteSeen(db: Queryable, person: SeenPerson): Promise<KnownAccess> {
  const { id, email, roles, issuedAt, statesRoles, isAdmin } = person;
  const { rows } = await db.query<KnownAccess>(
    `insert into people as p (id, email, id_key, email_key, roles, roles_issued_at, roles_absent_at, seen_at,
                              admin_seen_at)
     values ($1, $2, $3, $4, $5, case when $7 then to_timestamp($6::float8 / 1000) end,
             case when not $7 then to_timestamp($6::float8 / 1000) end, clock_timestamp(),
             case when $8 then clock_timestamp() end)
     on conflict (id) do update
        set email = coalesce(excluded.email, p.email),
            email_key = case when excluded.email is null then p.email_key else excluded.email_key end,
            id_key = excluded.id_key,
            roles = case
              when greatest(p.roles_issued_at, excluded.roles_issued_at) is null
                then case when $7 then excluded.roles else p.roles end
              when greatest(p.roles_absent_at, excluded.roles_absent_at)
                     >= greatest(p.roles_issued_at, excluded.roles_issued_at) then '{}'
              when excluded.roles_issued_at is null or excluded.roles_issued_at < p.roles_issued_at then p.roles
              when excluded.roles_issued_at = p.roles_issued_at
                then array(select role from unnest(p.roles) role where role = any (excluded.roles))
              else excluded.roles end,
            roles_issued_at = greatest(p.roles_issued_at, excluded.roles_issued_at),
            roles_absent_at = greatest(p.roles_absent_at, excluded.roles_absent_at),
            ended_sessions = case when p.ended_sessions = '{}' then p.ended_sessions else
              (select coalesce(jsonb_object_agg(key, value), '{}') from ${LIVE_ENDED}) end,
            seen_at = excluded.seen_at, admin_seen_at = coalesce(excluded.admin_seen_at, p.admin_seen_at)
     returning ${KNOWN_ACCESS}`,
    [id, email, personKey(id), email && personKey(email), roles, issuedAt, statesRoles, isAdmin],
  );
  return rows[0] as KnownAccess;
}

/** The sign-out of one session. */
export interface EndedSession {
  userId: string;
  sessionId: string;
  /** ms since 1970. */
  expiresAt: number;
}

/** How the id of a session begins that is a provider's token itself. */
export const TOKEN_SESSION = "token:";

/** Most signed-out sessions of a person that are listed one by one until they expire. */
const MOST_ENDED = 200;

/**
 * Ends a session of a person. Beyond `MOST_ENDED`, every session of ours that began before now ends with it, so that no
 * row grows without end; tokens of a provider say nothing of when a session began and stay in the list.
 */
export async function endSession(db: Queryable, ended: EndedSession): Promise<KnownAccess> {
  const { userId, sessionId, expiresAt } = ended;
  const { rows } = await db.query<KnownAccess>(
    `insert into people as p (id, id_key, ended_sessions) values ($1, $2, jsonb_build_object($3::text, $4::float8))
     on conflict (id) do update set (ended_sessions, sessions_ended_at) =
       (select coalesce(jsonb_object_agg(key, value) filter (where n <= $5 or key like '${TOKEN_SESSION}%'), '{}')
                 || excluded.ended_sessions,
               case when coalesce(max(n), 1) <= $5 then p.sessions_ended_at else clock_timestamp() end
          from (select key, value, count(*) over () + 1 as n from ${LIVE_ENDED}) live)
     returning ${KNOWN_ACCESS}`,
    [userId, personKey(userId), sessionId, expiresAt, MOST_ENDED],
  );
  return rows[0] as KnownAccess;
}

/** What the newest tokens of these people said, and which of their sessions have ended; unknown people are left out. */
export async function knownAccess(db: Queryable, ids: readonly string[]): Promise<KnownAccess[]> {
  const { rows } = await db.query<KnownAccess>(`select ${KNOWN_ACCESS} from people where id = any($1)`, [ids]);
  return rows;
}

/** Puts people into the directory, or renews them; when they were last seen stays, and roles that a token told. */
export async function putPeople(db: Queryable, people: readonly Omit<Person, "seenAt">[]): Promise<void> {
  const keyed = people.map((person) => ({
    ...person,
    idKey: personKey(person.id),
    emailKey: person.email && personKey(person.email),
  }));
  await db.query(
    `insert into people (id, email, id_key, email_key, roles, locale, zone)
     select id, email, "idKey", "emailKey", coalesce(roles, '{}'), locale, zone
       from jsonb_to_recordset($1::jsonb)
         as p(id text, email text, "idKey" text, "emailKey" text, roles text[], locale text, zone text)
     on conflict (id) do update
        set email = coalesce(excluded.email, people.email), id_key = excluded.id_key,
            email_key = case when excluded.email is null then people.email_key else excluded.email_key end,
            roles = case when people.roles_issued_at is null then excluded.roles else people.roles end,
            locale = coalesce(excluded.locale, people.locale), zone = coalesce(excluded.zone, people.zone)`,
    [JSON.stringify(keyed)],
  );
}

/**
 * Writes the exact keys of people whose rows are older than the keys, or were written with psql: only letters beyond
 * ASCII can have other ones.
 */
export async function correctKeys(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ id: string; email: string | null; idKey: string; emailKey: string | null }>(
    `select id, email, id_key as "idKey", email_key as "emailKey" from people
      where octet_length(id) > char_length(id) or octet_length(email) > char_length(email)`,
  );
  const wrong = rows
    .map(({ id, email, ...was }) => ({ id, was, idKey: personKey(id), emailKey: email && personKey(email) }))
    .filter(({ was, idKey, emailKey }) => was.idKey !== idKey || was.emailKey !== emailKey);
  if (wrong.length === 0) return;
  await db.query(
    `update people p set id_key = k."idKey", email_key = k."emailKey"
       from jsonb_to_recordset($1::jsonb) as k(id text, "idKey" text, "emailKey" text) where p.id = k.id`,
    [JSON.stringify(wrong)],
  );
}
