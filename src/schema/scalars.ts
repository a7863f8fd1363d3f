/** The scalars beyond GraphQL's own. */

import { GraphQLError, GraphQLScalarType, type ValueNode } from "graphql";
import { GraphQLDateTime, GraphQLSafeInt } from "graphql-scalars";
import { LossyNumber } from "../model/json-text.ts";
import { builder } from "./builder.ts";
import { GraphQLJson, GraphQLJsonObject } from "./json-scalars.ts";

// The library's parser accepts texts in the form of a date that are not a date, such as a leap second.
function instant(value: Date): Date {
  if (!Number.isNaN(value.getTime())) return value;
  throw new GraphQLError("DateTime cannot represent an instant that does not exist.");
}

/** RFC 3339; sent in UTC, with milliseconds and Z. */
export const DateTime = new GraphQLScalarType<Date, string>({
  ...GraphQLDateTime.toConfig(),
  description: "A time in RFC 3339 format, such as `2026-01-31T09:30:00.000Z`. Output is in UTC with milliseconds.",
  serialize: (value) => instant(new Date(value as Date)).toISOString(),
  parseValue: (value) => instant(GraphQLDateTime.parseValue(value) as Date),
  parseLiteral: (node: ValueNode) => instant(GraphQLDateTime.parseLiteral(node, {}) as Date),
});

/** A whole number that survives as a double. */
export const SafeInt = new GraphQLScalarType<string | number, number>({
  ...GraphQLSafeInt.toConfig(),
  description: "A whole number from -9007199254740991 to 9007199254740991.",
  // A number that was lost in parsing is refused as it was written.
  parseValue: (value) => GraphQLSafeInt.parseValue(value instanceof LossyNumber ? value.source : value),
});

builder.addScalarType("SafeInt", SafeInt);
builder.addScalarType("DateTime", DateTime);
builder.addScalarType("JSON", GraphQLJson);
builder.addScalarType("JSONObject", GraphQLJsonObject);
