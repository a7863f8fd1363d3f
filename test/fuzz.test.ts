/**
 * Sends random operations and requests, valid or almost valid, to the server in a process of its own. The server
 * answers every one of them, returns only known error codes, logs no error and stays alive. `FUZZ_RUNS` sets the number
 * of runs, and `FUZZ_SEED` (printed) repeats a sequence.
 */

import { randomInt, randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { schema } from "../src/schema/index.ts";
import { createTestDatabase, type TestDatabase } from "./support/db/database.ts";
import { type Operation, operationsOn } from "./support/fuzz/operations.ts";
import { requestsTo } from "./support/fuzz/requests.ts";
import { type Known, seldom } from "./support/fuzz/values.ts";
import type { Data } from "./support/graphql/graphql.ts";
import { type Started, startScript } from "./support/processes.ts";
import { inputOf } from "./support/rest/rest.ts";
import { SECRET, tokenFor } from "./support/server/server.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 0);
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
const SETTINGS = {
  seed: SEED,
  numRuns: RUNS || 400,
  // The short form ends after some seconds, however slow the machine is.
  ...(RUNS === 0 && { interruptAfterTimeLimit: 6_000 }),
};
const TIMEOUT_MS = Math.max(90_000, RUNS * 1_000);

let database: TestDatabase;
let server: Started;
let url: string;
let known: Known;
let tokens: string[];
/** The error lines of the server's log. */
const logged: string[] = [];

beforeAll(async () => {
  console.log(`fuzzing with FUZZ_SEED=${SEED}`);
  database = await createTestDatabase();
  server = startScript("src/main.ts", [], {
    DATABASE_URL: database.url,
    PORT: "0",
    AUTH_JWT_SECRET: SECRET,
    LOG_LEVEL: "error",
    LIMIT_OPERATIONS_PER_MINUTE: "0",
    LIMIT_WRITES_PER_MINUTE: "0",
  });
  url = JSON.parse(await server.line()).url;
  void (async () => {
    for (;;) logged.push(await server.line());
  })().catch(() => {});
  tokens = await Promise.all([
    tokenFor("ann"),
    tokenFor("bob", { roles: ["ops"] }),
    tokenFor("ann", { scope: "approvals:request" }),
    tokenFor("adam", { scope: "approvals:admin" }),
  ]);
  known = await someOfEverything();
});
afterAll(async () => {
  await server?.end("SIGTERM");
  await database?.drop();
});

const viewers = fc.nat({ max: 3 });
const header = (viewer: number) => ({ Authorization: `Bearer ${tokens[viewer]}` });

async function ask(query: string, variables: object = {}, viewer = 3): Promise<Data> {
  const headers = { "Content-Type": "application/json", ...header(viewer) };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Data;
  expect(errors).toBeUndefined();
  return data;
}

async function someOfEverything(): Promise<Known> {
  const ids: string[] = [];
  const digests: string[] = ["0".repeat(64)];
  for (const more of [
    {},
    { notifyUsers: ["ann"] },
    { notifyUsers: null, notifyRoles: ["ops"] },
    { approvalType: "AUTO" },
  ]) {
    const input = inputOf({ requestedBy: "cleo", escalateToUsers: ["dan"], context: { size: 1 }, ...more });
    const { createApprovalRequest } = await ask(
      `mutation ($input: CreateApprovalRequestInput!) {
        createApprovalRequest(input: $input) { ... on CreateApprovalRequestPayload { request { id contextDigest } } }
      }`,
      { input },
    );
    ids.push(createApprovalRequest.request.id);
    digests.push(createApprovalRequest.request.contextDigest);
  }
  const { addApprovalComment } = await ask(
    `mutation ($id: ID!) { addApprovalComment(input: { requestId: $id, body: "So?" }) {
      ... on AddApprovalCommentPayload { comment { id } } } }`,
    { id: ids[0] },
  );
  const lists = await ask(`{
    newest: approvalRequests { edges { cursor } }
    soonest: approvalRequests(orderBy: { field: EXPIRES_AT, direction: ASC }) { edges { cursor } }
    pending: pendingApprovals(userId: "bob") { edges { cursor } }
    log: approvalAuditLog(first: 4) { edges { cursor node { id } } }
    messages: notificationDeliveries(first: 2) { edges { cursor node { id } } }
  }`);
  const list = (parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");
  const made = [
    list(["log", "18446744073709551615", "9223372036854775807"]),
    list(["log", "0", "0", "1"]),
    list(["requests:CREATED_AT:DESC", 8.64e15, ids[0]]),
    list(["requests:CREATED_AT:DESC", -8.64e15, ids[0]]),
    list(["pending", 1.5, ids[0]]),
    list(["notifications", "0", ids[0]]),
    list(["notifications", "1", ids[0], "18446744073709551615"]),
    list(["deliveries", "18446744073709551615", ids[0]]),
    "",
    "*",
  ];
  return {
    ids: [
      ...ids,
      addApprovalComment.comment.id,
      lists.log.edges[0].node.id,
      ...lists.messages.edges.map(({ node }: Data) => node.id),
      "event_00000000-0000-0000-0000-000000000000",
      randomUUID(),
      (ids[0] as string).toUpperCase(),
    ],
    cursors: [...Object.values(lists).map((connection) => (connection as Data).edges[0].cursor), ...made],
    digests,
    people: ["ann", "bob", "cleo", "dan", "ops", "adam", "release"],
  };
}

/** The number of each kind of answer: fuzzing that is refused at once finds nothing. */
const outcomes = new Map<string, number>();
function count(outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}
afterEach(({ task }) => {
  console.log(`${task.name}: ${JSON.stringify(Object.fromEntries(outcomes))}`);
  expect(outcomes.get("data")).toBeGreaterThan(0);
  outcomes.clear();
  // Lines come a moment after the answers, so they are looked at here.
  expect(logged.splice(0)).toEqual([]);
});

/** Every error has a code, and none is unexpected. */
function expectKnown(errors: unknown): void {
  if (errors === undefined) {
    count("data");
    return;
  }
  expect(errors).toBeInstanceOf(Array);
  for (const error of errors as Data[]) {
    expect(error).toMatchObject({ message: expect.any(String), extensions: { code: expect.any(String) } });
    expect(error.extensions.code).not.toBe("INTERNAL_SERVER_ERROR");
    expect(error.message).not.toMatch(/unexpected error/i);
    count(error.extensions.code);
  }
}

const expectAlive = () => expect(server.child.exitCode).toBeNull();

const bodyOf = ({ query, variables, operationName }: Operation): string =>
  `{"query":${JSON.stringify(query)},"variables":${variables},"operationName":${JSON.stringify(operationName)}}`;

async function send(operation: Operation, viewer: number, byGet: boolean): Promise<void> {
  const Accept = operation.kind === "subscription" ? "text/event-stream" : "application/graphql-response+json";
  const { query, variables, operationName } = operation;
  const parameters = new URLSearchParams({
    query: query.toWellFormed(),
    variables,
    operationName: operationName ?? "",
  });
  const leaving = new AbortController();
  const response =
    byGet && `${parameters}`.length < 8_000
      ? await fetch(`${url}/graphql?${parameters}`, { headers: { Accept, ...header(viewer) }, signal: leaving.signal })
      : await fetch(`${url}/graphql`, {
          method: "POST",
          headers: { Accept, "Content-Type": "application/json", ...header(viewer) },
          body: bodyOf(operation),
          signal: leaving.signal,
        });
  expect(response.status).toBeLessThan(500);
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    // The first chunk, if there is any at once.
    const { value } = await Promise.race([
      (response.body as ReadableStream<Uint8Array>).getReader().read(),
      new Promise<{ value?: undefined }>((resolve) => setTimeout(resolve, 50, {})),
    ]);
    leaving.abort();
    const data = /^data: (\{.*)$/m.exec(new TextDecoder().decode(value))?.[1];
    if (data !== undefined) expectKnown(JSON.parse(data).errors);
    return;
  }
  const result = (await response.json()) as Data;
  expect(Object.keys(result).length).toBeGreaterThan(0);
  expectKnown(result.errors);
}

it(
  "every operation over HTTP is answered, and every error is a known one",
  async () => {
    const operations = operationsOn(schema, known);
    await fc.assert(
      fc.asyncProperty(operations, viewers, fc.integer({ min: 0, max: 9 }), async (operation, viewer, coin) => {
        await send(operation, viewer, coin === 0);
        expectAlive();
      }),
      SETTINGS,
    );
  },
  TIMEOUT_MS,
);

/** Messages that a client of the protocol never sends. */
const NONSENSE = ["", "{", "null", "[]", '{"type":"next","id":"0"}', '{"type":"subscribe"}', '{"type":"complete"}'];
const OWN_CLOSE_CODES = [1000, 4400, 4401, 4409, 4429];

/** Runs operations on one socket; resolves when all but subscriptions have ended, or the server has closed it. */
async function sendOverSocket(operations: readonly Operation[], viewer: number, nonsense: string | null) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const open = new Set(operations.flatMap(({ kind }, index) => (kind === "subscription" ? [] : [String(index)])));
  const told: Data[] = [];
  const code = await new Promise<number>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", resolve);
    socket.once("open", () => {
      socket.send(JSON.stringify({ type: "connection_init", payload: header(viewer) }));
    });
    const say = () => {
      for (const [id, operation] of operations.entries()) {
        socket.send(`{"type":"subscribe","id":"${id}","payload":${bodyOf(operation)}}`);
      }
      if (nonsense !== null) socket.send(nonsense);
      else if (open.size === 0) socket.send('{"type":"ping"}');
    };
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      told.push(message);
      if (message.type === "connection_ack") say();
      if (message.type === "complete" || message.type === "error") open.delete(message.id);
      const over = message.type === "pong" || message.type === "complete" || message.type === "error";
      if (over && open.size === 0 && nonsense === null) socket.close(1000);
    });
  });
  expect(OWN_CLOSE_CODES).toContain(code);
  for (const { type, payload } of told) {
    if (type === "error") expectKnown(payload);
    if (type === "next") expectKnown(payload.errors);
  }
}

