/** Converts the path, the query string and the body of a request to the variables of its document. */

import type { IncomingMessage } from "node:http";
import { GraphQLBoolean, type GraphQLInputType, GraphQLInt, getNamedType, isEnumType } from "graphql";
import type { Issue } from "../../model/errors.ts";
import { LossyNumber } from "../../model/json-text.ts";
import { readJson } from "../body.ts";
import { isList, type Parameter, type Prepared } from "./prepared.ts";
import { validationProblem } from "./problems.ts";

export type Variables = Record<string, unknown>;

/**
 * @param id of the path
 * @param query without the parameters that do not belong to the document
 * @param bodyBytes most bytes of the body
 * @throws ProblemError VALIDATION, or HttpError as `readJson`
 */
export async function variablesOf(
  prepared: Prepared,
  id: string | null,
  query: URLSearchParams,
  req: IncomingMessage,
  bodyBytes: number,
): Promise<Variables> {
  const { route } = prepared;
  const variables: Variables = {};
  const issues = readQuery(prepared, query, variables);
  if (route.body !== undefined) {
    const body = await readFields(req, bodyBytes);
    const { fixedField } = prepared;
    if (fixedField !== null && Object.hasOwn(body, fixedField)) {
      issues.push({ path: fixedField, message: "is part of the path and may not be in the body" });
    }
    variables[route.body] = body;
  }
  // After the body, so that the body cannot override the path.
  if (route.id !== undefined && id !== null) put(variables, route.id.split("."), id);
  issues.push(...prepared.issuesOf(variables));
  if (issues.length > 0) throw validationProblem(issues);
  return variables;
}

function readQuery({ parameters }: Prepared, query: URLSearchParams, variables: Variables): Issue[] {
  const issues: Issue[] = [];
  // In one pass, because `getAll` visits all parameters for each name.
  for (const [name, pairs] of Map.groupBy(query, ([key]) => key)) {
    const parameter = parameters.get(name);
    const given = pairs.map(([, value]) => value);
    if (parameter === undefined) {
      issues.push({ path: name.slice(0, 200), message: "is not a parameter of this route" });
    } else if (given.length > 1 && !isList(parameter.type)) {
      issues.push({ path: name, message: `is given ${given.length} times` });
    } else put(variables, parameter.variable as string[], valueIn(parameter, given));
  }
  return issues;
}

function valueIn({ type }: Parameter, given: string[]): unknown {
  if (!isList(type)) return fromText(type, given[0] as string);
  // Names of an enum contain no comma, so one parameter may have a list of them.
  const parts = isEnumType(getNamedType(type)) ? given.flatMap((text) => text.split(",")) : given;
  return parts.map((part) => fromText(type, part));
}

/** Text that does not match the type stays text. The check of the types then reports it. */
function fromText(type: GraphQLInputType, text: string): unknown {
  const named = getNamedType(type);
  if (named === GraphQLInt && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (named === GraphQLBoolean && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** Reads a JSON body. No body is the same as `{}`. */
async function readFields(req: IncomingMessage, bodyBytes: number): Promise<object> {
  const { "content-length": length, "transfer-encoding": chunked } = req.headers;
  if (chunked === undefined && (length === undefined || length === "0")) return {};
  const body = await readJson(req, { most: bodyBytes });
  if (typeof body === "object" && body !== null && !Array.isArray(body) && !(body instanceof LossyNumber)) return body;
  throw validationProblem([{ path: "", message: "must be a JSON object" }]);
}

function put(variables: Variables, [name = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) variables[name] = value;
  else {
    variables[name] ??= {};
    put(variables[name] as Variables, rest, value);
  }
}
