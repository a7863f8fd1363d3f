/** Webhook endpoints that fail, and enabling one that was disabled. */

import { ForbiddenError, NotFoundError } from "../errors.ts";
import { enableWebhookEndpoint, type ShownEndpoint, webhookEndpoints } from "../resolvers/webhook-endpoints.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType, pageArgs } from "./connections.ts";

const WebhookEndpoint = builder.objectRef<ShownEndpoint>("WebhookEndpoint").implement({
  description:
    "An address of webhooks, the configured one or a request's callback, that fails. One that works is not listed.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Names the endpoint; it tells nothing of the address." }),
    url: t.exposeString("url", { description: "Its address without user, query and fragment." }),
    failingSince: t.expose("failingSince", {
      type: "DateTime",
      nullable: true,
      description: "Its first failure since it worked; null where it was enabled again and has not failed since.",
    }),
    disabledAt: t.expose("disabledAt", {
      type: "DateTime",
      nullable: true,
      description: "Since when nothing is sent to it, after three days of failure; null while it is still tried.",
    }),
    errorMessage: t.exposeString("errorMessage", {
      nullable: true,
      description: "How it failed last; null where it was enabled again and has not failed since.",
    }),
  }),
});

const WebhookEndpointEdge = edgeType("WebhookEndpointEdge", "An endpoint in a list.", WebhookEndpoint);

const WebhookEndpointConnection = connectionType<ShownEndpoint>(
  "WebhookEndpointConnection",
  "A page of endpoints.",
  "endpoints",
  WebhookEndpointEdge,
);

builder.queryField("webhookEndpoints", (t) =>
  t.field({
    type: WebhookEndpointConnection,
    description:
      "The webhook endpoints that fail, those that began last first; for those who see everything. What failed at one " +
      "that was disabled can be sent again once it is enabled.",
    args: {
      ...pageArgs(),
      disabled: t.arg.boolean({ description: "Only those that are disabled, or only those that are not." }),
    },
    resolve: (_root, args, context) => webhookEndpoints(args, context),
  }),
);

const EnableWebhookEndpointInput = builder.inputType("EnableWebhookEndpointInput", {
  description: "Which endpoint is enabled again.",
  fields: (t) => ({ id: t.id({ required: true, description: "The endpoint." }) }),
});

const EnableWebhookEndpointPayload = builder
  .objectRef<{ endpoint: ShownEndpoint }>("EnableWebhookEndpointPayload")
  .implement({
    description: "The endpoint after it was enabled.",
    fields: (t) => ({ endpoint: t.expose("endpoint", { type: WebhookEndpoint, description: "The endpoint." }) }),
  });

builder.mutationField("enableWebhookEndpoint", (t) =>
  t.field({
    type: EnableWebhookEndpointPayload,
    description:
      "Lets messages go to a disabled endpoint again, with three days to prove itself from its next failure on; one " +
      "that is not disabled stays as it is. For admins.",
    args: { input: t.arg({ type: EnableWebhookEndpointInput, required: true, description: "The endpoint." }) },
    errors: {
      types: [ForbiddenError, NotFoundError],
      union: { name: "EnableWebhookEndpointResult", description: "The endpoint, or why it was not enabled." },
    },
    resolve: (_root, { input }, context) => enableWebhookEndpoint(input, context),
  }),
);
