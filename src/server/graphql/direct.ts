/**
 * Runs the operations of ordinary POST requests without Yoga, whose pipeline takes longer than a small operation. Yoga
 * responds to every other request, and whenever an operation has errors, so that the rules for errors are in one place.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { type ExecutionResult, GraphQLError, getOperationAST } from "graphql";
import type { GraphQLParams } from "graphql-yoga";
import { mark } from "../../model/marks.ts";
import type { Documents } from "./documents.ts";
import type { Operation, OperationContext } from "./engine.ts";

const JSON_TYPES = new Map([
  ["*/*", "application/json"],
  ["application/json", "application/json"],
  ["application/graphql-response+json", "application/graphql-response+json"],
]);
const PARAMS = new Set(["query", "variables", "operationName", "extensions"]);

/** The type of the response if the request prefers JSON, by the same rule as Yoga; otherwise undefined. */
export function jsonTypeOf({ method, headers: { accept = "*/*" } }: IncomingMessage): string | undefined {
  return method === "POST" ? JSON_TYPES.get(accept.split(",", 1)[0]?.trim().toLowerCase() ?? "") : undefined;
}

/** Runs a query or a mutation whose document is valid, or refuses it. */
export type RunOperation = (operation: Operation) => Promise<ExecutionResult>;

/**
 * The result of a query or a mutation. It is undefined if Yoga has to refuse the parameters, or to start a subscription;
 * then nothing has run.
 */
export async function runDirectly(
  params: GraphQLParams,
  contextValue: OperationContext,
  { documents, run }: { documents: Documents; run: RunOperation },
): Promise<ExecutionResult | undefined> {
  if (!isOrdinary(params)) return undefined;
  const { query, variables, operationName } = params;
  try {
    const document = documents.parse(query);
    const kind = getOperationAST(document, operationName)?.operation;
    if (kind === undefined || kind === "subscription") return undefined;
    const errors = documents.validate(document);
    if (errors.length > 0) return { errors };
    mark("validated");
    return await run({ document, operationName, variableValues: variables, contextValue });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

type Ordinary = GraphQLParams & { query: string; operationName?: string; variables?: Record<string, unknown> };

/** Whether Yoga would accept these parameters. */
function isOrdinary(params: GraphQLParams): params is Ordinary {
  const { query, variables, operationName, extensions } = params;
  return (
    typeof query === "string" &&
    ["undefined", "string"].includes(typeof operationName) &&
    isObjectOrAbsent(variables) &&
    isObjectOrAbsent(extensions) &&
    Object.keys(params).every((name) => PARAMS.has(name))
  );
}

const isObjectOrAbsent = (value: unknown): boolean =>
  value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value));

/** Sends a result without errors. */
export function sendResult(res: ServerResponse, type: string, result: ExecutionResult): void {
  const text = JSON.stringify(result);
  res.writeHead(200, { "Content-Type": `${type}; charset=utf-8`, "Content-Length": Buffer.byteLength(text) });
  mark("answered");
  res.end(text);
}
