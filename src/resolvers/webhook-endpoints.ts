/** Failing webhook endpoints. Viewers who see everything see them; admins can enable one again. */

import { enableEndpoint, isEndpointId, listEndpoints, type WebhookEndpoint } from "../db/queries/webhook-endpoints.ts";
import { isAdmin, SCOPES, seesEverything } from "../model/approvals.ts";
import { displayUrl } from "../model/display-url.ts";
import { ForbiddenError, NotFoundError } from "../model/errors.ts";
import type { Context } from "./context.ts";
import { decodeRequest, ENDPOINTS, encodeRequest } from "./cursors.ts";
import { forbidden } from "./errors.ts";
import { type Connection, connectionOf, type PageArgs, pageSize } from "./paging.ts";

/** An endpoint, for the schema. */
export interface EndpointView extends Omit<WebhookEndpoint, "failingSince"> {
  failingSince: Date | null;
}

const toEndpointView = (endpoint: WebhookEndpoint): EndpointView => ({
  ...endpoint,
  url: displayUrl(endpoint.url),
  // Until it fails again, the row only has the time when it was enabled.
  failingSince: endpoint.errorMessage === null ? null : endpoint.failingSince,
});

/** A page of the failing endpoints. */
export async function webhookEndpoints(
  args: PageArgs & { disabled?: boolean | null },
  { services, caller }: Context,
): Promise<Connection<EndpointView>> {
  if (!seesEverything(caller.viewer)) {
    throw forbidden(`To see webhook endpoints, a token needs the scope ${SCOPES.read} or ${SCOPES.admin}.`);
  }
  const first = pageSize(args.first);
  const after = decodeRequest(ENDPOINTS, args.after, isEndpointId);
  const page = await listEndpoints(services.pool, args.disabled ?? null, after, first);
  const { edges, pageInfo } = connectionOf(page, args, ({ failingSince, id }) =>
    encodeRequest(ENDPOINTS, { at: failingSince, id }),
  );
  return { edges: edges.map(({ cursor, node }) => ({ cursor, node: toEndpointView(node) })), pageInfo };
}

/** Enables an endpoint again. */
export async function enableWebhookEndpoint(
  { id }: { id: string },
  { services, caller }: Context,
): Promise<{ endpoint: EndpointView }> {
  if (!isAdmin(caller.viewer)) {
    throw new ForbiddenError(`To enable a webhook endpoint, a token needs the scope ${SCOPES.admin}.`);
  }
  const endpoint = isEndpointId(id) ? await enableEndpoint(services.pool, id) : undefined;
  if (endpoint === undefined) throw new NotFoundError("webhook endpoint");
  return { endpoint: toEndpointView(endpoint) };
}
