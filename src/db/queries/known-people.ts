/** What the directory knows about names: the rows that connect them, and the votes on requests that are locked. */

import { type KnownPeople, knownPeople, type Vote } from "../../approvals/known-people.ts";
import { type KnownName, type PersonOf, personKey, personsOf } from "../../approvals/same-person.ts";
import type { Queryable } from "./requests.ts";

/** The keys that are connected through the directory with those of `names`, as a recursive part of a statement. */
const CONNECTED = `connected(key) as (
    select key from names
    union
    select other.key
      from connected c
     cross join lateral (
       select p.id_key, p.email_key from people p where p.id_key = c.key
       union all
       select p.id_key, p.email_key from people p where p.email_key = c.key) p
     cross join lateral (values (p.id_key), (p.email_key)) other(key)
     where other.key is not null)`;

interface Row {
  id: string;
  email: string | null;
  roles: string[] | null;
  /** Of a vote: on which request. */
  requestId: string | null;
  decision: Vote["decision"] | null;
}

/**
 * What is known of the people about these requests: the requester, the creator, everyone who has voted.
 * @param ids requests under their locks
 * @param names other names: of the callers, and those that new requests name
 */
export async function peopleAbout(
  db: Queryable,
  ids: readonly string[],
  names: readonly string[],
): Promise<KnownPeople> {
  const { rows } = await db.query<Row>({
    name: "people-about",
    text: `with recursive votes as materialized (
      select d.approval_request_id, d.approver, d.approver_key, d.decision, d.roles, d.decided_at
        from approval_decisions d where d.approval_request_id = any ((select $1::uuid[])::uuid[])),
    names(key) as (
      select unnest($2::text[])
      union
      select own.key from approval_requests r cross join lateral (values
          (coalesce(r.requested_by_key, countersign_person_key(r.requested_by))),
          (coalesce(r.created_by_key, countersign_person_key(r.created_by)))) own(key)
       where r.id = any ((select $1::uuid[])::uuid[])
      union
      select coalesce(v.approver_key, countersign_person_key(v.approver)) from votes v),
    ${CONNECTED}
    select p.id, p.email, p.roles, null::uuid as "requestId", null as decision
      from people p join connected c on c.key = p.id_key
    union all
    (select v.approver, null, v.roles, v.approval_request_id, v.decision from votes v order by v.decided_at)`,
    values: [ids, [...new Set(names.map(personKey))]],
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
    text: `with recursive names(key) as (select unnest($1::text[])), ${CONNECTED}
      select p.id, p.email from people p join connected c on c.key = p.id_key`,
    values: [[...new Set(names.map(personKey))]],
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
