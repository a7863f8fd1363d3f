import { describe, expect, it } from "vitest";
import type { Issue } from "../../src/model/errors.ts";
import {
  checkJsonObject,
  contextDigestOf,
  digestOf,
  inputDigestOf,
  MAX_DEPTH,
  MAX_JSON_BYTES,
} from "../../src/model/json.ts";
import { LossyNumber, parseJson, survivesAsDouble } from "../../src/model/json-text.ts";

const sha256 = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("hex");

function issuesOf(value: unknown): Issue[] {
  const issues: Issue[] = [];
  checkJsonObject("context", value, issues);
  return issues;
}

describe("the digest", () => {
  // The documents and their canonical forms are those of RFC 8785, sections 3.2.2 to 3.2.4.
  it("is SHA-256 over the canonical form of RFC 8785: literals, numbers and strings", async () => {
    const document = `{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`;
    const canonical =
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}';
    expect(digestOf(JSON.parse(document))).toBe(await sha256(canonical));
  });

  it("sorts names by UTF-16 code units, at every level", async () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6"];
    const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"];
    const written = (order: string[]) =>
      `{${order.map((name) => `${JSON.stringify(name)}:{"b":1,"a":[2]}`).join(",")}}`;
    const canonical = written(sorted).replaceAll('{"b":1,"a":[2]}', '{"a":[2],"b":1}');
    expect(digestOf(JSON.parse(written(names)))).toBe(await sha256(canonical));
  });

  it.each([
    ["-0", "0"],
    ["5e-324", "5e-324"],
    ["-1.7976931348623157e308", "-1.7976931348623157e+308"],
    ["9007199254740992", "9007199254740992"],
    ["295147905179352830000", "295147905179352830000"],
    ["1e23", "1e+23"],
    ["333333333.33333325", "333333333.33333325"],
    ["1424953923781206.2", "1424953923781206.2"],
  ])("writes %s as %s", async (literal, canonical) => {
    expect(digestOf(JSON.parse(literal))).toBe(await sha256(canonical));
  });

  it("covers title, description, context and metadata of a request, and nothing else", async () => {
    const request = { title: "Deploy?", description: null, context: { b: 1, a: 2 }, metadata: {} };
    const canonical = '{"context":{"a":2,"b":1},"description":null,"metadata":{},"title":"Deploy?"}';
    expect(contextDigestOf(request)).toBe(await sha256(canonical));
    const more = { ...request, status: "APPROVED", version: 7 };
    expect(contextDigestOf(more)).toBe(contextDigestOf(request));
    for (const change of [
      { title: "Deploy!" },
      { description: "" },
      { context: { a: 2 } },
      { metadata: { a: null } },
    ]) {
      expect(contextDigestOf({ ...request, ...change })).not.toBe(contextDigestOf(request));
    }
  });

  it("distinguishes a key called __proto__ from the prototype", () => {
    const hostile = JSON.parse('{"__proto__": {"a": 1}}');
    expect(digestOf(hostile)).not.toBe(digestOf({}));
    expect(digestOf(hostile)).not.toBe(digestOf(JSON.parse('{"__proto__": {"a": 2}}')));
  });

  it("treats null in an input as omitted, and ignores the order of its fields", () => {
    const digest = inputDigestOf({ title: "a", context: { x: 1, y: null } });
    expect(inputDigestOf({ description: null, context: { y: null, x: 1 }, title: "a", metadata: undefined })).toBe(
      digest,
    );
    expect(inputDigestOf({ title: "a", context: { x: 1 } })).not.toBe(digest);
  });
});

