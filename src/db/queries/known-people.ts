/** What the directory knows about names: the rows that connect them, and the votes on requests that are locked. */

import { type KnownPeople, knownPeople, type Vote } from "../../approvals/known-people.ts";
import { type KnownName, type PersonOf, personKey, personsOf } from "../../approvals/same-person.ts";
import type { Queryable } from "./requests.ts";

/**
 * The rows of the directory that are connected with these keys, as a recursive part of a statement.
 * @param keys an expression for an array that hides how many there are: a plan for the few of one call looks cheaper than
 * one for any number, so PostgreSQL would plan again for every call
 */
const connectedWith = (keys: string): string => `connected(id, email, roles, id_key, email_key) as (
    select p.id, p.email, p.roles, p.id_key, p.email_key
      from people p where p.id_key = any (${keys}) or p.email_key = any (${keys})
    union
    select p.id, p.email, p.roles, p.id_key, p.email_key
      from connected c
      join people p on p.id_key in (c.id_key, c.email_key) or p.email_key in (c.id_key, c.email_key))`;

interface Row {
  id: string;
  email: string | null;
  roles: string[] | null;
  /** Of a vote: on which request. */
  requestId: string | null;
  decision: Vote["decision"] | null;
}

/**
 * What is known of people: of those who are named, and of everyone who has voted on these requests.
 * @param ids requests under their locks
 * @param names of the callers, and those that new requests name
 */
export async function peopleAbout(
  db: Queryable,
  ids: readonly string[],
  names: readonly string[],
): Promise<KnownPeople> {
  const { rows } = await db.query<Row>({
    name: "people-about",
    text: `with recursive votes as materialized (
      select d.* from unnest((select $1::uuid[])::uuid[]) asked(id)
       cross join lateral (select * from approval_decisions where approval_request_id = asked.id offset 0) d),
    voters as materialized (
      select array_agg(coalesce(v.approver_key, countersign_person_key(v.approver))) as keys from votes v),
    ${connectedWith("(select $2::text[] || keys from voters)::text[]")}
    select c.id, c.email, c.roles, null::uuid as "requestId", null as decision from connected c
    union all
    (select v.approver, null, v.roles, v.approval_request_id, v.decision from votes v order by v.decided_at)`,
    values: [ids, keysOf(names)],
  });
  const known = rows.flatMap(({ id, email, roles, requestId }) =>
    requestId === null ? [{ id, email, roles: roles ?? [] }] : [],
  );
  const votes = new Map<string, Vote[]>();
  for (const { id: approver, roles, requestId, decision } of rows) {
    if (requestId === null) continue;
    const vote = { approver, roles, decision: decision as Vote["decision"] };
    votes.set(requestId, [...(votes.get(requestId) ?? []), vote]);
  }
  return knownPeople(known, votes);
}

/** The rows of the directory that are connected with these names. */
export async function connectedNames(db: Queryable, names: readonly string[]): Promise<KnownName[]> {
  const { rows } = await db.query<KnownName>({
    name: "connected-names",
    text: `with recursive ${connectedWith("(select $1::text[])::text[]")} select id, email from connected`,
    values: [keysOf(names)],
  });
  return rows;
}

/** Which names are the same person as one of these. */
export const personsNamed = async (db: Queryable, names: readonly string[]): Promise<PersonOf> =>
  personsOf(await connectedNames(db, names));

/** Whether the directory knows a name: as the id or as the address of a person. @param known rows connected with it */
export function isKnown(name: string, known: readonly KnownName[]): boolean {
  const key = personKey(name);
  return known.some(({ id, email }) => personKey(id) === key || (email !== null && personKey(email) === key));
}

const keysOf = (names: readonly string[]): string[] => [...new Set(names.map(personKey))];
