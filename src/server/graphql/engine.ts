/** Runs operations for HTTP and WebSocket: masks unexpected errors, counts, and creates a context for each event. */

import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getOperationAST,
  type InlineFragmentNode,
  Kind,
  locatedError,
  type OperationDefinitionNode,
} from "graphql";
import type { Limits } from "../../config/limits.ts";
import type { Logger } from "../../log.ts";
import type { Context } from "../../resolvers/context.ts";
import { AnswerBudget } from "../limits/budget.ts";
import type { Metrics } from "../metrics.ts";
import { INTERNAL, publicError } from "./errors.ts";

/** The context of an operation, with the id under which its errors are logged. */
export interface OperationContext extends Context {
  requestId: string;
}

/** One operation. `contextValue` may have more properties than OperationContext; resolvers do not receive them. */
export type Operation = Pick<ExecutionArgs, "variableValues" | "operationName"> & {
  document: DocumentNode;
  contextValue: OperationContext;
};

type PromiseOrValue<T> = Promise<T> | T;
type Results = AsyncIterableIterator<ExecutionResult, undefined>;

export interface Engine {
  execute(operation: Operation): Promise<ExecutionResult>;
  /**
   * The results of the events. If the stream fails, the last result has the error: a rejected iterator would end the
   * whole socket. `next()` rejects with a GraphQLError only if the subscription could not start.
   */
  subscribe(operation: Operation): Promise<Results>;
}

export interface EngineOptions {
  schema: GraphQLSchema;
  limits: Limits;
  log: Logger;
  metrics: Metrics;
}

export function createEngine(options: EngineOptions): Engine {
  const { schema, limits, log, metrics } = options;

  // Plugins cache loaded data for each context object. The cache of a context as old as its subscription would be
  // stale.
  const argsOf = (
    { document, variableValues, operationName, contextValue }: Operation,
    budget: AnswerBudget,
  ): ExecutionArgs => ({
    schema,
    document,
    variableValues,
    operationName,
    contextValue: {
      services: contextValue.services,
      caller: contextValue.caller,
      requestId: contextValue.requestId,
      budget,
    } satisfies OperationContext,
  });

  /** Runs an operation, or resolves one event of a subscription, with a new budget. */
  async function run(operation: Operation, rootValue?: unknown): Promise<ExecutionResult> {
    const budget = new AnswerBudget(limits);
    const result = await execute({ ...argsOf(operation, budget), rootValue });
    // A mutation has taken effect, so the client receives the rest of its result.
    if (budget.refusal === null || typeOf(operation) === "mutation") return result;
    return { errors: [budget.refusal] };
  }

  /** Converts an error that `execute` throws, for example for variables that are not an object, to a result. */
  async function masked(run: () => PromiseOrValue<ExecutionResult>, operation: Operation): Promise<ExecutionResult> {
    const { requestId } = operation.contextValue;
    try {
      return mask(await run(), requestId);
    } catch (error) {
      return { errors: [publicError(error, requestId, log)] };
    }
  }

  function mask(result: ExecutionResult, requestId: string): ExecutionResult {
    if (result.errors === undefined) return result;
    return { ...result, errors: result.errors.map((error) => publicError(error, requestId, log)) };
  }

  const resolver: EventResolver = {
    resolve: (rootValue, operation) => masked(() => run(operation, rootValue), operation),
    fail(error, operation) {
      const field = rootFieldOf(operation);
      const key = field.alias?.value ?? field.name.value;
      const located = locatedError(error, field, [key]);
      return mask({ data: null, errors: [located] }, operation.contextValue.requestId);
    },
  };

  return {
    async execute(operation) {
      const startedAt = performance.now();
      const result = await masked(() => run(operation), operation);
      metrics.countOperation(typeOf(operation), outcomeOf(result), performance.now() - startedAt);
      return result;
    },
    async subscribe(operation) {
      let source: AsyncIterator<unknown> | undefined;
      const result = await masked(async () => {
        const given = await createSourceEventStream(argsOf(operation, new AnswerBudget(limits)));
        if (!(Symbol.asyncIterator in given)) return given;
        source = given[Symbol.asyncIterator]();
        return {};
      }, operation);
      metrics.countOperation("subscription", outcomeOf(result));
      return source === undefined
        ? new FailedStream(result.errors?.[0])
        : new ResultStream(source, operation, resolver);
    },
  };
}

const typeOf = ({ document, operationName }: Operation) =>
  getOperationAST(document, operationName)?.operation ?? "query";

function outcomeOf(result: ExecutionResult): "ok" | "refused" | "failed" {
  if (result.errors === undefined) return "ok";
  return result.errors.some(({ extensions }) => extensions.code === INTERNAL) ? "failed" : "refused";
}

/** The root field of a subscription, which has exactly one. */
function rootFieldOf({ document, operationName }: Operation): FieldNode {
  const { selectionSet } = getOperationAST(document, operationName) as OperationDefinitionNode;
  let [selection] = selectionSet.selections;
  while (selection?.kind !== Kind.FIELD) {
    const spread = selection;
    const fragment =
      spread?.kind === Kind.FRAGMENT_SPREAD
        ? document.definitions.find(
            (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === spread.name.value,
          )
        : spread;
    [selection] = (fragment as FragmentDefinitionNode | InlineFragmentNode).selectionSet.selections;
  }
  return selection;
}

interface EventResolver {
  resolve(event: unknown, operation: Operation): Promise<ExecutionResult>;
  /** The last result of a source that failed. */
  fail(error: unknown, operation: Operation): ExecutionResult;
}

/**
 * The results of a source's events. This is not a generator, because a generator's `return()` would wait for the next
 * event. All subscriptions share one resolver, because there may be many thousands of them.
 */
class ResultStream implements Results {
  readonly #source: AsyncIterator<unknown>;
  readonly #operation: Operation;
  readonly #resolver: EventResolver;

  constructor(source: AsyncIterator<unknown>, operation: Operation, resolver: EventResolver) {
    this.#source = source;
    this.#operation = operation;
    this.#resolver = resolver;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    let event: IteratorResult<unknown>;
    try {
      event = await this.#source.next();
    } catch (error) {
      // The source has ended, so the next call returns that.
      return { done: false, value: this.#resolver.fail(error, this.#operation) };
    }
    if (event.done) return { done: true, value: undefined };
    return { done: false, value: await this.#resolver.resolve(event.value, this.#operation) };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A subscription that could not start. Its first `next()` fails. */
class FailedStream implements Results {
  #error: unknown;
  constructor(error: unknown) {
    this.#error = error;
  }
  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }
  [Symbol.asyncIterator](): this {
    return this;
  }
}
