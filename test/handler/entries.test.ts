/** The errors that the entries of the package export. */

import { expect, it } from "vitest";
import * as client from "../../src/client/entry.ts";
import * as handler from "../../src/handler/entry.ts";
import * as orchestrator from "../../src/orchestrator/entry.ts";

const errorsOf = (entry: object): Map<string, unknown> =>
  new Map(Object.entries(entry).filter(([name]) => name.endsWith("Error")));

it("an error class that several entries export is the same class, so that instanceof works across them", () => {
  const entries = { client, handler, orchestrator };
  const all = Object.values(entries).flatMap((entry) => [...errorsOf(entry)]);
  const byName = new Map(all);
  for (const [name, entry] of Object.entries(entries)) {
    expect(errorsOf(entry).size, name).toBeGreaterThan(0);
    for (const [error, given] of errorsOf(entry)) expect(given, `${error} of ${name}`).toBe(byName.get(error));
  }
});

it("the handler exports every error of the client, because its methods reject with them", () => {
  expect([...errorsOf(handler).keys()]).toEqual(expect.arrayContaining([...errorsOf(client).keys()]));
});
