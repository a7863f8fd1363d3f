/**
 * The server as a process of its own with a small heap, attacked on every surface that an unauthenticated client or a
 * signed-in user reaches. `npm run test:hostile` takes the sizes of real attacks; without HOSTILE they are small. It
 * prints how long /healthz was unanswered during each attack, and the resident set before and after; it asserts what
 * was answered.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { firstMessage, slowBodies, unfinishedMessages, unreadAnswers } from "../support/hostile/sockets.ts";
import { type Measured, type Stage, startStage } from "../support/hostile/stage.ts";
import { tokenFor } from "../support/server/server.ts";

const LONG = process.env.HOSTILE === "long";
const sized = (long: number, short: number): number => (LONG ? long : short);
const MIB = 1024 * 1024;
/** MiB by which the resident set may grow; garbage is collected only when necessary. */
const MOST_GROWTH = 700;

const ann = await tokenFor("ann");
const reader = await tokenFor("rita", { scope: "approvals:read" });

let database: TestDatabase;
let stage: Stage;
const table: Measured[] = [];
const large: string[] = [];

const CREATE = `mutation ($input: CreateApprovalRequestInput!) { createApprovalRequest(input: $input) {
  ... on CreateApprovalRequestPayload { request { id } } ... on ValidationError { code issues { path message } } } }`;
const input = (executionId: string, more: object = {}) => ({
  workflowId: "release",
  jobId: "approval",
  executionId,
  title: "Deploy?",
  notifyUsers: ["bob"],
  ...more,
});

async function ask(executionId: string, more: object = {}): Promise<string> {
  const { data } = await stage.run(ann, CREATE, { input: input(executionId, more) });
  return data.createApprovalRequest.request.id;
}

beforeAll(async () => {
  database = await createTestDatabase();
  stage = await startStage(database.url, 768, { LIMIT_UNAUTHENTICATED_MS: "3000" });
  const text = "x".repeat(MIB - 1_000);
  for (let index = 0; index < sized(40, 4); index++) large.push(await ask(`large-${index}`, { context: { text } }));
});
afterAll(async () => {
  await stage?.stop();
  await database?.drop();
  const lines = table.map(
    ({ attack, answered, silentMs, before, after }) =>
      `${attack.padEnd(62)} ${answered.slice(0, 44).padEnd(44)} ${String(silentMs).padStart(6)} ms ${String(before).padStart(5)} ${String(after).padStart(5)}`,
  );
  const head = `${"attack".padEnd(62)} ${"answer".padEnd(44)} ${"silent".padStart(9)} ${"MiB".padStart(5)} ${"after".padStart(5)}`;
  process.stdout.write(`\n${[head, ...lines].join("\n")}\n\n`);
});

/** Attacks, and asserts that the process is alive and has freed its memory. */
async function attack(name: string, run: () => Promise<string>): Promise<string> {
  const measured = await stage.measure(name, run);
  table.push(measured);
  expect(measured.after - measured.before, "MiB of the resident set").toBeLessThan(MOST_GROWTH);
  return measured.answered;
}

const codeIn = ({ data, errors }: Data): string =>
  errors?.[0].extensions.code ?? Object.values<Data>(data ?? {})[0]?.code ?? "answered";
const tried = async (asked: Promise<Response>) => {
  const response = await asked;
  await response.text();
  return `HTTP ${response.status}`;
};

describe("an unauthenticated client is stopped", () => {
  const number = (bytes: number) => `{"type":"connection_init","payload":{"x":0.1${"0".repeat(bytes - 60)}1}}`;

  test("with a number of many digits before connection_init", async () => {
    const run = async () => [
      await firstMessage(stage.url, number(16_000)),
      await firstMessage(stage.url, number(100_000)),
    ];
    expect(await attack("a number of 16 kB and of 100 kB on a WebSocket", async () => String(await run()))).toBe(
      "4403,1009",
    );
  });

  test("with a body of 100 kB at sign-in", async () => {
    const headers = { "Content-Type": "application/json", Origin: stage.url };
    const send = () => tried(fetch(`${stage.url}/session`, { method: "POST", headers, body: number(100_000) }));
    expect(await attack("a number of 100 kB in POST /session", send)).toBe("HTTP 413");
  });

  test("with unfinished messages on many sockets", async () => {
    const count = sized(200, 20);
    const run = async () => String([...new Set(await unfinishedMessages(stage.url, count, 4 * MIB))]);
    expect(await attack(`${count} WebSockets, each with 4 MiB of an unfinished message`, run)).toMatch(
      /^(1009|1006|4408|,)+$/,
    );
  });

  test("with bodies that arrive byte by byte", async () => {
    const count = sized(500, 20);
    const run = async () => String([...new Set(await slowBodies(stage.url, count))]);
    expect(await attack(`${count} bodies that arrive byte by byte`, run)).toBe("HTTP/1.1 408 Request Timeout");
  });
});

