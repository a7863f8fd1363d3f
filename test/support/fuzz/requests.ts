/** Generates requests to REST's routes, valid and almost valid. */

import fc from "fast-check";
import type { GraphQLSchema } from "graphql";
import { prepareTable } from "../../../src/server/rest/prepared.ts";
import { type Known, odd, seldom, toJson, toText, type Value, valuesFor } from "./values.ts";

export interface RestRequest {
  method: string;
  path: string;
  contentType: string;
  /** JSON text, mostly. */
  body: string | null;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"];
const TYPES = ["application/json; charset=utf-8", "text/plain", "application/json,application/json", ""];
const BODIES = [
  "",
  "null",
  "[]",
  "1",
  "1e999",
  '"x"',
  "{",
  '{"a":1,"a":2}',
  "[".repeat(50_000),
  "\ufeff{}",
  "{}\u0000",
];

/** Requests to every route. */
export function requestsTo(schema: GraphQLSchema, known: Known): fc.Arbitrary<RestRequest> {
  const valuesOf = valuesFor(known);
  const ids = fc.oneof(
    { arbitrary: fc.constantFrom(...known.ids), weight: 8 },
    {
      arbitrary: fc.constantFrom("%", "%00", "%ff", "..", "%2e%2e", "{id}", "a".repeat(3_000), "%F0%9F%98%80"),
      weight: 1,
    },
  );
  const table = prepareTable(schema).map(({ route, parameters, bodyType, updates, fixedField }) => {
    const query = [...parameters.values()].map(({ name, type }) =>
      seldom(valuesOf(type, name), 4).map((value) => (value === null ? [] : pairs(name, value))),
    );
    const wait = seldom(fc.constantFrom("wait=0", "wait=x", "wait=1e9", "afterVersion=1", "wait=1&afterVersion=0"), 6);
    const more = updates === null ? fc.constant(null) : wait;
    const right = bodyType === null ? odd : valuesOf(bodyType, "body").map((body) => without(body, fixedField));
    const body = fc.oneof(
      { arbitrary: right.map(toJson), weight: 20 },
      { arbitrary: fc.constantFrom(...BODIES), weight: 1 },
    );
    return fc.record({
      method: fc.oneof(
        { arbitrary: fc.constant<string>(route.method), weight: 30 },
        { arbitrary: fc.constantFrom(...METHODS), weight: 1 },
      ),
      path: fc
        .tuple(ids, fc.tuple(...query), more)
        .map(([id, parts, extra]) => address(route.path.replace("{id}", id), parts.flat(), extra)),
      contentType: fc.oneof(
        { arbitrary: fc.constant("application/json"), weight: 20 },
        { arbitrary: fc.constantFrom(...TYPES), weight: 1 },
      ),
      body: bodyType === null ? fc.constant(null) : body,
    });
  });
  return fc.oneof(...table);
}

const pairs = (name: string, value: Value): string[] =>
  (Array.isArray(value) ? value : [value]).map((item) => `${name}=${encode(toText(item))}`);

/** Lone surrogates have no encoding: they go as the bytes that a careless client sends. */
const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .slice(0, 4_000)
    .replace(/%[^%]?$/, "");

function address(path: string, parts: readonly string[], extra: string | null): string {
  const query = extra === null ? parts : [...parts, extra];
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}

function without(body: Value, field: string | null): Value {
  if (field === null || typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const { [field]: _, ...rest } = body as Record<string, Value>;
  return rest;
}
