/** The scalars beyond GraphQL's own. */

import { GraphQLError, GraphQLScalarType, type ValueNode } from "graphql";
import { GraphQLDateTime, GraphQLSafeInt } from "graphql-scalars";
import { builder } from "./builder.ts";
import { GraphQLJson, GraphQLJsonObject } from "./json-scalars.ts";

// The library's parser lets through what has the form of a date but names none, such as a leap second.
function instant(value: Date): Date {
  if (!Number.isNaN(value.getTime())) return value;
  throw new GraphQLError("DateTime cannot represent an instant that does not exist.");
}

/** RFC 3339; sent in UTC, with milliseconds and Z. */
export const DateTime = new GraphQLScalarType<Date, string>({
  ...GraphQLDateTime.toConfig(),
  description: "An instant as RFC 3339 has it: `2026-01-31T09:30:00.000Z`. Sent in UTC with milliseconds.",
  serialize: (value) => instant(new Date(value as Date)).toISOString(),
  parseValue: (value) => instant(GraphQLDateTime.parseValue(value) as Date),
  parseLiteral: (node: ValueNode) => instant(GraphQLDateTime.parseLiteral(node, {}) as Date),
});

builder.addScalarType("SafeInt", GraphQLSafeInt);
builder.addScalarType("DateTime", DateTime);
builder.addScalarType("JSON", GraphQLJson);
builder.addScalarType("JSONObject", GraphQLJsonObject);
