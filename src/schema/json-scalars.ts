/**
 * Unchanged JSON. Values of variables pass through unchanged; a number that a double would change becomes a
 * LossyNumber, also where it is written into the document, so that validation can name it.
 */

import { GraphQLError, GraphQLScalarType, Kind, type ObjectValueNode, type ValueNode } from "graphql";
import { LossyNumber, survivesAsDouble } from "../model/json-text.ts";

type Variables = Record<string, unknown> | null | undefined;

function fromLiteral(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return survivesAsDouble(node.value) ? Number(node.value) : new LossyNumber(node.value);
    case Kind.LIST:
      return node.values.map((item) => fromLiteral(item, variables) ?? null);
    case Kind.OBJECT:
      return objectFrom(node, variables);
    case Kind.VARIABLE:
      return fromVariable(variables?.[node.name.value]);
    case Kind.ENUM:
      throw new GraphQLError(`JSON has no value ${node.value}; put it in quotes.`, { nodes: node });
  }
}

function objectFrom(node: ObjectValueNode, variables: Variables): object {
  const object = {};
  for (const field of node.fields) {
    const value = fromLiteral(field.value, variables);
    // Defined, not assigned: assigning to `__proto__` would set the prototype instead of a key.
    if (value !== undefined) {
      Object.defineProperty(object, field.name.value, { value, configurable: true, enumerable: true, writable: true });
    }
  }
  return object;
}

// Other scalars' variables arrive parsed.
const fromVariable = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof LossyNumber);

function objectOnly(value: unknown): unknown {
  if (isObject(value)) return value;
  const kind = value instanceof LossyNumber ? "number" : Array.isArray(value) ? "array" : typeof value;
  throw new GraphQLError(`JSONObject must be a JSON object, not ${kind === "array" ? "an array" : `a ${kind}`}.`);
}

const config = { specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259", serialize: (value: unknown) => value };

/** Any JSON value. */
export const GraphQLJson = new GraphQLScalarType({
  ...config,
  name: "JSON",
  description: "Any JSON value. Numbers must be exactly representable as 64-bit floating-point numbers.",
  parseValue: (value) => value,
  parseLiteral: fromLiteral,
});

/** A JSON object. */
export const GraphQLJsonObject = new GraphQLScalarType({
  ...config,
  name: "JSONObject",
  description: "A JSON object. Numbers must be exactly representable as 64-bit floating-point numbers.",
  parseValue: objectOnly,
  parseLiteral: (node, variables) => objectOnly(fromLiteral(node, variables)),
});
