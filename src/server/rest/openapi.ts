/** Generates the OpenAPI document from the routes and the schema. */

import { GraphQLNonNull, type GraphQLSchema, getNamedType, getNullableType, isNonNullType } from "graphql";
import { LIMITS } from "../../config/limits.ts";
import { VERSION } from "../../version.ts";
import { INTERNAL } from "../graphql/errors.ts";
import { answerOf, fragmentsOf, type Root, rootOf } from "./answer-types.ts";
import { resultOf } from "./documents.ts";
import { Components, type JsonSchema } from "./json-schemas.ts";
import { isList, type Prepared } from "./prepared.ts";
import { PROBLEMS, type ProblemCode } from "./problems.ts";
import { WAIT_PARAMETERS } from "./waits.ts";

export interface ApiParameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  description: string;
  schema: JsonSchema;
  style?: "form";
  explode?: boolean;
}

export interface ApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  parameters?: ApiParameter[];
  requestBody?: { required: boolean; content: { "application/json": { schema: JsonSchema } } };
  responses: Record<string, ApiResponse>;
}

export interface ApiResponse {
  description: string;
  content: Record<string, { schema: JsonSchema }>;
}

export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string }[];
  paths: Record<string, Record<string, ApiOperation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> };
}

const DESCRIPTION =
  "Human approval for workflows and agents. Every path runs a GraphQL document on the same schema as `/graphql`, " +
  "so rights, rules and names are the same on both. Errors are problem details (RFC 9457) with a `code`. To read " +
  "the next page of a list, send its `endCursor` as `after`.";

const PROBLEM = { $ref: "#/components/schemas/Problem" };

/** @param base the path below which everything is served; empty for the root */
export function openApiDocument(schema: GraphQLSchema, routes: readonly Prepared[], base = ""): OpenApi {
  const components = new Components();
  components.schemas.Problem = problemSchema(components, schema, routes);
  const paths: OpenApi["paths"] = {};
  for (const prepared of routes) {
    const { method, path } = prepared.route;
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = operationOf(schema, prepared, components);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Countersign",
      version: VERSION,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: base || "/" }],
    security: [{ bearer: [] }, { session: [] }],
    tags: [...new Set(routes.map(({ route }) => route.group))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "countersign_session",
          description:
            "The session of the web pages; accepted only with the `Origin` of this server. Over https its name " +
            `starts with \`${base === "" ? "__Host-" : "__Secure-"}\`.`,
        },
      },
    },
  };
}

function operationOf(schema: GraphQLSchema, prepared: Prepared, components: Components): ApiOperation {
  const { route, document, bodyType, fixedField } = prepared;
  const root = rootOf(schema, document);
  const parameters = parametersOf(prepared, components);
  const body = bodyType === null ? null : components.given(bodyType, fixedField);
  const { required } = components.schemas[getNamedType(bodyType)?.name ?? ""] ?? {};
  const success = successOf(schema, prepared, components);
  return {
    operationId: route.name,
    tags: [route.group],
    summary: route.summary,
    // GraphQL identifies errors by their types, REST by their codes.
    description: root.description.replace(/\b[A-Z]\w+Error\b/g, codeOf),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== null && {
      requestBody: { required: required !== undefined, content: { "application/json": { schema: body } } },
    }),
    responses: {
      [route.status]: success,
      ...(route.statusOfRepeat && {
        [route.statusOfRepeat]: {
          ...success,
          description: "The same request was sent before. The existing object is returned.",
        },
      }),
      ...failuresOf(schema, prepared, root),
    },
  };
}

function successOf(schema: GraphQLSchema, { route, document }: Prepared, components: Components): ApiResponse {
  const { type, selected, description } = answerOf(schema, route, document);
  const answer = components.output(new GraphQLNonNull(getNullableType(type)), selected, fragmentsOf(document));
  const body = route.list ? page(answer) : answer;
  const text = route.list ? "The items, and the cursor of the next page." : description || "The response.";
  return { description: text, content: { "application/json": { schema: body } } };
}

const page = (items: JsonSchema): JsonSchema => ({
  type: "object",
  properties: {
    items: { type: "array", items },
    endCursor: { type: ["string", "null"], description: "The value of `after` for the next page." },
    hasNextPage: { type: "boolean", description: "Whether there is a next page." },
  },
  required: ["items", "endCursor", "hasNextPage"],
});