describe("a signed-in user cannot stop the process", () => {
  const body = (context: string) =>
    `{"query":${JSON.stringify(CREATE)},"variables":{"input":{"workflowId":"w","jobId":"j","executionId":"e","title":"t","context":{"x":${context}}}}}`;

  test.each([
    ["a number of 1,000,000 digits", () => `0.1${"0".repeat(1_000_000)}1`, "VALIDATION"],
    ["an exponent of 1,000,000 digits", () => `1e-${"9".repeat(1_000_000)}`, "VALIDATION"],
    ["JSON nested 1,000,000 deep", () => "[".repeat(1_000_000) + "]".repeat(1_000_000), "BAD_REQUEST"],
  ])("with %s", async (what, context, code) => {
    const run = async () => codeIn((await (await stage.post(body(context()), ann)).json()) as Data);
    expect(await attack(what, run)).toBe(code);
  });

  test("with documents that are refused", async () => {
    const count = sized(1_000, 100);
    const text = (n: number) =>
      `{ viewer { ${Array.from({ length: 1_000 }, (_, f) => `field${n}of${f}`).join(" ")} } }`;
    const run = async () => {
      let code = "";
      for (let index = 0; index < count; index++) code = codeIn(await stage.run(ann, text(index)));
      return code;
    };
    expect(await attack(`${count} refused documents of 15 kB`, run)).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("with a document of 1,900,000 lines whose errors are at its end", async () => {
    const text = `${"\n".repeat(1_900_000)}{ viewer { ${Array.from({ length: 200 }, (_, f) => `f${f}`).join(" ")} } }`;
    expect(await attack("a document of 1,900,000 lines", async () => codeIn(await stage.run(ann, text)))).toBe(
      "LIMIT_EXCEEDED",
    );
  });

  test("with a document that repeats its fields", async () => {
    const text = `{ approvalRequests { ${"edges { node { comments { request { id } } } } ".repeat(300)} } }`;
    expect(await attack("a document that repeats its fields", async () => codeIn(await stage.run(ann, text)))).toBe(
      "LIMIT_EXCEEDED",
    );
  });

  test("with an input of very many unknown fields", async () => {
    const fields = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`f${n}`, 1]));
    const run = async () => codeIn(await stage.run(ann, CREATE, { input: input("unknown", fields) }));
    expect(await attack("200,000 unknown fields over GraphQL", run)).toBe("BAD_USER_INPUT");
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${ann}` };
    const rest = () =>
      tried(
        fetch(`${stage.url}/api/approvals`, {
          method: "POST",
          headers,
          body: JSON.stringify(input("unknown", fields)),
        }),
      );
    expect(await attack("200,000 unknown fields over REST", rest)).toBe("HTTP 422");
  });

  test("with 1,000 conditions over a large array", async () => {
    const list = Array.from({ length: 100_000 }, (_, n) => n);
    const autoApproveConditions = Array.from({ length: 1_000 }, () => ({
      field: "context.list",
      operator: "CONTAINS",
      value: -1,
    }));
    const admin = await tokenFor("boss", { scope: "approvals:admin" });
    const run = async () =>
      codeIn(
        await stage.run(admin, CREATE, {
          input: input("conditions", { approvalType: "CONDITIONAL", context: { list }, autoApproveConditions }),
        }),
      );
    expect(await attack("1,000 CONTAINS conditions over 0.6 MB", run)).toBe("VALIDATION");
  });

  test("with comments of comments of one request", async () => {
    const id = await ask("comments");
    const add = "mutation ($input: AddCommentInput!) { addComment(input: $input) { __typename } }";
    for (let index = 0; index < sized(200, 20); index++)
      await stage.run(ann, add, { input: { requestId: id, body: `comment ${index}` } });
    const lists = [
      "comments { request { comments { request { comments { id } } } } }",
      "comments(first: 100) { edges { node { request { comments(first: 100) { edges { node { request { comments(first: 100) { edges { node { id } } } } } } } } } } }",
    ];
    const run = async () => {
      const codes = [];
      for (const list of lists) {
        codes.push(codeIn(await stage.run(ann, `query ($id: ID!) { approvalRequest(id: $id) { ${list} } }`, { id })));
      }
      return String(codes);
    };
    await attack("comments of the requests of comments", run);
  });

  test.each([
    ["ten aliases of contextDigest", Array.from({ length: 10 }, (_, n) => `a${n}: contextDigest`).join(" ")],
    ["six aliases of context", Array.from({ length: 6 }, (_, n) => `a${n}: context`).join(" ")],
  ])("with %s over large requests", async (what, fields) => {
    const query = `{ approvalRequests(first: ${sized(40, 4)}) { edges { node { ${fields} } } } }`;
    const run = async () => {
      const response = await stage.post({ query }, reader);
      const text = await response.text();
      return `HTTP ${response.status}, ${text.length} bytes, ${/"code":"([A-Z_]+)"/.exec(text)?.[1] ?? "no error"}`;
    };
    expect(await attack(`${what} over ${large.length} requests of 1 MB`, run)).toMatch(/^HTTP (200|400)/);
  });

  test("with a list of large requests over REST", async () => {
    const headers = { Authorization: `Bearer ${reader}` };
    const run = () => tried(fetch(`${stage.url}/api/approvals?first=${sized(40, 4)}`, { headers }));
    expect(await attack(`a REST list of ${large.length} requests of 1 MB`, run)).toMatch(/^HTTP (200|400)/);
  });

  test("with answers that are not read", async () => {
    const query = "query ($id: ID!) { approvalRequest(id: $id) { context } }";
    const run = async () => `code ${await unreadAnswers(stage.url, ann, query, { id: large[0] }, sized(600, 40))}`;
    await attack(`${sized(600, 40)} unread answers of 1 MB on a socket`, run);
  });
});

test("a server with a heap of 64 MB survives a socket that leaves 120 answers of 500 kB unread", async () => {
  const small = await startStage(database.url, 64, {});
  try {
    const { data } = await small.run(ann, CREATE, { input: input("half", { context: { text: "x".repeat(500_000) } }) });
    const { id } = data.createApprovalRequest.request;
    const query = "query ($id: ID!) { approvalRequest(id: $id) { context } }";
    const name = "120 unread answers of 500 kB, heap of 64 MB";
    table.push(
      await small.measure(name, async () => `code ${await unreadAnswers(small.url, ann, query, { id }, 120)}`),
    );
    expect((await small.run(ann, "{ viewer { userId } }")).data.viewer.userId).toBe("ann");
  } finally {
    await small.stop();
  }
});
