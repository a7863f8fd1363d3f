/** The surfaces for operators of delivery: all notifications, and the webhook endpoints that fail. */

import type { Pool } from "../../../src/db/pool.ts";
import type { Data } from "../graphql/graphql.ts";
import { type Answer, mutate, orCode, rest } from "./acts.ts";
import type { Asker } from "./asker.ts";

export interface DeliveryAct {
  covers: string;
  /** The right, as in `GENERAL`. */
  about: string;
  act(asker: Asker, id: string): Promise<Answer>;
}

const isAmong = (listed: readonly Data[], id: string): Answer =>
  listed.some((one) => one.id === id) ? "done" : "not listed";

/** A list on both surfaces; its answer is "done" if the list has the expected row. */
const listing = (about: string, query: string, path: string): DeliveryAct[] => [
  {
    covers: `Query.${query}`,
    about,
    act: (asker, id) =>
      orCode(async () => {
        const { answer } = await asker.graphql(`{ answer: ${query}(first: 100) { edges { node { id } } } }`);
        const nodes = answer.edges.map(({ node }: Data) => node);
        return isAmong(nodes, id);
      }),
  },
  {
    covers: `GET /api${path}`,
    about,
    async act(asker, id) {
      const { status, body } = await asker.rest("GET", `${path}?first=100`);
      return status === 200 ? isAmong(body.items, id) : body.code;
    },
  },
];

/** Something that is done to one of them, on both surfaces. @param named what the input calls its id */
const doing = (about: string, mutation: string, named: string, path: string, verb: string): DeliveryAct[] => [
  { covers: `Mutation.${mutation}`, about, act: (asker, id) => mutate(asker, mutation, { [named]: id }) },
  {
    covers: `POST /api${path}/{id}/${verb}`,
    about,
    act: (asker, id) => rest(asker, "POST", `${path}/${id}/${verb}`, {}),
  },
];

const MESSAGES = "/notifications/deliveries";
export const DELIVERY_ACTS: readonly DeliveryAct[] = [
  ...listing("see everyone's messages", "notificationDeliveries", MESSAGES),
  ...doing("send messages again", "resendNotification", "notificationId", MESSAGES, "resend"),
];

const ENDPOINTS = "/notifications/endpoints";
export const ENDPOINT_ACTS: readonly DeliveryAct[] = [
  ...listing("see webhook endpoints", "webhookEndpoints", ENDPOINTS),
  ...doing("enable webhook endpoints", "enableWebhookEndpoint", "id", ENDPOINTS, "enable"),
];

/** An endpoint that is disabled; returns its id. */
export async function disabledEndpoint(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into approval_webhook_endpoints (url, disabled_at, error_message)
     values ('https://hooks.example.com/' || gen_random_uuid() || '?token=secret', now(), 'hooks.example.com responded with 500.')
     returning 'endpoint_' || left(encode(sha256(convert_to(url, 'UTF8')), 'hex'), 32) as id`,
  );
  return rows[0]?.id as string;
}
