/** What the directory knows about names: the rows that connect them, and the votes on requests that are locked. */

import { type KnownPeople, knownPeople, type Vote } from "../../approvals/known-people.ts";
import type { Addressee } from "../../approvals/notification-model.ts";
import { type KnownName, type PersonOf, personKey, personsOf } from "../../approvals/same-person.ts";
import { addresseesOf, type Named } from "./audience.ts";
import type { Moment, Queryable } from "./requests.ts";

/**
 * The rows that have one of these keys.
 * @param keys an expression for an array that hides how many there are: a plan for the few of one call looks cheaper than
 * one for any number, so PostgreSQL would plan again for every call
 */
const withKey = (columns: string, keys: string): string =>
  `select ${columns} from people p where p.id_key = any (${keys}) or p.email_key = any (${keys})`;

const KEYS_OF_KNOWN = "(select array(select id_key from known union all select email_key from known))::text[]";

type KnownPerson = KnownName & { roles: string[] };

/** What is known about the commands of a batch. */
interface About {
  now: Date;
  transactionId: string;
  known: KnownPerson[] | null;
  /** Whether further rows are connected with the known ones. */
  isPartial: boolean;
  votes: (Vote & { requestId: string })[] | null;
  addressees: Addressee[] | null;
}

/** Whose names a batch compares, and whom it may notify. */
export interface Asked {
  /** Requests under their locks whose voters count. */
  ids: readonly string[];
  /** Names of the callers, and those that new requests name. */
  names: readonly string[];
  /** Requests about which people may be notified. */
  toldIds: readonly string[];
  /** What new requests name. */
  created: readonly Named[];
}

/**
 * Reads in one statement what a batch needs to know of people: the directory's rows of those who are named and of
 * everyone who has voted, the votes, the addressees, and the moment. Nearly always the rows that have one of the keys
 * are all that are connected; only where they are not, a second statement follows the connections.
 */
export async function peopleAbout(
  db: Queryable,
  { ids, names, toldIds, created }: Asked,
): Promise<{ people: KnownPeople; moment: Moment; addressees: Addressee[] }> {
  const { rows } = await db.query<About>({
    name: "people-about",
    text: `with votes as materialized (
      select approval_request_id as "requestId", approver, decision, roles, decided_at,
             coalesce(approver_key, countersign_person_key(approver)) as key
        from approval_decisions where approval_request_id = any ((select $1::uuid[])::uuid[])),
    known as materialized (
      ${withKey("p.id, p.email, p.roles, p.id_key, p.email_key", "(select $2::text[] || array(select key from votes))::text[]")})
    select clock_timestamp() as now, pg_current_xact_id()::text as "transactionId",
      (select json_agg(json_build_object('id', k.id, 'email', k.email, 'roles', k.roles)) from known k) as known,
      (${withKey("count(*)", KEYS_OF_KNOWN)}) > (select count(*) from known) as "isPartial",
      (select json_agg(v order by v.decided_at) from votes v) as votes,
      (select json_agg(a) from (${addresseesOf("$3::uuid[]", "$4::text[]", "$5::text[]")}) a) as addressees`,
    values: [
      ...[ids, keysOf(names), toldIds],
      ...[created.flatMap(({ users }) => users), created.flatMap(({ notifyRoles }) => notifyRoles)],
    ],
  });
  const { now, transactionId, known, isPartial, votes, addressees } = rows[0] as About;
  const all = isPartial
    ? await connectedPeople(db, [...names, ...(votes ?? []).map(({ approver }) => approver)])
    : (known ?? []);
  const byRequest = Map.groupBy(votes ?? [], ({ requestId }) => requestId);
  return { people: knownPeople(all, byRequest), moment: { now, transactionId }, addressees: addressees ?? [] };
}

/** The rows of the directory that are connected with these names. */
export async function connectedPeople(db: Queryable, names: readonly string[]): Promise<KnownPerson[]> {
  const { rows } = await db.query<KnownPerson>({
    name: "connected-people",
    // One lookup for each pair of columns: with OR the planner may read all people, as it expects many rows of a recursion.
    text: `with recursive connected(id, email, roles, id_key, email_key) as (
      ${withKey("p.id, p.email, p.roles, p.id_key, p.email_key", "(select $1::text[])::text[]")}
      union
      select n.id, n.email, n.roles, n.id_key, n.email_key from connected c
       cross join lateral (
         select * from people o where o.id_key = c.id_key
         union all select * from people o where o.id_key = c.email_key
         union all select * from people o where o.email_key = c.id_key
         union all select * from people o where o.email_key = c.email_key) n)
    select id, email, roles from connected`,
    values: [keysOf(names)],
  });
  return rows;
}

/** Which names are the same person as one of these. */
export const personsNamed = async (db: Queryable, names: readonly string[]): Promise<PersonOf> =>
  personsOf(await connectedPeople(db, names));

/** Whether the directory knows a name: as the id or as the address of a person. @param known rows connected with it */
export function isKnown(name: string, known: readonly KnownName[]): boolean {
  const key = personKey(name);
  return known.some(({ id, email }) => personKey(id) === key || (email !== null && personKey(email) === key));
}

const keysOf = (names: readonly string[]): string[] => [...new Set(names.map(personKey))];
