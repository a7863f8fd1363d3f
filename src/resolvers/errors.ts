/** Top-level errors of a response, for failures without a place in the data. The code is in `extensions.code`. */

import { GraphQLError } from "graphql";

const coded = (code: string, message: string) => new GraphQLError(message, { extensions: { code } });

/** An argument that the schema allows but the operation cannot use. */
export const badUserInput = (message: string): GraphQLError => coded("BAD_USER_INPUT", message);

/** A query that the viewer may not run. */
export const forbidden = (message: string): GraphQLError => coded("FORBIDDEN", message);
