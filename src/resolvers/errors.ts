/** Errors at the top of an answer: what has no place in the data. Their codes are in `extensions.code`. */

import { GraphQLError } from "graphql";
import type { CommandError } from "../model/errors.ts";

const coded = (code: string, message: string) => new GraphQLError(message, { extensions: { code } });

/** An argument that the schema allows but the operation cannot use. */
export const badUserInput = (message: string): GraphQLError => coded("BAD_USER_INPUT", message);

/** A question that the viewer may not ask. */
export const forbidden = (message: string): GraphQLError => coded("FORBIDDEN", message);

/** A command's error where there is no payload to hold it. */
export const topLevel = (error: CommandError): GraphQLError => coded(error.code, error.message);
