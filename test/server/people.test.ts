import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPeople, PeopleFileError, readPeopleFile } from "../../src/server/auth/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { startServer, tokenFor } from "../support/server/server.ts";

const silent = { warn() {} };
let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), "countersign-people-"))]);
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function fileOf(content: unknown): Promise<string> {
  const path = join(folder, `${randomUUID()}.json`);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
const known = async (pool: TestDatabase["pool"], id: string) =>
  (await pool.query("select id, email, roles, locale, zone, seen_at from people where id = $1", [id])).rows[0];

describe("PEOPLE_FILE", () => {
  test.each<[string, unknown, RegExp]>([
    ["no JSON", "[", /JSON/],
    ["no list", { id: "ann" }, /not a JSON list/],
    ["an entry that is not an object", [{ id: "ann" }, "bob"], /entry 2: is not an object/],
    ["an entry without an id", [{ email: "ann@example.org" }], /entry 1: has no id/],
    ["an empty id", [{ id: "" }], /entry 1: id must/],
    ["the same id twice", [{ id: "ann" }, { id: "bob" }, { id: "ann" }], /entry 3: "ann" is already entry 1/],
    ["roles that are not a list", [{ id: "ann", roles: "lead" }], /entry 1: roles/],
    ["a role that is not a text", [{ id: "ann", roles: [7] }], /entry 1: roles/],
    ["an unknown locale", [{ id: "ann", locale: "not a locale" }], /entry 1: locale/],
    ["an unknown zone", [{ id: "ann", zone: "Europe/Nowhere" }], /entry 1: zone/],
    ["an offset as its zone", [{ id: "ann", zone: "+05:30" }], /entry 1: zone is "\+05:30"; it may be the IANA name/],
    ["an abbreviation as its zone", [{ id: "ann", zone: "PST" }], /entry 1: zone is "PST"; it may be the IANA name/],
    ["a field that is not known", [{ id: "ann", name: "Ann" }], /entry 1: has an unknown field "name"/],
    ["a NUL character", [{ id: "a\0" }], /entry 1: id has a NUL/],
    ["an id with a blank at its end", [{ id: "ann " }], /entry 1: id has a space at its start or end, but is "ann "/],
    ["an id that is a list", [{ id: "ann,bob" }], /entry 1: id has ","/],
    ["an address with a name", [{ id: "ann", email: "Ann <ann@example.org>" }], /entry 1: email has "<"/],
    ["an id that shows nothing", [{ id: "\u200b" }], /entry 1: id has no visible character/],
    ["a role that shows nothing", [{ id: "ann", roles: ["\u200b"] }], /entry 1: roles/],
  ])("with %s is refused in one line that names it", async (_what, content, message) => {
    const path = await fileOf(content);
    expect(() => readPeopleFile(path)).toThrow(PeopleFileError);
    expect(() => readPeopleFile(path)).toThrow(message);
    expect(() => readPeopleFile(path)).toThrow(/^PEOPLE_FILE .*$/);
  });

  test("that is not UTF-8 is refused, rather than read as other names", async () => {
    const path = join(folder, "latin-1.json");
    await writeFile(path, Buffer.from('[{"id":"Z\u00fcrich"}]', "latin1"));
    expect(() => readPeopleFile(path)).toThrow(/^PEOPLE_FILE .*: is not UTF-8 text$/);
    await writeFile(path, '\uFEFF[{"id":"Z\u00fcrich"}]');
    expect(readPeopleFile(path)).toMatchObject([{ id: "Z\u00fcrich" }]);
  });

  test("that is wrong or missing stops the start before anything is opened", async () => {
    const wrong = await fileOf([{ roles: [] }]);
    await expect(startServer({ PEOPLE_FILE: wrong })).rejects.toThrow(/entry 1: has no id/);
    await expect(startServer({ PEOPLE_FILE: join(folder, "none.json") })).rejects.toThrow(/ENOENT/);
  });

  test("fills the directory at the start", async () => {
    const people = [
      { id: "ann", email: "ann@example.org", roles: ["lead"], locale: "de-CH", zone: "Europe/Zurich" },
      { id: "bob" },
    ];
    const server = await startServer({ PEOPLE_FILE: await fileOf(people) });
    expect(await known(server.database.pool, "ann")).toEqual({ ...people[0], seen_at: null });
    expect(await known(server.database.pool, "bob")).toMatchObject({ email: null, roles: [], locale: null });
    await server.stop();
  });
});

test("the person of every valid token is stored in the directory, over HTTP and WebSocket", async () => {
  const server = await startServer();
  const token = await tokenFor("ann@example.org", { roles: ["lead"] });
  await server.data(token, "{ viewer { userId } }");
  const client = server.connect(await tokenFor("cleo", { claims: { email: "cleo@example.org" } }));
  await client.iterate({ query: "{ viewer { userId } }" }).next();
  await client.dispose();
  await expect
    .poll(() => known(server.database.pool, "cleo"))
    .toMatchObject({ email: "cleo@example.org", seen_at: expect.any(Date) });
  expect(await known(server.database.pool, "ann@example.org")).toMatchObject({
    email: "ann@example.org",
    roles: ["lead"],
  });
  await server.stop();
});

test("a person is written to the directory again only when something changed", async () => {
  const people = createPeople(database.pool, silent);
  const viewer = { userId: "dan", email: "dan@example.org", roles: ["a"], scopes: [] };
  const seen = (more: object = {}) => ({ viewer: { ...viewer, ...more }, rolesIssuedAt: null, statesRoles: true });
  await people.recordPerson(seen());
  const { seen_at } = await known(database.pool, "dan");
  expect(people.recordPerson(seen())).toBeNull();
  expect((await known(database.pool, "dan")).seen_at).toEqual(seen_at);
  await people.recordPerson(seen({ email: null, roles: ["b"] }));
  expect(await known(database.pool, "dan")).toMatchObject({ email: "dan@example.org", roles: ["b"] });
});

test("a write to the directory that fails is logged and retried, and rejects if the directory cannot be read either", async () => {
  const lost = await createTestDatabase();
  const warned: string[] = [];
  const people = createPeople(lost.pool, { warn: (_fields: object, message: string) => warned.push(message) } as never);
  await lost.pool.query("alter table people rename to elsewhere");
  const viewer = { userId: "eve", email: null, roles: [], scopes: [] };
  const seen = { viewer, rolesIssuedAt: null, statesRoles: false };
  await expect(people.recordPerson(seen)).rejects.toThrow(/does not exist/);
  await people.settled();
  expect(warned).toEqual(["the directory of people could not be updated"]);
  await lost.pool.query("alter table elsewhere rename to people");
  await people.recordPerson(seen);
  expect(await known(lost.pool, "eve")).toMatchObject({ id: "eve" });
  await lost.drop();
});
