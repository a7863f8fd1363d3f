/** Checks the limits of an operation before it runs, on every transport. */

import { type DocumentNode, type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from "graphql";
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import type { Limits } from "../../config/limits.ts";
import { createCost } from "../limits/cost.ts";
import { LimitError, RateLimitError } from "../limits/limit-error.ts";
import { shapesOf } from "../limits/shape.ts";
import { createVariablesCheck } from "../limits/variables.ts";
import type { Operation } from "./engine.ts";

export interface Admission {
  /** Counts an operation of a user before the operation is read. @throws RateLimitError */
  count(userId: string): Promise<void>;
  /** Checks an operation with a valid document. @throws LimitError, RateLimitError, or HttpError for variables */
  admit(operation: Operation): Promise<void>;
}

type Rate = "operationsPerMinute" | "writesPerMinute";
const MINUTE_SECONDS = 60;

export function createAdmission(schema: GraphQLSchema, limits: Limits): Admission {
  const costOf = createCost(schema, limits.cost);
  const operations = createRate(
    "operationsPerMinute",
    "This user has sent too many operations within a minute",
    limits,
  );
  const writes = createRate("writesPerMinute", "This user has sent too many mutations within a minute", limits);
  const checkVariables = createVariablesCheck(schema);
  const widths = new WeakMap<OperationDefinitionNode, number>();

  function widthOf(document: DocumentNode, operation: OperationDefinitionNode): number {
    let width = widths.get(operation);
    if (width === undefined) {
      width = shapesOf(document).get(operation)?.width ?? 1;
      widths.set(operation, width);
    }
    return width;
  }

  return {
    count: (userId) => operations(userId, 1),
    async admit({ document, operationName, variableValues, contextValue }) {
      const operation = getOperationAST(document, operationName);
      // Nothing runs then: the execution returns the error.
      if (operation == null) return;
      checkVariables(operation, variableValues);
      const cost = costOf(document, operation, variableValues);
      if (cost === null || cost > limits.cost) {
        throw new LimitError("cost", "The operation's response may have too many fields", cost, limits.cost);
      }
      if (operation.operation !== "mutation") return;
      await writes(contextValue.caller.viewer.userId, widthOf(document, operation));
    },
  };
}

function createRate(name: Rate, what: string, limits: Limits): (userId: string, count: number) => Promise<void> {
  const most = limits[name];
  if (most === 0) return async () => {};
  const limiter = new RateLimiterMemory({ points: most, duration: MINUTE_SECONDS });
  return async (userId, count) => {
    try {
      await limiter.consume(userId, count);
    } catch (refused) {
      const { consumedPoints, msBeforeNext } = refused as RateLimiterRes;
      throw new RateLimitError(name, what, consumedPoints, most, Math.max(1, Math.ceil(msBeforeNext / 1_000)));
    }
  };
}
