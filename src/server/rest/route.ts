/** The type of a REST route, and helpers for the files of routes. */

import { type GraphQLSchema, isInputObjectType } from "graphql";

export interface RestRoute {
  method: "GET" | "POST" | "PUT";
  /** `{id}` stands for the id of the request or another object. */
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
  /** A GraphQL document with one root field, which is named `answer`. */
  document: string;
  /** The variable that the path's id sets, as a dotted path such as `input.requestId`. */
  id?: string;
  /** The kind of object that the path's id names. Default: a request. */
  idOf?: string;
  /** The parameters of the query string, and the variables that they set. */
  query?: Record<string, string>;
  /** The variable that the body sets. The body may not have the field that `id` sets. */
  body?: string;
  /** The field below the root field that is the response. Default: the root field itself. */
  at?: string;
  /** The response is a list: the nodes of a connection, or the items of a plain list. */
  list?: true;
  status: 200 | 201;
  /** The address of the created object: a path and the field that is appended to it; with `statusOfRepeat`. */
  location?: { path: string; field: string };
  /** The status if the payload has `created: false`. */
  statusOfRepeat?: 200;
  /** A subscription to the object of `document`. The route then accepts `wait` and `afterVersion`. */
  updates?: string;
}

/** The parameters of a list. */
export const PAGE = { first: "first", after: "after" };

/** Every field of an input type as a parameter of its own. */
export function filter(schema: GraphQLSchema, name: string): Record<string, string> {
  const type = schema.getType(name);
  if (!isInputObjectType(type)) throw new Error(`${name} is not an input type`);
  return Object.fromEntries(Object.keys(type.getFields()).map((field) => [field, `filter.${field}`]));
}
