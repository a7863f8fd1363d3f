/**
 * Serves GraphQL over HTTP and server-sent events with Yoga. Parsing, execution and masking replace those of Yoga.
 * Ordinary operations run before Yoga, see `direct.ts`.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import { createYoga, type GraphQLParams, type Plugin } from "graphql-yoga";
import type { Limits } from "../../config/limits.ts";
import type { Logger } from "../../log.ts";
import type { Caller } from "../../model/approvals.ts";
import { mark } from "../../model/marks.ts";
import type { Services } from "../../resolvers/context.ts";
import { HttpError } from "../http.ts";
import { LIMIT_EXCEEDED } from "../limits/limit-error.ts";
import type { Admission } from "./admission.ts";
import { jsonTypeOf, type RunOperation, runDirectly, sendResult } from "./direct.ts";
import type { Documents } from "./documents.ts";
import type { Engine, Operation } from "./engine.ts";
import { asGraphqlError, INTERNAL, publicError, RETRY_AFTER } from "./errors.ts";
import { readParams } from "./params.ts";

/** The context of a request. Yoga defines the names `req` and `res`. */
interface RequestContext {
  req: IncomingMessage;
  res: ServerResponse;
  services: Services;
  caller: Caller;
  requestId: string;
  parameters: Promise<GraphQLParams>;
  /** The result of an operation that ran before Yoga. */
  result?: ExecutionResult | undefined;
  /** Ends the response when the token expires. @throws HttpError if the viewer has too many connections */
  endWithToken(): void;
}

export type GraphqlHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  context: Pick<RequestContext, "caller" | "requestId" | "endWithToken">,
) => Promise<void>;

export interface YogaOptions {
  schema: GraphQLSchema;
  documents: Documents;
  engine: Engine;
  admission: Admission;
  limits: Limits;
  services: Services;
  log: Logger;
}

/** Handles authenticated GET and POST requests on /graphql. */
export function createGraphqlHandler(options: YogaOptions): GraphqlHandler {
  const { schema, services, log, limits, documents, engine, admission } = options;
  const run: RunOperation = async (operation) => {
    const refusal = await refusalOf(operation, admission);
    return refusal === null ? engine.execute(operation) : { errors: [refusal] };
  };
  const yoga = createYoga<RequestContext>({
    schema,
    graphqlEndpoint: "/graphql",
    // Pages of other origins may not read responses.
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    maskedErrors: false,
    parserAndValidationCache: false,
    maxRequestBodySize: false,
    logging: {
      debug: () => {},
      info: () => {},
      warn: (...details) => log.warn({ details }, "graphql-yoga reported a warning"),
      error: (...details) => log.error({ details }, "graphql-yoga reported an error"),
    },
    plugins: [ownEngine(options, run), ownParams, ownMask(log)],
  });
  return async (req, res, context) => {
    const parameters = readParams(req, limits.bodyBytes);
    // Prevents an unhandled rejection until Yoga awaits it.
    parameters.catch(() => {});
    const type = jsonTypeOf(req);
    let result: ExecutionResult | undefined;
    if (type !== undefined) {
      // Yoga responds with the error of a body that cannot be read.
      const params = await parameters.catch(() => undefined);
      mark("read");
      const { caller, requestId } = context;
      result = params && (await runDirectly(params, { services, caller, requestId }, { documents, run }));
      if (result !== undefined && result.errors === undefined) return sendResult(res, type, result);
    }
    await yoga(req, res, { ...context, services, parameters, result });
  };
}

function ownEngine({ documents, engine, admission }: YogaOptions, run: RunOperation): Plugin<RequestContext> {
  return {
    onParse({ setParseFn }) {
      setParseFn((source) => documents.parse(typeof source === "string" ? source : source.body));
    },
    onValidate({ setValidationFn }) {
      setValidationFn((_schema, document) => documents.validate(document));
    },
    onExecute({ setExecuteFn }) {
      setExecuteFn((args) => run(args as unknown as Operation));
    },
    async onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      const { req, res } = args.contextValue;
      if (!acceptsEvents(req)) {
        const message = "A subscription responds with text/event-stream, which the Accept header does not allow.";
        return setResultAndStopExecution({ errors: [asGraphqlError(new HttpError(406, "NOT_ACCEPTABLE", message))] });
      }
      const refusal = await refusalOf(args as unknown as Operation, admission);
      if (refusal !== null) return setResultAndStopExecution({ errors: [refusal] });
      try {
        args.contextValue.endWithToken();
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        return setResultAndStopExecution({ errors: [asGraphqlError(error)] });
      }
      setSubscribeFn(async (operation) => {
        const results = await engine.subscribe(operation as unknown as Operation);
        // However the response ends, the client no longer reads the results.
        res.once("close", () => void results.return?.());
        return results;
      });
    },
  };
}

/** The error of an operation that may not run; null if it may run. */
async function refusalOf(operation: Operation, admission: Admission): Promise<GraphQLError | null> {
  try {
    await admission.admit(operation);
    return null;
  } catch (error) {
    if (error instanceof HttpError) return asGraphqlError(error);
    throw error;
  }
}

function acceptsEvents(req: IncomingMessage): boolean {
  const types = (req.headers.accept ?? "*/*").split(",").map((type) => type.split(";", 1)[0]?.trim().toLowerCase());
  return ["text/event-stream", "text/*", "*/*"].some((type) => types.includes(type));
}

/** Takes the parameters that were read, and the result if there is one. */
const ownParams: Plugin<object, RequestContext> = {
  onRequestParse({ setRequestParser, serverContext: { parameters } }) {
    setRequestParser(async () => {
      try {
        return await parameters;
      } catch (error) {
        throw error instanceof HttpError ? asGraphqlError(error) : error;
      }
    });
  },
  onParams({ context: { result }, setResult }) {
    if (result !== undefined) setResult(result);
  },
};

/** Masks errors outside the engine, and sets the status. */
function ownMask(log: Logger): Plugin<object, RequestContext> {
  return {
    onResultProcess({ result, setResult, setResultProcessor, serverContext: { requestId, res } }) {
      if (res.destroyed) {
        // Yoga would start a stream that nobody reads, with a timer.
        if (Symbol.asyncIterator in result) void result[Symbol.asyncIterator]().return?.();
        setResultProcessor((_result, fetchAPI) => new fetchAPI.Response(null, { status: 204 }), "*/*");
        return;
      }
      const { errors, ...rest } = result as ExecutionResult;
      if (errors === undefined) return;
      const masked = errors.map((error) => publicError(error, requestId, log));
      const isOutage = masked.some(({ extensions }) => extensions.code === "UNAVAILABLE");
      // A mutation whose only field failed has `data: null`, or only fields that are null.
      if (isOutage && Object.values(rest.data ?? {}).every((value) => value === null)) {
        for (const error of masked) error.extensions.http = { status: 503, headers: RETRY_AFTER };
      }
      // A result without data is a refused request. By the specification, its status is not 200.
      if (!("data" in rest)) {
        for (const error of masked) {
          const failed = error.extensions.code === INTERNAL;
          error.extensions.http ??= { status: failed ? 500 : 400, spec: !failed };
          // Yoga treats an error while parsing as the operation's, and would respond to plain JSON with 200.
          if (error.extensions.code === LIMIT_EXCEEDED) (error.extensions.http as { spec: boolean }).spec = false;
        }
      }
      setResult({ ...rest, errors: masked });
    },
  };
}
