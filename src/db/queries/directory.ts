/** Reads and writes `people`: the directory for addressing notifications and for questions about other users. */

import type { Person } from "../../model/approvals.ts";
import { personKey } from "../../model/same-person.ts";
import type { Queryable } from "../query.ts";

/** The person with this id, if the directory has one. */
export async function personById(db: Queryable, id: string): Promise<Person | undefined> {
  const { rows } = await db.query<Person>(
    `select id, email, roles, locale, zone, seen_at as "seenAt" from people where id = $1`,
    [id],
  );
  return rows[0];
}

/**
 * The people with this id or address, without regard to case. At most two, because a caller that needs one owner only has to
 * know whether there is more than one.
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

/** The facts that limit the tokens of a person. Times are in ms since 1970. */
export interface KnownAccess {
  id: string;
  /** The roles of the newest token. Empty if it omitted the claim, or if no token has stated roles. */
  roles: string[];
  /** When that token was issued; null if no token has stated it. */
  issuedAt: number | null;
  /** The expiry of each session that was signed out, by its id. */
  endedSessions: Record<string, number>;
  /** All sessions that started earlier have ended; null if only the sessions above have. */
  sessionsEndedAt: number | null;
}

const KNOWN_ACCESS = `id, case when roles_issued_at is null then '{}' else roles end as roles,
  (extract(epoch from greatest(roles_issued_at, roles_absent_at)) * 1000)::float8 as "issuedAt",
  ended_sessions as "endedSessions", (extract(epoch from sessions_ended_at) * 1000)::float8 as "sessionsEndedAt"`;

/** Ended sessions of `p` that have not expired, as rows of key and value. */
const LIVE_ENDED = `jsonb_each(p.ended_sessions) where value::float8 > extract(epoch from clock_timestamp()) * 1000`;

/** A person as a valid token describes them. */
export interface AuthenticatedPerson extends Pick<Person, "id" | "email" | "roles"> {
  /** When the token was issued, in ms since 1970; null if unknown. */
  issuedAt: number | null;
  /** Whether the token has the roles claim. A token that omits it removes the roles that an older token stated. */
  statesRoles: boolean;
  /** Whether the token has the scope of an admin. */
  isAdmin: boolean;
}

/**
 * Stores the facts of a valid token. Facts that the token omits stay unchanged. The roles of the newest token count; of two
 * tokens that were issued at the same time, the roles in both. The result does not depend on the order of the tokens. Roles
 * of PEOPLE_FILE stay until a token states some.
 * @returns the current facts
 */
export async function upsertPerson(db: Queryable, person: AuthenticatedPerson): Promise<KnownAccess> {
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

/** Prefix of the id of a session that is a provider's token itself. */
export const TOKEN_SESSION = "token:";

/** Most signed-out sessions of a person that are stored separately until they expire. */
const MOST_ENDED = 200;

/**
 * Ends a session of a person. Beyond `MOST_ENDED`, all Countersign sessions that have already started end with it, so that
 * the row does not grow without limit. Tokens of a provider do not state when a session started, so they stay in the list.
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

/** The facts of the newest tokens of these people, and their ended sessions. Unknown people are omitted. */
export async function knownAccess(db: Queryable, ids: readonly string[]): Promise<KnownAccess[]> {
  const { rows } = await db.query<KnownAccess>(`select ${KNOWN_ACCESS} from people where id = any($1)`, [ids]);
  return rows;
}

/** Adds or updates people in the directory. The time of their last visit and roles from a token stay. */
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
 * Writes the exact keys of people whose rows are older than the key columns or were written with psql. Only letters outside
 * ASCII can have different keys.
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