describe("numbers in JSON", () => {
  it.each([
    "0",
    "-0",
    "0.0",
    "0e99",
    "1",
    "0.1",
    "0.30000000000000004",
    "1e21",
    "1E+2",
    "100e-2",
    "123456789012345680000",
  ])("are preserved: %s", (literal) => expect(survivesAsDouble(literal)).toBe(true));
  it.each([
    "9007199254740993",
    "12345678901234567890",
    "0.1000000000000000055511",
    "3.14159265358979323846",
    "1e400",
    "1e-400",
  ])("are not preserved: %s", (literal) => expect(survivesAsDouble(literal)).toBe(false));

  it("are marked in place and reported by their path if they would change", () => {
    const parsed = parseJson('{"a": [1, {"b": 9007199254740993}], "c": 1e-9999999, "d": 0.5}') as Record<
      string,
      unknown
    >;
    expect(parsed.c).toBeInstanceOf(LossyNumber);
    expect(parsed.d).toBe(0.5);
    expect(issuesOf(parsed).sort((a, b) => a.path.localeCompare(b.path))).toEqual([
      { path: "context.a.1.b", message: "9007199254740993 is not exact as a 64-bit floating-point number" },
      { path: "context.c", message: "1e-9999999 is not exact as a 64-bit floating-point number" },
    ]);
  });

  it("are ignored inside strings", () => {
    expect(parseJson('{"id": "9007199254740993", "note": "1e400"}')).toEqual({ id: "9007199254740993", note: "1e400" });
  });

  it("are refused if they are invalid", () => {
    expect(
      issuesOf({ a: Number.NaN, b: [Number.POSITIVE_INFINITY] })
        .map((issue) => issue.path)
        .sort(),
    ).toEqual(["context.a", "context.b.0"]);
  });
});

describe("a value that cannot be stored", () => {
  it("is rejected by path: NUL and halves of surrogate pairs, in values and in keys", () => {
    const issues = issuesOf({
      a: ["ok", "x\0y"],
      b: { c: "\ud800" },
      "k\0": 1,
      d: { "\udc00": "ok" },
      fine: "\ud83d\ude00",
    });
    expect(issues.map((issue) => issue.path).sort()).toEqual(["context", "context.a.1", "context.b.c", "context.d"]);
    expect(issues.every((issue) => /NUL character|surrogate pair/.test(issue.message))).toBe(true);
  });

  it.each<[string, unknown]>([
    ["a list", []],
    ["a text", "{}"],
    ["a number", 1],
    ["null", null],
  ])("is %s instead of an object", (_what, value) => {
    expect(issuesOf(value)).toEqual([
      { path: "context", message: expect.stringMatching(/^must be a JSON object, not/) },
    ]);
  });

  it("is a value that JSON does not have", () => {
    const values = { a: undefined, b: () => 1, c: 1n, d: Symbol("s"), e: new Date(0), f: new Map([[1, 2]]) };
    expect(
      issuesOf(values)
        .map((issue) => issue.path)
        .sort(),
    ).toEqual(Object.keys(values).map((key) => `context.${key}`));
  });

  const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);

  it("is nested deeper than the limit, at any depth and even with cycles", () => {
    expect(issuesOf(nested(MAX_DEPTH))).toEqual([]);
    const [issue, ...others] = issuesOf(nested(MAX_DEPTH + 1));
    expect(issue?.message).toBe(`is nested more than ${MAX_DEPTH} levels deep`);
    expect(others).toEqual([]);
    expect(issuesOf({ a: nested(4_000) })).toHaveLength(1);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(issuesOf(circle)).toHaveLength(1);
  });

  it("is larger than 1 MiB as UTF-8", () => {
    const textOf = (bytes: number) => ({ t: "é".repeat((bytes - 8) / 2) });
    expect(issuesOf(textOf(MAX_JSON_BYTES))).toEqual([]);
    expect(issuesOf(textOf(MAX_JSON_BYTES + 2))).toEqual([
      {
        path: "context",
        message: `is ${MAX_JSON_BYTES + 2} bytes of JSON; at most ${MAX_JSON_BYTES} (1 MiB) are allowed`,
      },
    ]);
  });

  it("is reported at most twenty times", () => {
    expect(issuesOf({ list: Array(10_000).fill("\0") }).length).toBeLessThanOrEqual(21);
  });
});
