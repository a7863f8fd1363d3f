/** Serves the REST API: finds the route, runs its GraphQL document and sends the result. It has no rules of its own. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult, GraphQLSchema } from "graphql";
import type { Limits } from "../../config/limits.ts";
import type { Caller } from "../../model/approvals.ts";
import type { ErrorCode, Issue } from "../../model/errors.ts";
import { NotFoundError } from "../../model/errors.ts";
import { once } from "../../model/once.ts";
import type { Services } from "../../resolvers/context.ts";
import type { Admission } from "../graphql/admission.ts";
import type { Engine, Operation } from "../graphql/engine.ts";
import { sendJson, targetOf } from "../http.ts";
import type { Page } from "../pages/layout.ts";
import { docsPage } from "./docs-page.ts";
import { type OpenApi, openApiDocument } from "./openapi.ts";
import { type Prepared, prepareTable } from "./prepared.ts";
import { ProblemError, problemOf } from "./problems.ts";
import { variablesOf } from "./variables.ts";
import { createWaits, type OnAccessEnd, takeWait } from "./waits.ts";

/** The caller of a request, and the end of the caller's access. */
export interface RestContext {
  caller: Caller;
  onAccessEnd: OnAccessEnd;
  requestId: string;
}

/** The routes of one path. */
export interface RestAddress {
  methods: readonly string[];
  /** @throws HttpError, or UnauthenticatedError if the token expires during a wait */
  handle(req: IncomingMessage, res: ServerResponse, context: RestContext): Promise<void>;
}

export interface Rest {
  /** Null if there is no such path. */
  find(path: string): RestAddress | null;
  /** The OpenAPI document. It and the page are created at the first call. */
  openApi(): OpenApi;
  docs(): Page;
  /** Ends all waits. */
  stop(): void;
}

type Answer = Record<string, unknown>;

export interface RestOptions {
  schema: GraphQLSchema;
  engine: Engine;
  admission: Admission;
  limits: Limits;
  services: Services;
  /** The path below which everything is served; empty for the root. */
  base: string;
  /** ms between the spaces that are sent to a client that waits. `waits.ts` has the default. */
  signOfLifeMs?: number | undefined;
}

export function createRest(options: RestOptions): Rest {
  const { engine, admission, limits, services, base } = options;
  const routes = prepareTable(options.schema);
  const waits = createWaits(engine, options.signOfLifeMs);
  const addresses = Map.groupBy(routes, ({ route }) => route.path);
  const longest = Math.max(...[...addresses.keys()].map((path) => path.split("/").length));
  const openApi = once(() => openApiDocument(options.schema, routes, base));
  const docs = once(() => docsPage(openApi(), base));

  async function handle(
    prepared: Prepared,
    id: string | null,
    req: IncomingMessage,
    res: ServerResponse,
    context: RestContext,
  ) {
    const query = new URLSearchParams(targetOf(req).query);
    const wait = prepared.updates === null ? null : takeWait(query);
    const variables = await variablesOf(prepared, id, query, req, limits.bodyBytes);
    const { caller, requestId } = context;
    const operation: Operation = {
      document: prepared.document,
      variableValues: variables,
      contextValue: { services, caller, requestId },
    };
    await admission.admit(operation);
    if (wait !== null && prepared.updates !== null) {
      const subscription = { ...operation, document: prepared.updates };
      const result = await waits.follow(subscription, wait, context.onAccessEnd, res);
      if (result === "gone") return;
      if (result !== "over") return send(prepared, result, res, base);
    }
    send(prepared, answerOf(prepared, await engine.execute(operation)), res, base);
  }

  return {
    openApi,
    docs,
    stop: waits.stop,
    find(path) {
      const { template, id } = locate(path);
      const found = addresses.get(template);
      if (found === undefined) return null;
      return {
        methods: methodsOf(found),
        handle(req, res, context) {
          const method = req.method === "HEAD" ? "GET" : req.method;
          const prepared = found.find(({ route }) => route.method === method);
          if (prepared === undefined) throw new Error(`${path} does not support ${method}`);
          return handle(prepared, id, req, res, context);
        },
      };
    },
  };

  /** The path template of a path, and the id in the path. */
  function locate(path: string): { template: string; id: string | null } {
    // In a path, braces are part of an id, not of a template.
    if (addresses.has(path) && !path.includes("{")) return { template: path, id: null };
    const parts = path.split("/", longest + 1);
    if (parts.length > longest) return { template: "", id: null };
    const templates = parts.map((part, at) => (part === "" ? "" : parts.with(at, "{id}").join("/")));
    const at = templates.findIndex((template) => addresses.has(template));
    const template = templates[at];
    if (template === undefined) return { template: "", id: null };
    const id = parts[at] as string;
    try {
      return { template, id: decodeURIComponent(id) };
    } catch {
      // The encoding is not valid, so no object has this id.
      return { template, id };
    }
  }
}

/** Every route with GET also supports HEAD. */
const methodsOf = (found: readonly Prepared[]): string[] =>
  found.flatMap(({ route }) => (route.method === "GET" ? ["GET", "HEAD"] : [route.method]));

/** The error fields that `command` of documents.ts selects. */
interface Refusal {
  code: ErrorCode;
  message: string;
  issues?: Issue[];
  current?: unknown;
}

/** @throws ProblemError if the result is an error */
function answerOf({ route, nameOf }: Prepared, { data, errors }: ExecutionResult): Answer {
  if (errors?.[0] !== undefined) {
    // A server error takes precedence over errors that the client could fix.
    const problems = errors.map((error) => problemOf(error, nameOf));
    throw problems.find(({ status }) => status >= 500) ?? problems[0];
  }
  const answer = data?.answer as Answer | null;
  if (answer === null) throw new ProblemError("NOT_FOUND", new NotFoundError(route.idOf).message);
  if (route.method !== "GET" && typeof answer.code === "string") {
    const { code, message, issues, current } = answer as unknown as Refusal;
    throw new ProblemError(code, message, {
      ...(issues && { issues: issues.map((issue) => ({ ...issue, path: nameOf(`${route.body}.${issue.path}`) })) }),
      ...(current != null && { request: current }),
    });
  }
  return answer;
}

function send({ route }: Prepared, answer: Answer, res: ServerResponse, base: string): void {
  const content = route.at === undefined ? answer : (answer[route.at] as Answer);
  const status = answer.created === false ? (route.statusOfRepeat ?? route.status) : route.status;
  // The object has an address, whether this request created it or an earlier one.
  const headers: Record<string, string> =
    route.location === undefined
      ? {}
      : { Location: `${base}${route.location.path}/${encodeURIComponent(String(content[route.location.field]))}` };
  sendJson(res, status, route.list ? listOf(content) : content, headers);
}

/** Removes `contentOmitted` if it is false, so that a complete item equals the request as GET returns it. */
const itemOf = ({ contentOmitted, ...item }: Answer): Answer => (contentOmitted ? { ...item, contentOmitted } : item);

interface Connection {
  edges: { node: unknown }[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

function listOf(content: object): { items: unknown[]; endCursor: string | null; hasNextPage: boolean } {
  if (Array.isArray(content)) return { items: content, endCursor: null, hasNextPage: false };
  const { edges, pageInfo } = content as Connection;
  return {
    items: edges.map(({ node }) => itemOf(node as Answer)),
    endCursor: pageInfo.endCursor,
    hasNextPage: pageInfo.hasNextPage,
  };
}
