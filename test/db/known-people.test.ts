/** The people that a batch reads, compared with a search through all people. It reads few rows. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { putPeople } from "../../src/db/queries/directory.ts";
import { connectedPeople, type PeopleQuery, peopleAbout } from "../../src/db/queries/known-people.ts";
import type { Person } from "../../src/model/approvals.ts";
import { type KnownName, personKey } from "../../src/model/same-person.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { explain } from "../support/db/explain.ts";
import { insert, insertRequest } from "../support/db/rows.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query("delete from people"));

const person = (id: string, more: Partial<Person> = {}): Omit<Person, "seenAt"> => {
  return { id, email: null, roles: [], locale: null, zone: null, ...more };
};
const NOTHING: PeopleQuery = { ids: [], names: [], notifyingIds: [], created: [] };
const about = (asked: Partial<PeopleQuery>) => peopleAbout(database.pool, { ...NOTHING, ...asked });
const sorted = (people: readonly { id: string }[]) => [...new Set(people.map(({ id }) => id))].toSorted();

/** The people whose rows share a key with one of these names, transitively. */
function connectedTo(names: readonly string[], people: readonly KnownName[]): string[] {
  const keys = new Set(names.map(personKey));
  const keysOf = ({ id, email }: KnownName) => [personKey(id), ...(email === null ? [] : [personKey(email)])];
  const found = new Set<KnownName>();
  for (let size = -1; size < found.size; ) {
    size = found.size;
    for (const one of people) {
      if (!keysOf(one).some((key) => keys.has(key))) continue;
      found.add(one);
      for (const key of keysOf(one)) keys.add(key);
    }
  }
  return sorted([...found]);
}

/** The same numbers for each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

describe("the people who are read for a batch", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "are those of the directory whom a chain of names connects (directory %i)",
    async (seed) => {
      const pick = numbers(seed);
      // Few names for many rows: addresses are ids of others, are shared, and differ in case.
      const name = () => `${pick(2) ? "N" : "n"}${pick(40)}`;
      const people = [
        ...new Map(
          Array.from({ length: 45 }, () => {
            const id = name();
            return [id, person(id, { email: pick(3) ? name() : null, roles: [`role-${pick(6)}`] })] as const;
          }),
        ).values(),
      ];
      await putPeople(database.pool, people);
      for (let round = 0; round < 8; round++) {
        const [names, users, voter] = [[name(), name()], [name(), name()], name()];
        const notifyRoles = pick(2) ? [`role-${pick(6)}`] : [];
        const voted = await insertRequest(database.pool, { notify_users: users, notify_roles: notifyRoles });
        await insert(database.pool, "approval_decisions", {
          approval_request_id: voted,
          approver: voter,
          decision: "APPROVE",
          approver_key: personKey(voter),
        });
        const addressed = sorted(
          people.filter(
            ({ id, roles }) => [...users, "alice"].includes(id) || roles.some((role) => notifyRoles.includes(role)),
          ),
        );

        const known = await about({ ids: [voted], names, notifyingIds: [voted] });
        expect(sorted(known.people.rows as Person[])).toEqual(connectedTo([...names, voter], people));
        expect(known.people.votesOn(voted).map(({ approver }) => approver)).toEqual([voter]);
        expect(sorted(known.addressees)).toEqual(addressed);
        expect(sorted(await connectedPeople(database.pool, names))).toEqual(connectedTo(names, people));

        const creating = await about({ names, created: [{ users: [...users, "alice"], notifyRoles }] });
        expect(sorted(creating.people.rows as Person[])).toEqual(connectedTo(names, people));
        expect(sorted(creating.addressees)).toEqual(addressed);
      }
    },
  );

  it("are an empty list if its commands name nobody, and the time is still read", async () => {
    await putPeople(database.pool, [person("bob", { roles: ["ops"] })]);
    const { people, addressees, moment } = await about({});
    expect([people.rows, addressees]).toEqual([[], []]);
    expect(Math.abs(moment.now.getTime() - Date.now())).toBeLessThan(60_000);
    expect(moment.transactionId).toMatch(/^\d+$/);
  });

  it("include those of existing requests and of requests in the same batch", async () => {
    await putPeople(database.pool, [
      person("bob"),
      person("cleo", { roles: ["ops"] }),
      person("dan", { roles: ["sales"] }),
      person("eve"),
    ]);
    const there = await insertRequest(database.pool, { notify_users: ["bob"], notify_roles: ["sales"] });
    const created = [
      { users: ["eve"], notifyRoles: [] },
      { users: [], notifyRoles: ["ops"] },
    ];
    expect(sorted((await about({ notifyingIds: [there], created })).addressees)).toEqual(["bob", "cleo", "dan", "eve"]);
    expect(sorted((await about({ notifyingIds: [there] })).addressees)).toEqual(["bob", "dan"]);
    expect(sorted((await about({ created })).addressees)).toEqual(["cleo", "eve"]);
  });

  it("appear once each, however many requests name them", async () => {
    await putPeople(database.pool, [person("bob"), person("alice")]);
    const ids = await Promise.all(Array.from({ length: 20 }, () => insertRequest(database.pool)));
    expect((await about({ notifyingIds: ids })).addressees).toHaveLength(2);
  });

  it("are found by index in a directory of thousands", async () => {
    const people = Array.from({ length: 5_000 }, (_, n) => person(`user-${n}`, { email: `user-${n}@example.org` }));
    await putPeople(database.pool, people);
    await database.pool.query("vacuum analyze people");
    const id = await insertRequest(database.pool, { notify_users: ["user-7"] });
    const asked = { ...NOTHING, ids: [id], names: ["user-8"], notifyingIds: [id] };
    const plans = await explain(database.pool, (db) => peopleAbout(db, asked));
    const read = plans.filter((node) => node["Relation Name"] === "people" && node["Actual Loops"] > 0);
    expect(read.map((node) => node["Node Type"])).not.toContain("Seq Scan");
    expect(read.length).toBeGreaterThan(0);
  });
});
