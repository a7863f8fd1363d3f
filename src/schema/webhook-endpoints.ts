/** Failing webhook endpoints, and the mutation that enables one again. */

import { ForbiddenError, NotFoundError } from "../model/errors.ts";
import { type EndpointView, enableWebhookEndpoint, webhookEndpoints } from "../resolvers/webhook-endpoints.ts";
import { builder } from "./builder.ts";
import { connectionType, edgeType, pageArgs } from "./connections.ts";

const WebhookEndpoint = builder.objectRef<EndpointView>("WebhookEndpoint").implement({
  description:
    "A webhook endpoint that fails: the configured one or the callback of a request. Endpoints that work " +
    "are not listed.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "The id of the endpoint. It does not reveal the URL." }),
    url: t.exposeString("url", { description: "The URL without user, query and fragment." }),
    failingSince: t.expose("failingSince", {
      type: "DateTime",
      nullable: true,
      description: "When it first failed after its last success; null if it has not failed since it was enabled again.",
    }),
    disabledAt: t.expose("disabledAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was disabled, after three days of failures; null while it is enabled.",
    }),
    errorMessage: t.exposeString("errorMessage", {
      nullable: true,
      description: "The error of the last failure; null if it has not failed since it was enabled again.",
    }),
  }),
});

const WebhookEndpointEdge = edgeType("WebhookEndpointEdge", "A webhook endpoint in a list.", WebhookEndpoint);

const WebhookEndpointConnection = connectionType<EndpointView>(
  "WebhookEndpointConnection",
  "A page of webhook endpoints.",
  "endpoints",
  WebhookEndpointEdge,
);

builder.queryField("webhookEndpoints", (t) =>
  t.field({
    type: WebhookEndpointConnection,
    description:
      "The webhook endpoints that fail, most recent first failure first. For viewers who may see all " +
      "requests. Notifications that failed at a disabled endpoint can be resent once it is enabled.",
    args: {
      ...pageArgs(),
      disabled: t.arg.boolean({ description: "Only disabled endpoints, or only enabled ones." }),
    },
    resolve: (_root, args, context) => webhookEndpoints(args, context),
  }),
);

const EnableWebhookEndpointInput = builder.inputType("EnableWebhookEndpointInput", {
  description: "The endpoint to enable.",
  fields: (t) => ({ id: t.id({ required: true, description: "The endpoint." }) }),
});

const EnableWebhookEndpointPayload = builder
  .objectRef<{ endpoint: EndpointView }>("EnableWebhookEndpointPayload")
  .implement({
    description: "The endpoint after it was enabled.",
    fields: (t) => ({ endpoint: t.expose("endpoint", { type: WebhookEndpoint, description: "The endpoint." }) }),
  });

builder.mutationField("enableWebhookEndpoint", (t) =>
  t.field({
    type: EnableWebhookEndpointPayload,
    description:
      "Enables a disabled webhook endpoint. It is disabled again after three days of failures. An endpoint " +
      "that is not disabled is returned unchanged. For admins.",
    args: { input: t.arg({ type: EnableWebhookEndpointInput, required: true, description: "The endpoint." }) },
    errors: {
      types: [ForbiddenError, NotFoundError],
      union: { name: "EnableWebhookEndpointResult", description: "The endpoint, or the error." },
    },
    resolve: (_root, { input }, context) => enableWebhookEndpoint(input, context),
  }),
);
