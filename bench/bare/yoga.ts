/** The server of graphql-ws in front of Yoga, as in Yoga's documentation, with one subscription. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionArgs } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { createSchema, createYoga } from "graphql-yoga";
import { WebSocketServer } from "ws";
import type { Update } from "../support/client.ts";

type Enveloped = ExecutionArgs & {
  rootValue: { execute(args: ExecutionArgs): unknown; subscribe(args: ExecutionArgs): unknown };
};

/**
 * Serves `approvalRequestUpdated` on a free port and prints the server's address.
 * @param subscribe returns the messages of one wait
 */
export function serve(subscribe: (id: string) => AsyncIterable<Update>): void {
  const yoga = createYoga({
    schema: createSchema({
      typeDefs: `
        type ApprovalRequest { id: ID! version: Int! status: String! }
        type Query { ok: Boolean }
        type Subscription { approvalRequestUpdated(id: ID!): ApprovalRequest! }`,
      resolvers: {
        Subscription: {
          approvalRequestUpdated: {
            subscribe: (_root: unknown, { id }: { id: string }) => subscribe(id),
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
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  process.once("SIGTERM", () => process.exit(0));
}
