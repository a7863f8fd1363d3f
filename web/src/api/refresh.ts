/** Reads all active queries again after a reconnection, because the page missed the updates in the meantime. */

import { type Exchange, makeOperation, type Operation } from "@urql/core";
import { pipe, tap } from "wonka";
import { reconnections } from "../shared/connection-state.ts";

export const refreshExchange: Exchange = ({ forward, client }) => {
  const active = new Map<number, Operation>();
  reconnections.subscribe(() => {
    for (const operation of active.values()) {
      const context = { ...operation.context, requestPolicy: "cache-and-network" as const };
      client.reexecuteOperation(makeOperation("query", operation, context));
    }
  });
  return (operations) =>
    pipe(
      operations,
      tap((operation) => {
        if (operation.kind === "query") active.set(operation.key, operation);
        else if (operation.kind === "teardown") active.delete(operation.key);
      }),
      forward,
    );
};
