/**
 * Evaluates automatic conditions. They fail closed: a missing field, a type that does not fit the operator, a path
 * through the prototype chain, or a comparison that takes too long makes a condition false, also with NE and NOT_IN. No
 * value is ever converted to another type.
 */

import {
  type ApprovalCondition,
  CONDITION_OPERATORS,
  type ConditionOperator,
  type ConditionScope,
  type Json,
} from "../model/approvals.ts";
import { equal, includesText, includesValue, OutOfWork, spendOnCharacters, WorkBudget } from "./bounded-comparison.ts";

/** The operators as in code. */
export const CODE_OPERATORS = {
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
} as const satisfies Record<string, ConditionOperator>;

/** The operators in both spellings. */
export const OPERATOR_SPELLINGS: Readonly<Record<string, ConditionOperator>> = Object.freeze({
  ...CODE_OPERATORS,
  ...Object.fromEntries(CONDITION_OPERATORS.map((operator) => [operator, operator])),
});

const FORBIDDEN_STEPS: readonly string[] = ["__proto__", "constructor", "prototype"];
/** Where the paths of a request's conditions may start. */
const ROOTS: readonly string[] = ["context", "metadata", "config", "results"];
const INDEX = /^(0|[1-9]\d*)$/;

/**
 * The fault of a path, or null.
 * @param roots where it may start. Default: context, metadata, config and results
 */
export function pathFault(field: string, roots: readonly string[] = ROOTS): string | null {
  const steps = field.split(".");
  const step = steps.find((name) => FORBIDDEN_STEPS.includes(name));
  if (step !== undefined) return `must not lead through ${step}`;
  if (steps.includes("")) return "must be names joined by single dots, as in metadata.amount";
  if (!roots.includes(steps[0] as string)) return `must start with one of ${roots.join(", ")}`;
  if (steps.length === 1) return `must name a field below ${field}, as in ${field}.amount`;
  return null;
}

/** The value at a dot path: own properties only, into arrays by index only; undefined if there is none. */
export function valueAt(scope: object, field: string, roots: readonly string[] = ROOTS): Json | undefined {
  const steps = field.split(".");
  if (steps.some((name) => FORBIDDEN_STEPS.includes(name)) || !roots.includes(steps[0] as string)) return undefined;
  let value: unknown = scope;
  for (const step of steps) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) && !INDEX.test(step)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value as Json;
}

type Test = (left: Json, right: Json, work: WorkBudget) => boolean;

const ordered =
  (compare: (order: number) => boolean): Test =>
  (left, right, work) => {
    if (typeof left === "number" && typeof right === "number") return compare(left - right);
    if (typeof left !== "string" || typeof right !== "string") return false;
    spendOnCharacters(Math.min(left.length, right.length), work);
    return compare(left < right ? -1 : left > right ? 1 : 0);
  };
const strings =
  (test: (left: string, right: string) => boolean): Test =>
  (left, right, work) => {
    if (typeof left !== "string" || typeof right !== "string") return false;
    spendOnCharacters(right.length, work);
    return test(left, right);
  };
const kind = (value: Json) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

const HOLDS: Record<ConditionOperator, Test> = {
  EQ: equal,
  NE: (left, right, work) => kind(left) === kind(right) && !equal(left, right, work),
  GT: ordered((order) => order > 0),
  GTE: ordered((order) => order >= 0),
  LT: ordered((order) => order < 0),
  LTE: ordered((order) => order <= 0),
  CONTAINS: (left, right, work) => {
    if (Array.isArray(left)) return includesValue(left, right, work);
    return typeof left === "string" && typeof right === "string" && includesText(left, right, work);
  },
  STARTS_WITH: strings((text, part) => text.startsWith(part)),
  ENDS_WITH: strings((text, part) => text.endsWith(part)),
  IN: (left, right, work) => Array.isArray(right) && includesValue(right, left, work),
  NOT_IN: (left, right, work) => Array.isArray(right) && !includesValue(right, left, work),
};

/**
 * Units of work for all conditions of one request, about ten milliseconds: enough to search lists of 200,000 numbers
 * for five values, or to compare two values of a megabyte once.
 */
const EVALUATION_UNITS = 1_000_000;

/** The result of a condition. */
type Verdict = "HOLDS" | "DOES_NOT_HOLD" | "NO_VALUE" | "TOO_MUCH_WORK";

function verdictOf(
  condition: ApprovalCondition,
  scope: object,
  work: WorkBudget,
  roots: readonly string[] = ROOTS,
): Verdict {
  const value = valueAt(scope, condition.field, roots);
  if (value === undefined) return "NO_VALUE";
  if (!Object.hasOwn(HOLDS, condition.operator)) return "DOES_NOT_HOLD";
  try {
    return HOLDS[condition.operator](value, condition.value, work) ? "HOLDS" : "DOES_NOT_HOLD";
  } catch (error) {
    if (error instanceof OutOfWork) return "TOO_MUCH_WORK";
    throw error;
  }
}

/**
 * Whether one condition holds.
 * @param work the budget; if it is used up, the condition is false, whatever its operator
 */
export const conditionHolds = (
  condition: ApprovalCondition,
  scope: ConditionScope,
  work = new WorkBudget(EVALUATION_UNITS),
): boolean => verdictOf(condition, scope, work) === "HOLDS";

/** Whether there are conditions and all of them hold, within one budget of work. */
export function allConditionsHold(conditions: readonly ApprovalCondition[], scope: ConditionScope): boolean {
  const work = new WorkBudget(EVALUATION_UNITS);
  return conditions.length > 0 && conditions.every((condition) => conditionHolds(condition, scope, work));
}

/** The first condition that does not hold, and why; null if all of them hold, within one budget of work. */
export function firstToFail(
  conditions: readonly ApprovalCondition[],
  scope: object,
  roots: readonly string[],
): { index: number; verdict: Exclude<Verdict, "HOLDS"> } | null {
  const work = new WorkBudget(EVALUATION_UNITS);
  for (const [index, condition] of conditions.entries()) {
    const verdict = verdictOf(condition, scope, work, roots);
    if (verdict !== "HOLDS") return { index, verdict };
  }
  return null;
}
