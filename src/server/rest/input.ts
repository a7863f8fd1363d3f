/**
 * What is wrong with variables, field by field, before GraphQL refuses them in one sentence. It knows types only; what a
 * value may be is the manager's to say.
 */

import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { LossyNumber } from "../../approvals/json-text.ts";

/** Where a value stands among the variables. */
export type Path = readonly (string | number)[];
export type Report = (path: Path, message: string) => void;

const MOST_SHOWN = 200;
const short = (text: string) => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text);
// They take any value as it came; what cannot be kept of it, validation finds and names.
const HOLDS_ANYTHING = ["JSON", "JSONObject"];

/** Reports every place of `value` that is not of its type. */
export function checkInput(type: GraphQLInputType, value: unknown, path: Path, report: Report): void {
  if (isNonNullType(type)) {
    if (value == null) report(path, value === undefined ? "is required" : "may not be null");
    else checkInput(type.ofType, value, path, report);
  } else if (value == null) {
    return;
  } else if (isListType(type)) {
    // GraphQL takes a single item for a list of one.
    if (!Array.isArray(value)) checkInput(type.ofType, value, path, report);
    else for (const [index, item] of value.entries()) checkInput(type.ofType, item ?? null, [...path, index], report);
  } else if (isInputObjectType(type)) {
    if (typeof value === "object" && !Array.isArray(value) && !(value instanceof LossyNumber)) {
      checkFields(type, value, path, report);
    } else report(path, "must be an object");
  } else {
    const fault = faultOfLeaf(type, value);
    if (fault !== null) report(path, short(fault));
  }
}

function checkFields(type: GraphQLInputObjectType, value: object, path: Path, report: Report): void {
  const fields = type.getFields();
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name)) report([...path, short(name)], "is not a field of this input");
  }
  for (const { name, type: inner, defaultValue } of Object.values(fields)) {
    const given = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (given !== undefined || defaultValue === undefined) checkInput(inner, given, [...path, name], report);
  }
}

function faultOfLeaf(type: GraphQLLeafType, value: unknown): string | null {
  if (value instanceof LossyNumber && !HOLDS_ANYTHING.includes(type.name)) {
    return `${value.source.slice(0, 60)} does not survive as a 64-bit floating point number`;
  }
  if (isEnumType(type)) {
    const names = type.getValues().map(({ name }) => name);
    return names.includes(value as string) ? null : `must be one of ${names.join(", ")}, not ${JSON.stringify(value)}`;
  }
  try {
    type.parseValue(value);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
