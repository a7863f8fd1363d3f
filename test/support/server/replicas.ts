/** Three server processes on one database, one of them behind a network that can be cut, and users of all three. */

import { randomUUID } from "node:crypto";
import { backOff } from "../../../src/client/backoff.ts";
import { type Client, createClient } from "../../../src/client/client.ts";
import { createTestDatabase, type TestDatabase } from "../db/database.ts";
import { isRunning } from "../processes.ts";
import { createTcpProxy, type TcpProxy } from "../tcp-proxy.ts";
import { type ApiProcess, startApi } from "./api-process.ts";
import { tokenFor } from "./server.ts";

export interface Replicas {
  database: TestDatabase;
  /** Between the last replica and the database. */
  proxy: TcpProxy;
  apis: ApiProcess[];
  /** Whether all of them still run. */
  running(): boolean;
  /**
   * Creates a request, waits and decides once, each at a replica of its own; resolves with the outcome that the waiter
   * received.
   */
  round(index: number): Promise<string>;
  /** The slowest answer since the last call, in ms. */
  longest(): number;
  stop(): Promise<void>;
}

const MUTATIONS = {
  create: `mutation ($input: CreateApprovalRequestInput!) { answer: createApprovalRequest(input: $input) {
    ... on CreateApprovalRequestPayload { request { id } } ... on Error { code message } } }`,
  approve: `mutation ($id: ID!) { answer: approveRequest(input: { requestId: $id }) {
    ... on ApproveRequestPayload { request { id } } ... on Error { code message } } }`,
};

export async function startReplicas(): Promise<Replicas> {
  const database = await createTestDatabase();
  const proxy = await createTcpProxy(database.url);
  const apis = await Promise.all(
    [database.url, database.url, proxy.url].map((databaseUrl) => startApi({ databaseUrl })),
  );
  const tokens = { alice: await tokenFor("alice"), bob: await tokenFor("bob"), cleo: await tokenFor("cleo") };
  const clients: Client[] = apis.map(({ url }) =>
    createClient({ url: `${url}/graphql`, token: tokens.alice, backoff: { firstMs: 50, mostMs: 500 } }),
  );
  let longestMs = 0;

  /** Sends it until it is answered, after a failure to the next replica, as behind a load balancer. */
  async function persist(first: number, token: string, query: string, variables: object): Promise<string> {
    const since = performance.now();
    for (let failures = 0; ; failures++) {
      const { url } = apis[(first + failures) % apis.length] as ApiProcess;
      const answer = await post(url, token, query, variables);
      if (answer?.request !== undefined) {
        longestMs = Math.max(longestMs, performance.now() - since);
        return answer.request.id;
      }
      if (answer?.code !== undefined) throw new Error(`${answer.code}: ${answer.message}`);
      await backOff({ firstMs: 20, mostMs: 500 }, failures + 1);
    }
  }

  return {
    database,
    proxy,
    apis,
    running: () => apis.every(({ pid }) => isRunning(pid)),
    async round(index) {
      const key = { workflowId: "replicas", jobId: "gate", executionId: randomUUID() };
      const people = { notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 };
      const id = await persist(index, tokens.alice, MUTATIONS.create, {
        input: { ...key, ...people, title: "Go on?" },
      });
      const waiting = (clients[(index + 1) % 3] as Client).waitForRequest(id);
      await Promise.all([
        persist(index + 1, tokens.bob, MUTATIONS.approve, { id }),
        persist(index + 2, tokens.cleo, MUTATIONS.approve, { id }),
      ]);
      const since = performance.now();
      const { status } = await waiting;
      longestMs = Math.max(longestMs, performance.now() - since);
      return status;
    },
    longest() {
      const longest = longestMs;
      longestMs = 0;
      return longest;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await proxy.close();
      await Promise.all(apis.map((api) => api.end("SIGTERM")));
      await database.drop();
    },
  };
}

interface Answer {
  request?: { id: string };
  code?: string;
  message?: string;
}

/** Undefined if the server did not answer, or failed. */
async function post(url: string, token: string, query: string, variables: object): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    if (response.status >= 500) return void (await response.body?.cancel());
    return ((await response.json()) as { data?: { answer?: Answer } }).data?.answer ?? undefined;
  } catch {
    return undefined;
  }
}
