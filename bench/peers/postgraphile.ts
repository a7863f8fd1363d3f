/**
 * PostGraphile 5 with a subscription to the changes of one request, as in its documentation: LISTEN for a topic of the
 * request, through PostGraphile's own `pgSubscriber`. Unlike there, the payload has the fields that the waiters ask for:
 * a read of the row for each event would take several times as long. It checks no rights.
 *
 * Answers `live` with the number of topics that it listens to.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { postgraphile } from "postgraphile";
import { jsonParse } from "postgraphile/@dataplan/json";
import { makePgService } from "postgraphile/adaptors/pg";
import { context, lambda, listen } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema } from "postgraphile/utils";

const subscription = extendSchema(() => ({
  typeDefs: `
    extend type Subscription { approvalRequestUpdated(id: ID!): ApprovalRequestUpdate! }
    type ApprovalRequestUpdate { id: ID! version: Int! status: String! }`,
  objects: {
    Subscription: {
      plans: {
        approvalRequestUpdated: {
          subscribePlan(_$root, { $id }) {
            const $topic = lambda($id, (id) => `approval_request:${id}`);
            return listen(context().get("pgSubscriber"), $topic, jsonParse);
          },
          plan: ($event) => $event,
        },
      },
    },
  },
}));

const pgService = makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["peers"], pubsub: true });
const server = createServer();
const serv = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [subscription],
  pgServices: [pgService],
  grafserv: { websockets: true, graphqlPath: "/graphql" },
}).createServ(grafserv);
await serv.addTo(server);
await serv.ready();

process.on("message", (asked) => {
  if (asked !== "live") return;
  // No public API reports when LISTEN was executed.
  process.send?.((Reflect.get(pgService.pgSubscriber as object, "subscribedTopics") as Set<string>).size);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => process.exit(0));