it(
  "every operation over a WebSocket is answered, and only a protocol violation closes the socket",
  async () => {
    const operations = fc.array(operationsOn(schema, known), { minLength: 1, maxLength: 5 });
    const nonsense = seldom(fc.constantFrom(...NONSENSE), 12);
    await fc.assert(
      fc.asyncProperty(operations, viewers, nonsense, async (several, viewer, extra) => {
        await sendOverSocket(several, viewer, extra);
        expectAlive();
      }),
      SETTINGS,
    );
  },
  TIMEOUT_MS,
);

it(
  "every request to REST is answered, and every problem is a known one",
  async () => {
    await fc.assert(
      fc.asyncProperty(requestsTo(schema, known), viewers, async ({ method, path, contentType, body }, viewer) => {
        const response = await fetch(url + path, {
          method,
          headers: { "Content-Type": contentType, ...header(viewer) },
          ...(body !== null && method !== "GET" && method !== "HEAD" && { body: body.toWellFormed() }),
        });
        expect(response.status).toBeLessThan(500);
        const text = await response.text();
        count(response.ok ? "data" : String(response.status));
        if (response.status >= 400 && method !== "HEAD") {
          expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
          expect(JSON.parse(text)).toMatchObject({ status: response.status, code: expect.any(String) });
        } else if (method !== "HEAD") JSON.parse(text);
        expectAlive();
      }),
      SETTINGS,
    );
  },
  TIMEOUT_MS,
);
