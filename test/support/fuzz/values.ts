/** Generates values for arguments: mostly of the right type, sometimes odd, sometimes wrong. */

import fc from "fast-check";
import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";

/** Text that is written into JSON and documents unchanged: numbers that lose digits, and names of enums. */
export class Raw {
  readonly source: string;
  readonly isName: boolean;
  constructor(source: string, isName = false) {
    this.source = source;
    this.isName = isName;
  }
}

export type Value = null | boolean | string | Raw | Value[] | { [key: string]: Value };

/** The ids of the running server: the same number of each in every run, so that a seed has the same meaning. */
export interface Known {
  ids: readonly string[];
  cursors: readonly string[];
  digests: readonly string[];
  people: readonly string[];
}

const NUMBERS = [
  ...["0", "-0", "1", "-1", "2", "20", "100", "101", "0.1", "1.0", "1e2", "1e999", "-1e999", "1e-999"],
  ...["2147483647", "2147483648", "-2147483649", "9007199254740991", "9007199254740993", "315576000001"],
  ...["123456789012345678901234567890", "0.1234567890123456789"],
];
const TEXTS = [
  ...["", " ", "a", "ops", "\u0000", "a\u0000b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "😀", "ﬀ", "İ"],
  ...["__proto__", "constructor", "toString", "' or 1=1 --", "%", "_", "\\", "%_\\", "$1", "{}", "{id}", "null"],
  ...["../..", "a,b", "\r\nX: y", "x".repeat(301), "x".repeat(5_000), "context.size", "context.__proto__", "a..b"],
];
const DATES = [
  ...["2026-01-31T09:30:00Z", "2100-01-01T00:00:00.000+02:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"],
  ...["2026-02-30T00:00:00Z", "+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z", "2026-01-31", "now"],
  ...["0001-01-01T00:00:00-23:59", "2016-12-31T23:59:60Z", "1970-01-01T00:00:00.000000001Z"],
];
const URLS = ["https://example.org/x", "http://[::1]/", "javascript:alert(1)", "http://", "file:///etc/passwd"];

const numbers = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer().map(String)).map((source) => new Raw(source));
const texts = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: "binary", maxLength: 20 }));
const deep = fc.integer({ min: 1, max: 400 }).map((levels) => {
  let value: Value = "deep";
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
  return value;
});

const { json } = fc.letrec<{ json: Value }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    numbers,
    texts,
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom("size", "__proto__", "a.b", "a", ""), texts), tie("json"), { maxKeys: 3 }),
  ),
}));
const object = fc.oneof(
  { arbitrary: fc.dictionary(fc.constantFrom("size", "cost", "__proto__", "a"), json, { maxKeys: 3 }), weight: 4 },
  { arbitrary: deep.map((value): Value => ({ deep: value })), weight: 1 },
);
/** Values of any type. */
export const odd: fc.Arbitrary<Value> = fc.oneof(json, numbers, texts, fc.constant(new Raw("UNKNOWN", true)));

/** Null, or once in `among` times what is given. */
export const seldom = <T>(given: fc.Arbitrary<T>, among: number): fc.Arbitrary<T | null> =>
  fc.oneof({ arbitrary: fc.constant(null), weight: among - 1 }, { arbitrary: given, weight: 1 });

const mostly = (right: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ arbitrary: right, weight: 9 }, { arbitrary: other, weight: 1 });

/** Values of a type as the schema has it. */
export function valuesFor(known: Known): (type: GraphQLInputType, name: string) => fc.Arbitrary<Value> {
  const scalars: Record<string, fc.Arbitrary<Value>> = {
    ID: fc.oneof({ arbitrary: fc.constantFrom(...known.ids), weight: 5 }, { arbitrary: texts, weight: 1 }),
    Int: fc.oneof(
      fc.integer({ min: 1, max: 100 }).map((n) => new Raw(String(n))),
      numbers,
    ),
    SafeInt: fc.oneof(
      fc.integer({ min: 1, max: 10 ** 9 }).map((n) => new Raw(String(n))),
      numbers,
    ),
    Boolean: fc.boolean(),
    DateTime: mostly(fc.constantFrom(...DATES.slice(0, 4)), fc.oneof(fc.constantFrom(...DATES), texts)),
    JSON: json,
    JSONObject: object,
  };
  const named: Record<string, readonly string[]> = {
    after: known.cursors,
    contextDigest: known.digests,
    callbackUrl: URLS,
    requestId: known.ids,
  };
  const strings = (name: string): fc.Arbitrary<Value> => {
    const fitting = named[name] ?? known.people;
    return fc.oneof({ arbitrary: fc.constantFrom(...fitting), weight: 3 }, { arbitrary: texts, weight: 2 });
  };

  function right(type: GraphQLInputType, name: string): fc.Arbitrary<Value> {
    if (isNonNullType(type)) return right(type.ofType, name);
    if (isListType(type)) return fc.array(values(type.ofType, name), { maxLength: 3 });
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map((value) => new Raw(value.name, true)));
    if (isInputObjectType(type)) return fields(type);
    return type.name === "String" ? strings(name) : (scalars[type.name] ?? texts);
  }

  function fields(type: GraphQLInputObjectType): fc.Arbitrary<Value> {
    const all = Object.values(type.getFields());
    const required = all.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
    const model = Object.fromEntries(all.map((field) => [field.name, values(field.type, field.name)]));
    const record = fc.record(model, { requiredKeys: required }) as fc.Arbitrary<{ [key: string]: Value }>;
    // Fewer fields, and so fewer faults at once, than a coin for each would give.
    const coins = fc.array(fc.nat({ max: 3 }), { minLength: all.length, maxLength: all.length });
    const some = fc.tuple(record, coins).map(([given, drawn]): Value => {
      const kept = Object.entries(given).filter(([key], index) => required.includes(key) || drawn[index] === 0);
      return Object.fromEntries(kept);
    });
    const extra = fc.tuple(some, texts, odd).map(([given, key, value]) => ({ ...(given as object), [key]: value }));
    return fc.oneof({ arbitrary: some, weight: 99 }, { arbitrary: extra as fc.Arbitrary<Value>, weight: 1 });
  }

  function values(type: GraphQLInputType, name: string): fc.Arbitrary<Value> {
    const fitting = right(type, name);
    const none = fc.constant<Value>(null);
    return fc.oneof(
      { arbitrary: fitting, weight: 200 },
      { arbitrary: none, weight: isNonNullType(type) ? 1 : 20 },
      { arbitrary: odd, weight: 2 },
    );
  }
  return values;
}

/** As JSON text. */
export function toJson(value: Value): string {
  if (value instanceof Raw) return value.isName ? JSON.stringify(value.source) : value.source;
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`)}}`;
}

/** A value as in a document. Keys that are not names make the document invalid. */
export function toLiteral(value: Value): string {
  if (value instanceof Raw) return value.source;
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(" ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, item]) => `${key}: ${toLiteral(item)}`)}}`;
}

/** As a parameter of a query string. */
export const toText = (value: Value): string =>
  value instanceof Raw ? value.source : typeof value === "string" ? value : toJson(value);
