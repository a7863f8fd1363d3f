/**
 * Checks the types of variables field by field, because GraphQL would report only one message. The manager checks the
 * values.
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
import { LossyNumber } from "../../model/json-text.ts";
import { unknownFieldMessage } from "../../model/unknown-fields.ts";

/** The place of a value in the variables. */
export type Path = readonly (string | number)[];
/** Reports an issue. @returns whether to continue */
export type Report = (path: Path, message: string) => boolean;

const MOST_SHOWN = 200;
const short = (text: string) => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text);
// These scalars accept any value. Validation reports values that cannot be stored.
const ANY_VALUE = ["JSON", "JSONObject"];

/** Reports the parts of `value` that do not match the type. @returns whether to continue */
export function checkInput(type: GraphQLInputType, value: unknown, path: Path, report: Report): boolean {
  if (isNonNullType(type)) {
    if (value != null) return checkInput(type.ofType, value, path, report);
    return report(path, value === undefined ? "is required" : "may not be null");
  }
  if (value == null) return true;
  if (isListType(type)) {
    // GraphQL accepts a single item as a list of one.
    if (!Array.isArray(value)) return checkInput(type.ofType, value, path, report);
    return value.every((item, index) => checkInput(type.ofType, item ?? null, [...path, index], report));
  }
  if (isInputObjectType(type)) {
    if (typeof value === "object" && !Array.isArray(value) && !(value instanceof LossyNumber)) {
      return checkFields(type, value, path, report);
    }
    return report(path, "must be an object");
  }
  const fault = faultOfLeaf(type, value);
  return fault === null || report(path, short(fault));
}

function checkFields(type: GraphQLInputObjectType, value: object, path: Path, report: Report): boolean {
  const fields = type.getFields();
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name)) continue;
    if (!report([...path, short(name)], unknownFieldMessage(name, Object.keys(fields)))) return false;
  }
  return Object.values(fields).every(({ name, type: inner, defaultValue }) => {
    const given = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return (given === undefined && defaultValue !== undefined) || checkInput(inner, given, [...path, name], report);
  });
}

function faultOfLeaf(type: GraphQLLeafType, value: unknown): string | null {
  if (value instanceof LossyNumber && !ANY_VALUE.includes(type.name)) {
    return `${value.source.slice(0, 60)} is not exact as a 64-bit floating-point number`;
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
