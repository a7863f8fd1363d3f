/**
 * The baseline of a waiter's memory: the server of graphql-ws in front of Yoga, as in Yoga's documentation, and a
 * subscription to Yoga's pub/sub. When it receives "publish", it sends one event to every subscriber.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionArgs } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { WebSocketServer } from "ws";

type Enveloped = ExecutionArgs & {
  rootValue: { execute(args: ExecutionArgs): unknown; subscribe(args: ExecutionArgs): unknown };
};

const events = createPubSub<Record<string, [event: { id: string; version: number; status: string }]>>();
const ids = new Set<string>();

const yoga = createYoga({
  schema: createSchema({
    typeDefs: `
      type ApprovalRequest { id: ID! version: Int! status: String! }
      type Query { ok: Boolean }
      type Subscription { approvalRequestUpdated(id: ID!): ApprovalRequest! }`,
    resolvers: {
      Subscription: {
        approvalRequestUpdated: {
          subscribe(_root: unknown, { id }: { id: string }) {
            ids.add(id);
            return events.subscribe(id);
          },
          resolve: (event: unknown) => event,
        },
      },
    },
  }),
});

const server = createServer(yoga);
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
useServer(
  {
    execute: (args) => (args as Enveloped).rootValue.execute(args) as never,
    subscribe: (args) => (args as Enveloped).rootValue.subscribe(args) as never,
    onSubscribe: async (context, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    },
  },
  sockets,
);

process.on("message", (asked) => {
  if (asked === "count") process.send?.(ids.size);
  if (asked !== "publish") return;
  for (const id of ids) events.publish(id, { id, version: 1, status: "PENDING" });
  process.send?.("published");
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => process.exit(0));
