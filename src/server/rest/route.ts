/** One route of REST, and what the files of routes have in common. */

import { type GraphQLSchema, isInputObjectType } from "graphql";

export interface RestRoute {
  method: "GET" | "POST" | "PUT";
  /** With `{id}` where the id of the request stands, or of what else the route is about. */
  path: string;
  group:
    | "Requests"
    | "Decisions"
    | "Conversation"
    | "Statistics and audit log"
    | "Jobs"
    | "Runs"
    | "Workflows"
    | "Notifications";
  summary: string;
  /** Names the operation in the OpenAPI document. */
  name: string;
  /** Its one root field is called `answer`. */
  document: string;
  /** The variable that the path's id becomes. Dotted, as in `input.requestId`. */
  id?: string;
  /** What the path's id names; a request where left out. */
  idOf?: string;
  /** Parameters of the query string, and the variables that they become. */
  query?: Record<string, string>;
  /** The variable that the body becomes; what `id` sets there the body may not hold. */
  body?: string;
  /** Where the answer is below the root field; the field itself where left out. */
  at?: string;
  /** The answer is a list: of a connection's nodes, or of a plain list's items. */
  list?: true;
  status: 200 | 201;
  /** The address of what was made, before the value of this field of it; with `statusOfRepeat`. */
  location?: { path: string; field: string };
  /** The status where the payload says `created: false`. */
  statusOfRepeat?: 200;
  /** A subscription that tells of the same as `document`: the route takes `wait` and `afterVersion`. */
  updates?: string;
}

/** The parameters of a list. */
export const PAGE = { first: "first", after: "after" };

/** Every field of an input type as a parameter of its own. */
export function filter(schema: GraphQLSchema, name: string): Record<string, string> {
  const type = schema.getType(name);
  if (!isInputObjectType(type)) throw new Error(`${name} is no input type`);
  return Object.fromEntries(Object.keys(type.getFields()).map((field) => [field, `filter.${field}`]));
}
