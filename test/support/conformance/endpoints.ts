/** The surfaces for webhook endpoints that fail, and what they answer. */

import type { Pool } from "../../../src/db/pool.ts";
import { type Answer, mutate, orCode } from "./acts.ts";
import type { Asker } from "./asker.ts";

export interface EndpointAct {
  covers: string;
  /** Who may, as in `GENERAL`. */
  about: "see webhook endpoints" | "enable webhook endpoints";
  act(asker: Asker, id: string): Promise<Answer>;
}

/** An endpoint that is disabled; returns its id. */
export async function disabledEndpoint(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into approval_webhook_endpoints (url, disabled_at, error_message)
     values ('https://hooks.example.com/' || gen_random_uuid() || '?token=secret', now(), 'hooks.example.com answered 500.')
     returning 'endpoint_' || left(encode(sha256(convert_to(url, 'UTF8')), 'hex'), 32) as id`,
  );
  return rows[0]?.id as string;
}

export const ENDPOINT_ACTS: readonly EndpointAct[] = [
  {
    covers: "Query.webhookEndpoints",
    about: "see webhook endpoints",
    act: (asker, id) =>
      orCode(async () => {
        const { webhookEndpoints } = await asker.graphql("{ webhookEndpoints(first: 100) { edges { node { id } } } }");
        return isAmong(
          webhookEndpoints.edges.map(({ node }: { node: object }) => node),
          id,
        );
      }),
  },
  {
    covers: "GET /api/notifications/endpoints",
    about: "see webhook endpoints",
    async act(asker, id) {
      const { status, body } = await asker.rest("GET", "/notifications/endpoints?first=100");
      return status === 200 ? isAmong(body.items, id) : body.code;
    },
  },
  {
    covers: "Mutation.enableWebhookEndpoint",
    about: "enable webhook endpoints",
    act: (asker, id) => mutate(asker, "enableWebhookEndpoint", { id }),
  },
  {
    covers: "POST /api/notifications/endpoints/{id}/enable",
    about: "enable webhook endpoints",
    async act(asker, id) {
      const { status, body } = await asker.rest("POST", `/notifications/endpoints/${id}/enable`, {});
      return status === 200 ? "done" : body.code;
    },
  },
];

const isAmong = (endpoints: readonly { id?: string }[], id: string): Answer =>
  endpoints.some((endpoint) => endpoint.id === id) ? "done" : "not listed";
