/** Waits over WebSocket and decisions over HTTP that continue while the server is stopped and started. */

import { createClient as createProtocol } from "graphql-ws";
import { WebSocket } from "ws";
import { backOff } from "../../../src/client/backoff.ts";
import type { Client } from "../../../src/client/client.ts";
import type { Data } from "../graphql/graphql.ts";

export interface Outcome {
  version: number;
  status: string;
}

/** One wait: every state that it received, over all connections, and its outcome. */
export interface Wait {
  id: string;
  sent: Outcome[];
  done: Promise<unknown>;
}

/** Waits as our own client does, all of them over one socket. */
export function waitWithClient(client: Client, id: string): Wait {
  const sent: Outcome[] = [];
  return { id, sent, done: client.waitForRequest(id, { onUpdate: (request) => sent.push(request) }) };
}

// A subscription of the contract, the decisions of a request included.
const UPDATED = `subscription ($id: ID!, $afterVersion: Int) {
  approvalRequestUpdated(id: $id, afterVersion: $afterVersion) { id version status isOpen decisions { approver } }
}`;

/** Waits as a program that follows only the contract: graphql-ws with endless retries. */
export function waitWithProtocol(
  url: string,
  token: string,
  ids: readonly string[],
): { waits: Wait[]; end(): unknown } {
  const client = createProtocol({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    keepAlive: 5_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (failures) => backOff({ firstMs: 50, mostMs: 500 }, failures + 1),
  });
  const waits = ids.map((id): Wait => {
    const sent: Outcome[] = [];
    const once = () =>
      new Promise<boolean>((resolve, reject) => {
        let failed = false;
        const variables = () => ({ id, afterVersion: sent.at(-1)?.version ?? null });
        const payload = {
          query: UPDATED,
          // Read each time the message is sent.
          get variables() {
            return variables();
          },
        };
        client.subscribe<Data>(payload, {
          next: ({ data, errors }) => {
            if (errors) failed = true;
            else sent.push(data.approvalRequestUpdated);
          },
          error: (error) => (Array.isArray(error) ? resolve(false) : reject(error)),
          complete: () => resolve(!failed),
        });
      });
    const untilComplete = async () => {
      for (let failures = 1; !(await once()); failures++) await backOff({ firstMs: 50, mostMs: 500 }, failures);
    };
    return { id, sent, done: untilComplete() };
  });
  return { waits, end: () => client.dispose() };
}

const DECIDE = {
  approve: `mutation ($id: ID!) { answer: approveRequest(input: { requestId: $id }) {
    __typename ... on ApproveRequestPayload { request { version status } } ... on Error { code } } }`,
  reject: `mutation ($id: ID!) { answer: rejectRequest(input: { requestId: $id }) {
    __typename ... on RejectRequestPayload { request { version status } } ... on Error { code } } }`,
};

/** Decides over HTTP, and repeats until there is an answer; a repeated decision returns the request as it is. */
export async function decide(url: string, token: string, id: string, decision: keyof typeof DECIDE): Promise<Outcome> {
  for (let failures = 1; ; failures++) {
    const answer = await post(url, token, DECIDE[decision], { id }).catch(() => undefined);
    if (answer?.data?.answer?.request) return answer.data.answer.request;
    if (answer?.data?.answer) throw new Error(`${decision} ${id}: ${JSON.stringify(answer.data)}`);
    await backOff({ firstMs: 20, mostMs: 500 }, failures);
  }
}

/** The result of an operation; undefined if the server answered with a failure of its own. */
async function post(url: string, token: string, query: string, variables: object): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.ok ? response.json() : undefined;
}
