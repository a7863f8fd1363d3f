/** Charges every field that is resolved, and every text and JSON value, to the budget of its operation. */

import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from "graphql";
import { jsonLength } from "../model/json.ts";
import type { Context } from "../resolvers/context.ts";

const LONG_SCALARS = ["String", "ID", "JSON", "JSONObject"];

/** Returns the schema with resolvers that charge. */
export function charged(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = charging(field.resolve ?? defaultFieldResolver, mayBeLong(field.type));
    }
  }
  return schema;
}

const mayBeLong = (type: GraphQLOutputType): boolean => LONG_SCALARS.includes(getNamedType(type).name);

type Resolver = GraphQLFieldResolver<unknown, Context>;

const charging =
  (resolve: Resolver, isLong: boolean): Resolver =>
  (source, args, context, info) => {
    const { budget } = context;
    if (budget === undefined) return resolve(source, args, context, info);
    const charge = <T>(held: T): T => {
      if (isLong) budget.countBytes(typeof held === "string" ? held.length : jsonLength(held, budget.bytesLeft));
      // Items are counted before they are resolved, so nothing of a list that is too long is resolved.
      else if (Array.isArray(held)) budget.countFields(held.length);
      return held;
    };
    try {
      budget.countFields(1);
    } catch (error) {
      return rejected(error);
    }
    const value = resolve(source, args, context, info);
    if (value instanceof Promise) return value.then(charge);
    try {
      return charge(value);
    } catch (error) {
      return rejected(error);
    }
  };

/**
 * Returns a rejected promise instead of throwing: a throw within a list would leave the promises of earlier items
 * unhandled, and another rejection among them would end the process.
 */
const rejected = (error: unknown): Promise<never> => Promise.reject(error);
