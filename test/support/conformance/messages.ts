/** The surfaces for a viewer's own notifications: those in the app, and the settings of the channels. */

import type { Pool } from "../../../src/db/pool.ts";
import type { Data } from "../graphql/graphql.ts";
import { insertMessage } from "../notifications/in-app-notifications.ts";
import { type Answer, mutate, rest } from "./acts.ts";
import type { Asker, Transport } from "./asker.ts";
import type { PolicyName } from "./cases.ts";
import { policiesOf, type Reading, type Samples } from "./reads.ts";

/** Notifies each of these people of each of these requests; the last notification has its own kind. */
export async function notifyEveryone(pool: Pool, people: readonly string[], { ids, sentinel }: Samples): Promise<void> {
  for (const recipient of new Set(people)) {
    for (const id of Object.values(ids)) await insertMessage(pool, id, recipient);
    await insertMessage(pool, sentinel, recipient, { kind: LAST });
  }
}
const LAST = "ENDPOINT_DISABLED";

const WORDS = "kind subject body actor comment request { id }";

/** The policies whose requests the notifications show; they show nothing of the others. */
function policiesOfMessages(messages: readonly Data[], shown: Samples): PolicyName[] {
  for (const { request, subject, body, actor, comment } of messages) {
    if (request === null && [subject, body, actor, comment].some((part) => part !== null)) {
      throw new Error("a notification shows a request that the viewer may not see");
    }
  }
  return policiesOf(
    messages.flatMap(({ request }) => request?.id ?? []),
    shown,
  );
}

const BEGINNING = Buffer.from(JSON.stringify(["notifications", "0", "00000000-0000-0000-0000-000000000000"])).toString(
  "base64url",
);

export const MESSAGE_READINGS: readonly Reading[] = [
  {
    name: "the requests of notifications",
    right: "see",
    covers: "Query.notifications",
    async ask(asker, shown) {
      const { notifications } = await asker.graphql(`{ notifications(first: 100) { edges { node { ${WORDS} } } } }`);
      return policiesOfMessages(
        notifications.edges.map(({ node }: Data) => node),
        shown,
      );
    },
  },
  {
    name: "the requests of notifications by REST",
    right: "see",
    covers: "GET /api/notifications",
    ask: async (asker, shown) =>
      policiesOfMessages((await asker.rest("GET", "/notifications?first=100")).body.items, shown),
  },
  ...(["WebSocket", "SSE"] as const).map(
    (transport: Transport): Reading => ({
      name: "the requests of notifications, live",
      right: "see",
      covers: `Subscription.notificationReceived over ${transport}`,
      async ask(asker, shown) {
        const query = `subscription ($after: String) { notificationReceived(after: $after) { notification { ${WORDS} } } }`;
        const messages: Data[] = [];
        for await (const { notificationReceived } of asker.follow(transport, query, { after: BEGINNING })) {
          if (notificationReceived.notification !== null) messages.push(notificationReceived.notification);
          if (messages.at(-1)?.kind === LAST) return policiesOfMessages(messages, shown);
        }
        throw new Error("the stream ended before the last message");
      },
    }),
  ),
];

export interface MessageAct {
  covers: string;
  /** Whether it names a message, which has to be the viewer's own. */
  named: boolean;
  act(asker: Asker, id: string): Promise<Answer>;
}

const byRest =
  (method: string, path: string, bodyOf: (id: string) => object = () => ({})): MessageAct["act"] =>
  (asker, id) =>
    rest(asker, method, path, method === "GET" ? undefined : bodyOf(id));
const SOON = "2100-01-01T00:00:00Z";

/** The actions of a viewer on their own notifications and preferences. */
export const MESSAGE_ACTS: readonly MessageAct[] = [
  {
    covers: "Mutation.markNotificationsRead",
    named: true,
    act: (asker, id) => mutate(asker, "markNotificationsRead", { ids: [id] }),
  },
  {
    covers: "POST /api/notifications/read",
    named: true,
    act: byRest("POST", "/notifications/read", (id) => ({ ids: [id] })),
  },
  {
    covers: "Mutation.markAllNotificationsRead",
    named: false,
    act: (asker) => mutate(asker, "markAllNotificationsRead", { before: SOON }),
  },
  {
    covers: "POST /api/notifications/read-all",
    named: false,
    act: byRest("POST", "/notifications/read-all", () => ({ before: SOON })),
  },
  {
    covers: "Mutation.setNotificationPreferences",
    named: false,
    act: (asker) => mutate(asker, "setNotificationPreferences", { mutedChannels: [] }),
  },
  {
    covers: "PUT /api/notifications/preferences",
    named: false,
    act: byRest("PUT", "/notifications/preferences", () => ({ mutedChannels: [] })),
  },
  { covers: "GET /api/notifications/preferences", named: false, act: byRest("GET", "/notifications/preferences") },
];
