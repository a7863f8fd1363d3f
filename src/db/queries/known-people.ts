/** Reads what the directory knows about names: the rows that connect them, and the votes on locked requests. */

import { type KnownPeople, knownPeople, type Vote } from "../../model/known-people.ts";
import type { Addressee } from "../../model/notifications.ts";
import { type KnownName, type PersonOf, personKey, personsOf } from "../../model/same-person.ts";
import type { Queryable } from "../query.ts";
import { addresseesOf, type Named, namedBy } from "./audience.ts";
import type { Moment } from "./requests.ts";

const PERSON = "p.id, p.email, p.roles, p.id_key, p.email_key";

/**
 * A recursive query, `connected`, for the rows of the directory that are connected with these keys. Each key is looked up
 * separately: with OR or an array the planner expects many rows and may read all people.
 * @param keys a query for one column, `key`
 */
const connectedWith = (keys: string): string => `connected(id, email, roles, id_key, email_key) as (
      select p.* from (${keys}) asked cross join lateral (
        select ${PERSON} from people p where p.id_key = asked.key
        union all select ${PERSON} from people p where p.email_key = asked.key) p
      union
      select p.* from connected c cross join lateral (
        select ${PERSON} from people p where p.id_key = c.id_key
        union all select ${PERSON} from people p where p.id_key = c.email_key
        union all select ${PERSON} from people p where p.email_key = c.id_key
        union all select ${PERSON} from people p where p.email_key = c.email_key) p)`;

type KnownPerson = KnownName & { roles: string[] };

/** The facts about people for a batch. Facts that were not requested are omitted. */
interface About {
  now: Date;
  transactionId: string;
  known?: KnownPerson[] | null;
  votes?: (Vote & { requestId: string })[] | null;
  addressees?: Addressee[] | null;
}

/** The names that a batch compares, and the people whom it may notify. */
export interface PeopleQuery {
  /** Locked requests whose voters count. */
  ids: readonly string[];
  /** Names of the callers and in new requests. */
  names: readonly string[];
  /** Requests whose people may be notified. */
  notifyingIds: readonly string[];
  /** The people and roles that new requests name. */
  created: readonly Named[];
}

/** The parameters of the statement. Empty ones are not sent. */
const TYPES = { ids: "uuid[]", keys: "text[]", notifyingIds: "uuid[]", users: "text[]", roles: "text[]" } as const;
type Given = keyof typeof TYPES;

/**
 * The statement for these parameters, without parts that are not needed, which would still cost time for each batch.
 */
function statementOf(given: readonly Given[]): string {
  // Hides the number of values. Otherwise a plan for the few values of one call looks cheaper than a generic one, and
  // PostgreSQL would plan again for each call.
  const values = (name: Given) => `(select $${given.indexOf(name) + 1}::${TYPES[name]})::${TYPES[name]}`;
  const has = (...names: Given[]) => names.some((name) => given.includes(name));
  const all = (queries: Partial<Record<Given, string>>) =>
    (Object.keys(queries) as Given[]).flatMap((name) => (has(name) ? queries[name] : [])).join(" union all ");
  const ctes: string[] = [];
  const answers = ["clock_timestamp() as now", 'pg_current_xact_id()::text as "transactionId"'];
  if (has("ids")) {
    ctes.push(`votes as materialized (
      select approval_request_id as "requestId", approver, decision, roles, decided_at,
             coalesce(approver_key, countersign_person_key(approver)) as key
        from approval_decisions where approval_request_id = any (${values("ids")}))`);
    answers.push("(select json_agg(v order by v.decided_at) from votes v) as votes");
  }
  if (has("ids", "keys")) {
    ctes.push(connectedWith(all({ keys: `select unnest(${values("keys")}) as key`, ids: "select key from votes" })));
    answers.push(`(select json_agg(json_build_object('id', c.id, 'email', c.email, 'roles', c.roles))
                     from connected c) as known`);
  }
  if (has("notifyingIds", "users", "roles")) {
    ctes.push(
      `named(users, roles) as materialized (${all({
        notifyingIds: namedBy(values("notifyingIds")),
        users: `select ${values("users")}, '{}'::text[]`,
        roles: `select '{}'::text[], ${values("roles")}`,
      })})`,
    );
    answers.push(`(select json_agg(a) from (${addresseesOf("named")}) a) as addressees`);
  }
  return `${ctes.length > 0 ? `with recursive ${ctes.join(", ")}` : ""} select ${answers.join(", ")}`;
}

const statements = new Map<string, string>();

/**
 * Reads in one statement what a batch needs to know about people: the directory's rows of named people and voters, the
 * votes, the addressees, and the time.
 */
export async function peopleAbout(
  db: Queryable,
  { ids, names, notifyingIds, created }: PeopleQuery,
): Promise<{ people: KnownPeople; moment: Moment; addressees: Addressee[] }> {
  const parameters: Record<Given, readonly string[]> = {
    ids,
    keys: keysOf(names),
    notifyingIds,
    users: created.flatMap(({ users }) => users),
    roles: created.flatMap(({ notifyRoles }) => notifyRoles),
  };
  const given = (Object.keys(TYPES) as Given[]).filter((name) => parameters[name].length > 0);
  const name = ["people-about", ...given].join("-");
  const text = statements.get(name) ?? statementOf(given);
  statements.set(name, text);
  const { rows } = await db.query<About>({ name, text, values: given.map((parameter) => parameters[parameter]) });
  const { now, transactionId, known, votes, addressees } = rows[0] as About;
  const byRequest = Map.groupBy(votes ?? [], ({ requestId }) => requestId);
  return { people: knownPeople(known ?? [], byRequest), moment: { now, transactionId }, addressees: addressees ?? [] };
}

/** The rows of the directory that are connected with these names. */
export async function connectedPeople(db: Queryable, names: readonly string[]): Promise<KnownPerson[]> {
  const { rows } = await db.query<KnownPerson>({
    name: "connected-people",
    text: `with recursive ${connectedWith("select unnest((select $1::text[])::text[]) as key")}
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
