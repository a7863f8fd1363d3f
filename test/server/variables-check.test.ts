import { buildSchema, type OperationDefinitionNode, parse } from "graphql";
import { expect, test } from "vitest";
import { createVariablesCheck } from "../../src/server/limits/variables.ts";

const schema = buildSchema(`
  input Inner { text: String! }
  input Outer { name: String!, inner: Inner, many: [Inner!] }
  type Query { ask(outer: Outer, all: [Outer!]): Int }`);
const operation = parse("query ($outer: Outer, $all: [Outer!]) { ask(outer: $outer, all: $all) }")
  .definitions[0] as OperationDefinitionNode;
const check = createVariablesCheck(schema);
const long = "x".repeat(10_001);

test.each<[string, object, RegExp]>([
  ["lacks a field", { outer: { inner: { text: long } } }, /"\$outer" got invalid value; Field "name" of required type/],
  ["has an unknown field", { outer: { name: "a", odd: long } }, /Field "odd" is not defined by type "Outer"/],
  ["is in a field", { outer: { name: "a", inner: { odd: long } } }, /Field "odd" is not defined by type "Inner"/],
  ["is in a list of a field", { outer: { name: "a", many: [{ text: "a" }, { odd: long }] } }, /Field "odd"/],
  ["is in a list", { all: [{ name: "a" }, { name: "b", odd: long }] }, /"\$all" got invalid value; Field "odd"/],
  [
    "is heavy by its number of fields",
    { outer: Object.fromEntries([...Array(9_000).keys()].map((n) => [n, 1])) },
    /"0"/,
  ],
])("a large input object that %s is refused with the name of one field", (_what, variables, message) => {
  expect(() => check(operation, variables as Record<string, unknown>)).toThrow(message);
});

test.each<[string, object]>([
  ["a light object with an unknown field", { outer: { odd: 1 } }],
  ["a heavy object without a fault", { outer: { name: long, many: [{ text: long }] } }],
  ["a light object with a fault beside a heavy one without", { outer: { odd: 1 }, all: [{ name: long }] }],
  ["no variables that are objects", {}],
])("the check of large input objects does not apply to %s", (_what, variables) => {
  expect(() => check(operation, variables as Record<string, unknown>)).not.toThrow();
});
