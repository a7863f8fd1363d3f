/** Callers in the same process survive outages of the database: a handler with a manager, and the manager's start. */

import { expect, test } from "vitest";
import { throughOutages } from "../../src/handler/outages.ts";
import { ForbiddenError, UnavailableError } from "../../src/model/errors.ts";

const refused = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

test.each([
  ["the database cannot be reached", refused],
  ["the manager answers UNAVAILABLE", () => new UnavailableError("300 commands already wait for the database.")],
])("an operation is run again while %s", async (_what, failure) => {
  let runs = 0;
  const result = await throughOutages(async () => {
    if (++runs < 3) throw failure();
    return "done";
  });
  expect([result, runs]).toEqual(["done", 3]);
});

test("an operation that is refused is not retried", async () => {
  let runs = 0;
  const running = throughOutages(async () => {
    runs++;
    throw new ForbiddenError("no");
  });
  await expect(running).rejects.toThrow(ForbiddenError);
  expect(runs).toBe(1);
});

test("aborting ends the wait with the signal's reason", async () => {
  const aborting = new AbortController();
  const running = throughOutages(async () => {
    aborting.abort(new Error("the job was cancelled"));
    throw new UnavailableError();
  }, aborting.signal);
  await expect(running).rejects.toThrow("the job was cancelled");
});
