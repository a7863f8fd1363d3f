/**
 * Automatic conditions. They fail closed: a missing field, a type that does not fit the operator or a path through the
 * prototype chain makes a condition false, for NE and NOT_IN too. No value is ever converted to another type.
 */

import {
  type ApprovalCondition,
  CONDITION_OPERATORS,
  type ConditionOperator,
  type ConditionScope,
  type Json,
  type JsonObject,
} from "./model.ts";

/** The operators as a TypeScript job configuration spells them. */
export const OPERATOR_SPELLINGS: Readonly<Record<string, ConditionOperator>> = Object.freeze({
  "==": "EQ",
  "!=": "NE",
  ">": "GT",
  ">=": "GTE",
  "<": "LT",
  "<=": "LTE",
  contains: "CONTAINS",
  startsWith: "STARTS_WITH",
  endsWith: "ENDS_WITH",
  in: "IN",
  notIn: "NOT_IN",
  ...Object.fromEntries(CONDITION_OPERATORS.map((operator) => [operator, operator])),
});

const FORBIDDEN_STEPS: readonly string[] = ["__proto__", "constructor", "prototype"];
const ROOTS: readonly string[] = ["context", "metadata", "config", "results"];
const INDEX = /^(0|[1-9]\d*)$/;

/** What is wrong with a path, or null. A right path starts at context, metadata, config or results. */
export function pathFault(field: string): string | null {
  const steps = field.split(".");
  const step = steps.find((name) => FORBIDDEN_STEPS.includes(name));
  if (step !== undefined) return `must not lead through ${step}`;
  if (steps.includes("")) return "must be names joined by single dots, as in metadata.amount";
  if (!ROOTS.includes(steps[0] as string)) return `must start with one of ${ROOTS.join(", ")}`;
  if (steps.length === 1) return `must name a field below ${field}, as in ${field}.amount`;
  return null;
}

/** The value at a dot path: own properties only, into arrays by index only; undefined where there is none. */
export function valueAt(scope: ConditionScope, field: string): Json | undefined {
  const steps = field.split(".");
  if (steps.some((name) => FORBIDDEN_STEPS.includes(name)) || !ROOTS.includes(steps[0] as string)) return undefined;
  let value: unknown = scope;
  for (const step of steps) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) && !INDEX.test(step)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value as Json;
}

const ordered = (compare: (order: number) => boolean) => (left: Json, right: Json) => {
  if (typeof left === "number" && typeof right === "number") return compare(left - right);
  if (typeof left === "string" && typeof right === "string") return compare(left < right ? -1 : left > right ? 1 : 0);
  return false;
};
const strings = (test: (left: string, right: string) => boolean) => (left: Json, right: Json) =>
  typeof left === "string" && typeof right === "string" && test(left, right);
// Written out, for Node's deep equality tells -0 from 0, which PostgreSQL does not keep apart, and looks at prototypes,
// which objects of the API's JSON parser have none of.
function equal(left: Json, right: Json): boolean {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return left === right;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [one, other] = [left as JsonObject, right as JsonObject];
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && equal(one[key] as Json, other[key] as Json))
  );
}
const kind = (value: Json) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
const includes = (list: Json[], value: Json) => list.some((item) => equal(item, value));

const HOLDS: Record<ConditionOperator, (left: Json, right: Json) => boolean> = {
  EQ: equal,
  NE: (left, right) => kind(left) === kind(right) && !equal(left, right),
  GT: ordered((order) => order > 0),
  GTE: ordered((order) => order >= 0),
  LT: ordered((order) => order < 0),
  LTE: ordered((order) => order <= 0),
  CONTAINS: (left, right) =>
    Array.isArray(left) ? includes(left, right) : strings((text, part) => text.includes(part))(left, right),
  STARTS_WITH: strings((text, part) => text.startsWith(part)),
  ENDS_WITH: strings((text, part) => text.endsWith(part)),
  IN: (left, right) => Array.isArray(right) && includes(right, left),
  NOT_IN: (left, right) => Array.isArray(right) && !includes(right, left),
};

/** Whether one condition holds. */
export function conditionHolds(condition: ApprovalCondition, scope: ConditionScope): boolean {
  const value = valueAt(scope, condition.field);
  const known = Object.hasOwn(HOLDS, condition.operator);
  return known && value !== undefined && HOLDS[condition.operator](value, condition.value);
}

/** Whether there are conditions and every one holds. */
export const allConditionsHold = (conditions: readonly ApprovalCondition[], scope: ConditionScope): boolean =>
  conditions.length > 0 && conditions.every((condition) => conditionHolds(condition, scope));