/** Converts the name of an error type to its code: NotFoundError to NOT_FOUND. */
const codeOf = (errorType: string) =>
  errorType
    .replace(/Error$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, "_")
    .toUpperCase() as ProblemCode;

/** The error statuses of a route, each with its codes. */
function failuresOf(schema: GraphQLSchema, { route }: Prepared, root: Root): Record<string, ApiResponse> {
  const codes = new Set<ProblemCode>([
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "LIMIT_EXCEEDED",
    "RATE_LIMITED",
    INTERNAL,
    "UNAVAILABLE",
  ]);
  if (route.id !== undefined) codes.add("NOT_FOUND");
  if (route.query !== undefined || route.body !== undefined || route.updates !== undefined) codes.add("VALIDATION");
  if (route.body !== undefined) {
    for (const code of ["BAD_REQUEST", "REQUEST_ENTITY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] as const) codes.add(code);
  }
  if (root.mutation) for (const { name } of resultOf(schema, root.field).errors) codes.add(codeOf(name));
  const failures: Record<string, ApiResponse> = {};
  for (const [status, together] of Map.groupBy(codes, (code) => PROBLEMS[code][0])) {
    const description = together.map((code) => `${code}: ${PROBLEMS[code][1]}.`).join(" ");
    failures[status] = { description, content: { "application/problem+json": { schema: PROBLEM } } };
  }
  return failures;
}

function problemSchema(components: Components, schema: GraphQLSchema, routes: readonly Prepared[]): JsonSchema {
  const create = routes.find(({ route }) => route.statusOfRepeat !== undefined);
  const request = create && successOf(schema, create, components).content["application/json"]?.schema;
  const issue = { type: "object", properties: { path: { type: "string" }, message: { type: "string" } } };
  return {
    type: "object",
    description: "An error, by RFC 9457.",
    properties: {
      type: { type: "string", format: "uri-reference", description: "A URL that explains the code." },
      title: { type: "string", description: "A title for the code." },
      status: { type: "integer", description: "The HTTP status code." },
      detail: { type: "string", description: "A description of the error." },
      code: { type: "string", enum: Object.keys(PROBLEMS), description: "The error code, for programs." },
      issues: {
        type: "array",
        items: { ...issue, required: ["path", "message"] },
        description: "With VALIDATION: all issues. `path` is the dotted path of the field or parameter.",
      },
      request: { ...request, description: "With ALREADY_DECIDED: the current request." },
      limit: {
        type: "string",
        enum: Object.keys(LIMITS),
        description: "With LIMIT_EXCEEDED, RATE_LIMITED and REQUEST_ENTITY_TOO_LARGE: the exceeded limit.",
      },
      held: { type: ["integer", "null"], description: "With LIMIT_EXCEEDED and RATE_LIMITED: the actual value." },
      most: { type: "integer", description: "With `limit`: the maximum." },
      retryAfter: { type: "integer", description: "With RATE_LIMITED: seconds, as in the header Retry-After." },
    },
    required: ["type", "title", "status", "detail", "code"],
  };
}

function parametersOf({ route, parameters }: Prepared, components: Components): ApiParameter[] {
  const id: ApiParameter = {
    name: "id",
    in: "path",
    required: true,
    description: `The ${route.idOf ?? "request"}'s id.`,
    schema: { type: "string" },
  };
  const query = [...parameters.values()].map(({ name, type, description, defaultValue }): ApiParameter => {
    const schema = components.given(type);
    return {
      name,
      in: "query",
      required: isNonNullType(type) && defaultValue === undefined,
      description,
      schema: defaultValue === undefined ? schema : { ...schema, default: defaultValue },
      ...(isList(type) && { style: "form" as const, explode: true }),
    };
  });
  const wait = Object.entries(WAIT_PARAMETERS).map(
    ([name, { from, to, description }]): ApiParameter => ({
      name,
      in: "query",
      required: false,
      description,
      schema: { type: "integer", minimum: from, maximum: to },
    }),
  );
  return [...(route.id === undefined ? [] : [id]), ...query, ...(route.updates === undefined ? [] : wait)];
}
