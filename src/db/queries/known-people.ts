/** What the directory knows about names: the rows that connect them, and the votes on requests that are locked. */

import { type KnownPeople, knownPeople, type Vote } from "../../approvals/known-people.ts";
import { type KnownName, type PersonOf, personKey, personsOf } from "../../approvals/same-person.ts";
import type { Moment, Queryable } from "./requests.ts";

/**
 * The rows of the directory that are connected with these keys, as a recursive part of a statement. The lookups are
 * separate: for a condition with OR the planner may read all people, as it expects many rows of a recursion.
 * @param keys an expression for an array that hides how many there are: a plan for the few of one call looks cheaper than
 * one for any number, so PostgreSQL would plan again for every call
 */
const connectedWith = (keys: string): string => `connected(id, email, roles, id_key, email_key) as (
    select p.id, p.email, p.roles, p.id_key, p.email_key
      from people p where p.id_key = any (${keys}) or p.email_key = any (${keys})
    union
    select p.id, p.email, p.roles, p.id_key, p.email_key
      from connected c
     cross join lateral (
       select * from people o where o.id_key = c.id_key
       union all select * from people o where o.id_key = c.email_key
       union all select * from people o where o.email_key = c.id_key
       union all select * from people o where o.email_key = c.email_key) p)`;

const VOTER = "coalesce(v.approver_key, countersign_person_key(v.approver))";

interface Row {
  /** Null in the one row that holds the moment. */
  id: string | null;
  email: string | null;
  roles: string[] | null;
  /** Of a vote: on which request. */
  requestId: string | null;
  decision: Vote["decision"] | null;
  now: Date | null;
  transactionId: string | null;
}

/**
 * What is known of people: of those who are named, and of everyone who has voted on these requests. With it the moment,
 * which would otherwise cost a statement of its own.
 * @param ids requests under their locks
 * @param names of the callers, and those that new requests name
 */
export async function peopleAbout(
  db: Queryable,
  ids: readonly string[],
  names: readonly string[],
): Promise<{ people: KnownPeople; moment: Moment }> {
  const { rows } = await db.query<Row>({
    name: "people-about",
    text: `with recursive votes as materialized (
      select d.* from unnest((select $1::uuid[])::uuid[]) asked(id)
       cross join lateral (
         select approval_request_id, approver, approver_key, decision, roles, decided_at
           from approval_decisions where approval_request_id = asked.id offset 0) d),
    ${connectedWith(`(select $2::text[] || array(select ${VOTER} from votes v))::text[]`)}
    select c.id, c.email, c.roles, null::uuid as "requestId", null as decision, null::timestamptz as now,
           null as "transactionId" from connected c
    union all
    (select v.approver, null, v.roles, v.approval_request_id, v.decision, null, null from votes v order by v.decided_at)
    union all
    select null, null, null, null, null, clock_timestamp(), pg_current_xact_id()::text`,
    values: [ids, keysOf(names)],
  });
  const known: (KnownName & { roles: string[] })[] = [];
  const votes = new Map<string, Vote[]>();
  let moment: Moment | undefined;
  for (const { id, email, roles, requestId, decision, now, transactionId } of rows) {
    if (id === null) moment = { now, transactionId } as Moment;
    else if (requestId === null) known.push({ id, email, roles: roles ?? [] });
    else {
      const vote = { approver: id, roles, decision: decision as Vote["decision"] };
      votes.set(requestId, [...(votes.get(requestId) ?? []), vote]);
    }
  }
  return { people: knownPeople(known, votes), moment: moment as Moment };
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
