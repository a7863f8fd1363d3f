/** A gateway to the approvals of a GraphQL API. All operations of the handler use one socket. */

import { type ClientOptions, createClient } from "../client/client.ts";
import { CancelRequest, CreateRequest } from "../client/documents.ts";
import type { CreateApprovalRequestInput } from "../client/generated/graphql.ts";
import { ownRequests } from "../client/own-requests.ts";
import type { ApprovalRequestInput } from "../model/approvals.ts";
import { parseUrl } from "../model/parse-url.ts";
import { requestUrl } from "../model/request-id.ts";
import { RefusedError } from "./errors.ts";
import type { Gateway } from "./gateway.ts";

const IDEMPOTENT = { idempotent: true } as const;

/** @param options the options of the client: `url`, `token` and timings */
export function clientGateway(options: ClientOptions): Gateway {
  const client = createClient(options);
  const base = baseOf(options.url);
  return {
    async create(input: ApprovalRequestInput, callOptions) {
      const variables = { input: input as CreateApprovalRequestInput };
      const { createApprovalRequest: answer } = await client.request(CreateRequest, variables, {
        ...callOptions,
        ...IDEMPOTENT,
      });
      if (answer.__typename === "CreateApprovalRequestPayload") return answer;
      throw new RefusedError(answer.code, answer.message, "issues" in answer ? answer.issues : undefined);
    },

    wait: (id, afterVersion, signal) => client.waitForRequest(id, { afterVersion, signal }),

    find: (key, callOptions) => ownRequests(client, key, callOptions),

    async cancel(requestId, reason) {
      const variables = { input: { requestId, reason } };
      const { cancelApprovalRequest: answer } = await client.request(CancelRequest, variables, IDEMPOTENT);
      if (answer.__typename === "CancelApprovalRequestPayload") return answer.request;
      throw new RefusedError(answer.code, answer.message);
    },

    urlOf: (id) => (base === null ? null : requestUrl(base, id)),
    close: () => client.close(),
  };
}

/** The address of the server's pages, which are beside `/graphql`. */
function baseOf(url: string | URL): string | null {
  const { protocol, host, pathname } = parseUrl(url) ?? {};
  if (pathname === undefined || !/\/graphql\/?$/.test(pathname)) return null;
  return `${protocol?.replace(/^ws/, "http")}//${host}${pathname.replace(/\/graphql\/?$/, "")}`;
}
