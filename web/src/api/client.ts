/** The GraphQL client: queries and mutations over HTTP, subscriptions over one WebSocket, one cache. */

import { Client, fetchExchange, mapExchange, subscriptionExchange } from "@urql/core";
import type { Client as SocketClient } from "graphql-ws";
import { connectionState } from "../shared/connection-state.ts";
import { fetchInTime } from "../shared/server-clock.ts";
import { addressAt } from "../shared/settings.ts";
import { createCache } from "./cache.ts";
import { refreshExchange } from "./refresh.ts";

const UNAUTHENTICATED = 401;

export const createClient = (socket: SocketClient): Client =>
  new Client({
    url: addressAt("/graphql"),
    preferGetMethod: false,
    fetch: fetchInTime,
    exchanges: [
      refreshExchange,
      mapExchange({
        onError: (error) => {
          const status = (error.response as Response | undefined)?.status;
          if (status === UNAUTHENTICATED) connectionState.set("ended");
        },
      }),
      createCache(),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query: query ?? "", variables: variables ?? {} }, sink as never),
          }),
        }),
      }),
    ],
  });
