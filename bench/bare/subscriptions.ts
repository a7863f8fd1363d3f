/**
 * The baseline of a waiter's memory: Yoga and graphql-ws with a subscription to Yoga's pub/sub. When the process receives
 * "publish", it sends one event to every subscriber.
 */

import { createPubSub } from "graphql-yoga";
import type { Update } from "../support/client.ts";
import { serve } from "./yoga.ts";

const events = createPubSub<Record<string, [event: Update]>>();
const ids = new Set<string>();

process.on("message", (asked) => {
  if (asked === "count") process.send?.(ids.size);
  if (asked !== "publish") return;
  for (const id of ids) events.publish(id, { id, version: 1, status: "PENDING" });
  process.send?.("published");
});
serve((id) => {
  ids.add(id);
  return events.subscribe(id);
});
