/** The form for the input of a run, without a browser: its fields, the input, and faults. */

import { describe, expect, it } from "vitest";
import { draftOf, faultsByField, fieldsOf, inputOf, wholeInputOf } from "../../web/src/start-run/schema-form.ts";

const SCHEMA = {
  type: "object",
  properties: {
    dryRun: { type: "boolean", description: "Changes nothing." },
    version: { type: "string", title: "Version" },
    region: { enum: ["eu", 7] },
    count: { type: "integer", default: 3 },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["version"],
};

describe("the form of a schema", () => {
  const fields = fieldsOf(SCHEMA) ?? [];

  it("has a field for each property, the required ones first", () => {
    expect(fields.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
      ["version", "text", true],
      ["count", "number", false],
      ["dryRun", "yes-no", false],
      ["region", "choice", false],
      ["tags", "json", false],
    ]);
    expect(fields[0]).toMatchObject({ label: "Version", description: null });
    expect(fields[2]).toMatchObject({ label: "dryRun", description: "Changes nothing." });
    expect(draftOf(fields)).toMatchObject({ count: "3", version: "" });
  });

  it("does not exist if the schema names no properties", () => {
    for (const schema of [null, undefined, {}, { type: "object" }, { properties: {} }, { properties: 7 }]) {
      expect(fieldsOf(schema as never)).toBeNull();
    }
  });

  it("creates an input with the types of the schema, without empty fields", () => {
    const draft = { version: "1.4", count: "2", dryRun: "true", region: "7", tags: '["a"]' };
    expect(inputOf(fields, draft)).toEqual({
      input: { version: "1.4", count: 2, dryRun: true, region: 7, tags: ["a"] },
      problems: {},
    });
    expect(inputOf(fields, { version: "1" })).toEqual({ input: { version: "1" }, problems: {} });
  });

  it("reports missing and wrong values", () => {
    expect(inputOf(fields, { version: " ", count: "two", tags: "[" }).problems).toEqual({
      version: "This field is required.",
      count: "Enter a number.",
      tags: "This is not valid JSON.",
    });
    expect(wholeInputOf("")).toEqual({ input: {}, problem: null });
    expect(wholeInputOf("[1]").problem).toBe("Enter a JSON object: { … }.");
    expect(wholeInputOf("{").problem).toBe("This is not valid JSON.");
  });

  it("shows a fault of the server at its field, and other faults together", () => {
    const issues = [
      { path: "input.count", message: "must be >= 1, not 0" },
      { path: "input.tags.0", message: "must be string, not 1" },
      { path: "input.more", message: "is not a known field" },
      { path: "executionId", message: "is too long" },
    ];
    expect(faultsByField(issues, fields)).toEqual({
      count: "must be >= 1, not 0",
      tags: "must be string, not 1",
      executionId: "is too long",
      "": "input.more: is not a known field",
    });
  });
});
