/** The issues about fields that an object may not have. */

import { expect, it } from "vitest";
import { unknownFieldIssues } from "../../src/model/unknown-fields.ts";

const KNOWN = ["title", "timeoutMs"];

it("each unknown field is an issue that names the field which it resembles, or all known fields", () => {
  expect(unknownFieldIssues({ title: "Deploy?", timoutMs: 1, colour: "red" }, KNOWN)).toEqual([
    { path: "timoutMs", message: "is not a known field; did you mean timeoutMs?" },
    { path: "colour", message: "is not a known field; known fields: title, timeoutMs" },
  ]);
  expect(unknownFieldIssues({ titel: "Deploy?" }, KNOWN, "jobs.0.config")).toEqual([
    { path: "jobs.0.config.titel", message: "is not a known field; did you mean title?" },
  ]);
  expect(unknownFieldIssues({ title: "Deploy?" }, KNOWN)).toEqual([]);
});

it("names of the prototype are unknown fields if an object has them, and are otherwise not reported", () => {
  expect(unknownFieldIssues({}, KNOWN)).toEqual([]);
  expect(unknownFieldIssues(JSON.parse('{ "__proto__": 1, "constructor": 2 }'), KNOWN).map(({ path }) => path)).toEqual(
    ["__proto__", "constructor"],
  );
});

it("a long name is cut and only the first unknown fields are reported", () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`${"x".repeat(5_000)}${n}`, n]));
  const issues = unknownFieldIssues(many, KNOWN);
  expect(issues).toHaveLength(20);
  expect(Math.max(...issues.map(({ path }) => path.length))).toBe(100);
});
