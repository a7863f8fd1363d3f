/**
 * Rejects large input objects with an unknown or a missing field. GraphQL quotes the whole object in each of up to
 * fifty errors; this check returns only the first error, without the quotation.
 */

import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
  type OperationDefinitionNode,
  typeFromAST,
} from "graphql";
import { HttpError } from "../http.ts";

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** The largest object that GraphQL may quote, in values plus characters. */
const MOST_QUOTED = 10_000;
const LONGEST_NAME = 200;

/** @throws HttpError 400 for a large object that lacks a required field or has an unknown field */
export type CheckVariables = (operation: OperationDefinitionNode, variables: Variables) => void;

/** Looks up the types of an operation's variables once for each document. */
export function createVariablesCheck(schema: GraphQLSchema): CheckVariables {
  const known = new WeakMap<OperationDefinitionNode, readonly (readonly [string, GraphQLInputType])[]>();

  function typesOf(operation: OperationDefinitionNode): readonly (readonly [string, GraphQLInputType])[] {
    let types = known.get(operation);
    if (types === undefined) {
      types = (operation.variableDefinitions ?? []).flatMap(({ variable, type }) => {
        const found = typeFromAST(schema, type as never) as GraphQLInputType | undefined;
        return found !== undefined && containsObjects(found) ? [[variable.name.value, found] as const] : [];
      });
      known.set(operation, types);
    }
    return types;
  }

  return (operation, variables) => {
    if (typeof variables !== "object" || variables === null) return;
    for (const [name, type] of typesOf(operation)) {
      // A small value contains no large object, so most operations do not need their types.
      const fault = isLarge(variables[name]) ? faultIn(type, variables[name]) : null;
      if (fault !== null) throw new HttpError(400, "BAD_USER_INPUT", `Variable "$${name}" got invalid value; ${fault}`);
    }
  };
}

function containsObjects(type: GraphQLInputType): boolean {
  const nullable = getNullableType(type);
  return isListType(nullable) ? containsObjects(nullable.ofType) : isInputObjectType(nullable);
}

function faultIn(type: GraphQLInputType, value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      const fault = faultIn(nullable.ofType, item);
      if (fault !== null) return fault;
    }
    return null;
  }
  return isInputObjectType(nullable) && !Array.isArray(value) ? faultOfObject(nullable, value) : null;
}

function faultOfObject(type: GraphQLInputObjectType, value: object): string | null {
  const fields = type.getFields();
  const fault =
    unknownField(type, value) ??
    Object.values(fields)
      .filter((field) => isRequiredInputField(field) && !Object.hasOwn(value, field.name))
      .map(({ name, type: wanted }) => `Field "${name}" of required type "${wanted}" was not provided.`)[0];
  if (fault !== undefined && isLarge(value)) return fault;
  for (const { name, type: inner } of Object.values(fields)) {
    const below = containsObjects(inner) ? faultIn(inner, (value as Record<string, unknown>)[name]) : null;
    if (below !== null) return below;
  }
  return null;
}

function unknownField(type: GraphQLInputObjectType, value: object): string | undefined {
  const fields = type.getFields();
  for (const name in value) {
    if (!Object.hasOwn(fields, name)) {
      return `Field "${name.slice(0, LONGEST_NAME)}" is not defined by type "${type.name}".`;
    }
  }
  return undefined;
}

/** Whether a value is larger than GraphQL may quote. Counting stops at the limit. */
function isLarge(value: unknown): boolean {
  let weight = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const item = open.pop();
    weight += typeof item === "string" ? item.length + 1 : 1;
    if (weight > MOST_QUOTED) return true;
    if (typeof item !== "object" || item === null) continue;
    for (const key in item) {
      weight += key.length;
      if (weight + open.length > MOST_QUOTED) return true;
      open.push((item as Record<string, unknown>)[key]);
    }
  }
  return false;
}
