/** Reads the parameters of an operation from an HTTP request, and marks numbers that would lose digits. */

import type { IncomingMessage } from "node:http";
import type { GraphQLParams } from "graphql-yoga";
import { parseJsonText, readJson } from "../body.ts";
import { HttpError, targetOf } from "../http.ts";

/** @throws HttpError if the request has no operation, or a body longer than `most` bytes */
export async function readParams(req: IncomingMessage, most: number): Promise<GraphQLParams> {
  const params = req.method === "GET" ? paramsOfQuery(req) : paramsOfBody(await readJson(req, { most }));
  if (params.query == null) throw new HttpError(400, "BAD_REQUEST", "The request has no query.");
  return params;
}

function paramsOfBody(body: unknown): GraphQLParams {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    const params = body as GraphQLParams;
    return params.operationName === "" ? { ...params, operationName: undefined } : params;
  }
  throw new HttpError(400, "BAD_REQUEST", "The body must be one JSON object with the operation as its query.");
}

function paramsOfQuery(req: IncomingMessage): GraphQLParams {
  const given = new URLSearchParams(targetOf(req).query);
  const json = (name: string) => {
    const text = given.get(name);
    return text ? (parseJsonText(text, `The parameter ${name}`) as Record<string, unknown>) : undefined;
  };
  return {
    query: given.get("query") || undefined,
    operationName: given.get("operationName") || undefined,
    variables: json("variables"),
    extensions: json("extensions"),
  };
}
