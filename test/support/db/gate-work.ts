/** Runs the usual work of an approval gate on a given server, for databases that differ from ours. */

import { randomBytes } from "node:crypto";
import { createClient } from "graphql-ws";
import { expect } from "vitest";
import { WebSocket } from "ws";
import type { Data } from "../graphql/graphql.ts";
import { tokenFor } from "../server/server.ts";

const CREATE = `mutation ($input: CreateApprovalRequestInput!) { createApprovalRequest(input: $input) {
  ... on CreateApprovalRequestPayload { request { id } } } }`;

const APPROVE = `mutation ($input: ApproveRequestInput!) { approveRequest(input: $input) { __typename } }`;

/** Sends operations on behalf of people. */
function gateAt(url: string) {
  async function send(name: string, query: string, variables: object = {}): Promise<Data> {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${await tokenFor(name)}` };
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as Data;
    expect(answer.errors).toBeUndefined();
    return answer.data;
  }
  return {
    send,
    /** A request of ann's, which bob and cleo may decide. @returns its id */
    async ask(more: object = {}): Promise<string> {
      const key = { workflowId: "release", jobId: "approval", executionId: crypto.randomUUID() };
      const input = { ...key, title: "Deploy?", notifyUsers: ["bob", "cleo"], ...more };
      return (await send("ann", CREATE, { input })).createApprovalRequest.request.id;
    },
    approve: async (name: string, requestId: string): Promise<string> =>
      (await send(name, APPROVE, { input: { requestId } })).approveRequest.__typename,
  };
}

/** One request is approved while someone waits for it, another expires, and both are listed. */
export async function expectWork(url: string): Promise<void> {
  const { send, ask, approve } = gateAt(url);
  const word = randomBytes(8).toString("hex");
  const title = `Deploy ${word}?`;
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${await tokenFor("ann")}` },
  });
  /** The last state that the waiter receives. */
  const follow = async (id: string, first = async (): Promise<unknown> => undefined) => {
    const query = `subscription { approvalRequestUpdated(id: "${id}") { status createdAt } }`;
    let last: unknown;
    for await (const { data: seen } of client.iterate<{ approvalRequestUpdated: object }>({ query })) {
      if (last === undefined) await first();
      last = seen?.approvalRequestUpdated;
    }
    return last;
  };
  try {
    const [approved, late] = [await ask({ title }), await ask({ title, timeoutMs: 50, timeoutAction: "REJECT" })];
    const createdAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(await follow(late)).toEqual({ status: "TIMEOUT", createdAt });
    expect(await follow(approved, () => approve("bob", approved))).toEqual({ status: "APPROVED", createdAt });
  } finally {
    await client.dispose();
  }
  const found = await send(
    "ann",
    `{ approvalRequests(filter: { search: "${word}" }) { edges { node { auditLog { edges { node { createdAt } } } } } }
       approvalStatistics { total } }`,
  );
  expect(found.approvalRequests.edges).toHaveLength(2);
  expect(found.approvalStatistics.total).toBeGreaterThanOrEqual(2);
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, expect.objectContaining({ database: "ok" })]);
}

/** 48 requests, each approved by two people at the same moment: one of them decides each. */
export async function expectApprovalsTogether(url: string): Promise<void> {
  const { send, ask, approve } = gateAt(url);
  const ids = await Promise.all(Array.from({ length: 48 }, () => ask()));
  const answers = await Promise.all(ids.map((id) => Promise.all([approve("bob", id), approve("cleo", id)])));
  for (const both of answers) expect(both).toContain("ApproveRequestPayload");
  const query = "{ approvalRequests(first: 100, filter: { statuses: [APPROVED] }) { edges { node { id } } } }";
  const { edges } = (await send("ann", query)).approvalRequests;
  expect(edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(expect.arrayContaining(ids));
}
