/** The whole application over real HTTP, with tokens of its own and a database of its own. */

import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { type Client, createClient } from "graphql-ws";
import { SignJWT } from "jose";
import { pino } from "pino";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { loadConfig } from "../../../src/config/config.ts";
import { errorFields } from "../../../src/log.ts";
import { type App, buildApp, type Started, type Tuning } from "../../../src/server/app.ts";
import { createTestDatabase, setDefaults, type TestDatabase } from "../db/database.ts";
import type { Data } from "../graphql/graphql.ts";

export const SECRET = randomBytes(32).toString("hex");

export interface TokenOptions {
  roles?: unknown;
  scope?: unknown;
  /** Seconds from now; null omits it. Default: 3,600. */
  expiresIn?: number | null;
  claims?: Record<string, unknown>;
  secret?: string;
}

/** A token as an identity provider would sign it. */
export function tokenFor(userId: string, options: TokenOptions = {}): Promise<string> {
  const { roles, scope, expiresIn = 3_600, claims = {}, secret = SECRET } = options;
  const token = new SignJWT({ sub: userId, roles, scope, ...claims }).setProtectedHeader({ alg: "HS256" });
  if (expiresIn !== null) token.setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn);
  return token.sign(new TextEncoder().encode(secret));
}

export interface TestServer extends Started {
  app: App;
  database: TestDatabase;
  /** Everything that was logged, as JSON lines. */
  log(): string;
  /** POSTs an operation with Bearer authentication unless `init` has another header. */
  post(body: unknown, token?: string | null, headers?: Record<string, string>): Promise<Response>;
  /** The data of an operation; fails if there are errors. */
  data(token: string, query: string, variables?: object): Promise<Data>;
  /** Creates a request for bob; returns its id. */
  ask(token: string, more?: object): Promise<string>;
  connect(token: string | null, options?: Partial<Parameters<typeof createClient>[0]>): Client;
  /** A WebSocket without a client library, for messages that no library sends. */
  socket(headers?: Record<string, string>): WebSocket;
  subscribers(): number;
  stop(): Promise<void>;
}

/**
 * @param env overrides of the environment
 * @param options `defaults`: settings that sessions of its database start with; `pooled`: as behind a transaction pooler;
 *   the rest is what would take too long for a test
 */
export async function startServer(
  env: Record<string, string> = {},
  { defaults = {}, pooled = false, ...tuning }: Tuning & { defaults?: Record<string, string>; pooled?: boolean } = {},
): Promise<TestServer> {
  const database = await createTestDatabase();
  await setDefaults(database, defaults);
  let logged = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const config = loadConfig({
    PORT: "0",
    DATABASE_URL: database.url,
    // A different address for LISTEN means that the first one leads through a pooler.
    ...(pooled && { DATABASE_LISTEN_URL: `${database.url}?application_name=direct` }),
    AUTH_JWT_SECRET: SECRET,
    GRAPHIQL: "true",
    ...env,
  });
  const app = buildApp(config, pino({ level: "trace", serializers: { err: errorFields } }, sink), undefined, tuning);
  const started = await app.start().catch(async (error) => {
    await app.stop();
    await database.drop();
    throw error;
  });
  const { url } = started;

  const post: TestServer["post"] = (body, token = null, headers = {}) =>
    fetch(`${url}/graphql`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(token !== null && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const data: TestServer["data"] = async (token, query, variables) => {
    const result = (await (await post({ query, variables }, token)).json()) as Data;
    expect(result.errors).toBeUndefined();
    return result.data;
  };

  return {
    ...started,
    app,
    database,
    log: () => logged,
    post,
    data,
    async ask(token, more = {}) {
      const input = {
        workflowId: "release",
        jobId: "approval",
        executionId: randomBytes(8).toString("hex"),
        title: "Deploy?",
        notifyUsers: ["bob"],
        ...more,
      };
      const { createApprovalRequest } = await data(token, CREATE, { input });
      return createApprovalRequest.request.id;
    },
    connect: (token, options = {}) =>
      createClient({
        url: `${url.replace("http", "ws")}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        lazy: true,
        ...(token !== null && { connectionParams: { Authorization: `Bearer ${token}` } }),
        ...options,
      }),
    socket: (headers = {}) =>
      new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws", { headers }),
    subscribers: () => app.services.hub.stats().subscribers,
    async stop() {
      await app.stop();
      await database.drop();
      expectNothingPrivate(logged, [config.auth.jwtSecret ?? SECRET, config.oidc?.clientSecret ?? SECRET]);
    },
  };
}

const TOKEN = /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/;

/** After every test, the log of the server contains no token and none of these secrets. */
function expectNothingPrivate(log: string, secrets: readonly string[]): void {
  const lines = log.split("\n").filter((line) => TOKEN.test(line) || secrets.some((secret) => line.includes(secret)));
  expect(lines, "the log holds a token or a secret").toEqual([]);
}

const CREATE = `mutation ($input: CreateApprovalRequestInput!) {
  createApprovalRequest(input: $input) { ... on CreateApprovalRequestPayload { request { id } } }
}`;

export const APPROVE = `mutation ($id: ID!) {
  approveRequest(input: { requestId: $id }) { __typename }
}`;

export const UPDATES = `subscription ($id: ID!) { approvalRequestUpdated(id: $id) { id version status } }`;

/** Resolves with the code and reason with which the other side closed. */
export const closeOf = (socket: WebSocket): Promise<{ code: number; reason: string }> =>
  new Promise((resolve) => socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })));
