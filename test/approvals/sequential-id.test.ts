import { validate, version } from "uuid";
import { expect, test } from "vitest";
import { sequentialId } from "../../src/approvals/sequential-id.ts";

test("ids of new rows are UUIDs of version 7 and each is greater than all before it, also within one millisecond", () => {
  const before = Date.now();
  const ids = Array.from({ length: 20_000 }, sequentialId);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  const made = Number.parseInt((ids[0] as string).replace("-", "").slice(0, 12), 16);
  expect(made).toBeGreaterThanOrEqual(before);
  expect(made).toBeLessThanOrEqual(Date.now());
});

test("successive ids have no random part in common", () => {
  const tails = Array.from({ length: 2_000 }, () => sequentialId().slice(-11));
  expect(new Set(tails).size).toBe(tails.length);
});
