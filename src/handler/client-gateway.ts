/** A gateway to the approvals of a GraphQL API. All operations of the handler use one socket. */

import { type ClientOptions, createClient } from "../client/client.ts";
import { CancelRequest, CreateRequest } from "../client/documents.ts";
import type { CreateApprovalRequestInput } from "../client/generated/graphql.ts";
import { ownRequests } from "../client/own-requests.ts";
import type { ApprovalRequestInput } from "../model/approvals.ts";
import { RefusedError } from "./errors.ts";
import type { Gateway } from "./gateway.ts";

const IDEMPOTENT = { idempotent: true } as const;

/** @param options the options of the client: `url`, `token` and timings */
export function clientGateway(options: ClientOptions): Gateway {
  const client = createClient(options);
  return {
    async create(input: ApprovalRequestInput, signal) {
      const variables = { input: input as CreateApprovalRequestInput };
      // A job waits for people for days, so it also waits for a server that is not available.
      const patient = { ...IDEMPOTENT, signal, timeoutMs: null };
      const { createApprovalRequest: answer } = await client.request(CreateRequest, variables, patient);
      if (answer.__typename === "CreateApprovalRequestPayload") return answer;
      throw new RefusedError(answer.code, answer.message, "issues" in answer ? answer.issues : undefined);
    },

    wait: (id, afterVersion, signal) => client.waitForRequest(id, { afterVersion, signal }),

    find: (key, options) => ownRequests(client, key, options),

    async cancel(requestId, reason) {
      const variables = { input: { requestId, reason } };
      const { cancelApprovalRequest: answer } = await client.request(CancelRequest, variables, IDEMPOTENT);
      if (answer.__typename === "CancelApprovalRequestPayload") return answer.request;
      throw new RefusedError(answer.code, answer.message);
    },

    close: () => client.close(),
  };
}
