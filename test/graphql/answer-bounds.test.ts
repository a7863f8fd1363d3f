/** Tests the limits on the size of an answer, which is counted while it is built, over every transport. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextDigestOf } from "../../src/model/json.ts";
import { encodeLog } from "../../src/resolvers/cursors.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const MIB = 1024 * 1024;
const COUNT = 12;
const context = { blob: "x".repeat(MIB - 1_000) };

let server: TestServer;
let ann: string;
let ids: string[];
beforeAll(async () => {
  server = await startServer();
  ann = await tokenFor("ann");
  ids = [];
  for (let n = 0; n < COUNT; n += 1) ids.push(await server.ask(ann, { context }));
});
afterAll(() => server.stop());

const refused = { code: "LIMIT_EXCEEDED", limit: "answerBytes", held: null, most: 8 * MIB };
const aliased = (count: number, field: string) => Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(" ");

/** The queries that are sent during the work, as text. */
async function queriesDuring(work: () => Promise<unknown>): Promise<string> {
  const { pool } = server.app.services;
  const query = pool.query.bind(pool);
  const sent: string[] = [];
  pool.query = ((text: unknown, ...rest: []) => {
    sent.push(JSON.stringify(text));
    return query(text as string, ...rest);
  }) as typeof pool.query;
  try {
    await work();
  } finally {
    pool.query = query as typeof pool.query;
  }
  return sent.join("\n");
}

describe("an answer with too many bytes", () => {
  it.each([
    ["a page of contexts", `{ approvalRequests(first: 100) { edges { node { context } } } }`],
    ["a context with many aliases", `{ approvalRequests(first: 2) { edges { node { ${aliased(6, "context")} } } } }`],
    [
      "a page with many aliases",
      `{ ${aliased(6, "pendingApprovals { edges { node { title } } }")} nodes(ids: $ids) { ... on ApprovalRequest { context } } }`,
    ],
    [
      "a context with metadata and description",
      `{ approvalRequests(first: 100) { edges { node { description metadata context } } } }`,
    ],
  ])("is refused over HTTP: %s", async (_, text) => {
    const query = text.includes("$ids") ? `query ($ids: [ID!]!) ${text}` : text;
    const response = await server.post({ query, variables: { ids } }, ann);
    expect(response.status).toBe(400);
    const { data, errors } = (await response.json()) as Data;
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ message: expect.stringContaining("LIMIT_ANSWER_BYTES"), extensions: refused });
  });

  it("is refused over a WebSocket, as a query and as an event of a subscription, and the socket stays open", async () => {
    const client = server.connect(ann);
    const first = async (query: string, variables: object) => {
      for await (const result of client.iterate<Data>({ query, variables: variables as Data })) return result;
      throw new Error("there was no answer");
    };
    const pages = await first("{ approvalRequests(first: 100) { edges { node { context } } } }", {});
    expect(pages.errors?.[0]?.extensions).toMatchObject(refused);
    const subscription = `subscription ($id: ID!) { approvalRequestUpdated(id: $id) { id ${aliased(9, "context")} } }`;
    const update = await first(subscription, { id: ids[0] });
    expect(update.errors?.[0]?.extensions).toMatchObject(refused);
    const small = await first("subscription ($id: ID!) { approvalRequestUpdated(id: $id) { id context } }", {
      id: ids[0],
    });
    expect(small.data?.approvalRequestUpdated.context).toEqual(context);
    await client.dispose();
  });

  it("is refused over server-sent events", async () => {
    const query = `subscription ($id: ID!) { approvalRequestUpdated(id: $id) { ${aliased(9, "context")} } }`;
    const stop = new AbortController();
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      signal: stop.signal,
      headers: { Authorization: `Bearer ${ann}`, "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ query, variables: { id: ids[0] } }),
    });
    let text = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.includes("LIMIT_ANSWER_BYTES") || text.length > MIB) break;
    }
    stop.abort();
    expect(text).toContain('"limit":"answerBytes"');
  });

  it("is refused before the contexts are read", async () => {
    const sent = await queriesDuring(() =>
      server.post({ query: "{ approvalRequests(first: 100) { edges { node { context } } } }" }, ann),
    );
    const [, read = "[]"] = /"name":"request-contents".*?"values":\[(\[.*?\])\]/.exec(sent) ?? [];
    expect(JSON.parse(read).length).toBeLessThanOrEqual(8);
  });
});

describe("the context of a request", () => {
  it("is not read unless the operation selects it or its digest", async () => {
    const query = `{ approvalRequests(first: 10) { edges { node { id title risk ${aliased(10, "contextDigest")} } } } }`;
    let data: Data;
    const sent = await queriesDuring(async () => {
      data = await server.data(ann, query);
    });
    expect(sent).not.toContain("request-contents");
    const digest = contextDigestOf({ title: "Deploy?", description: null, context, metadata: {} });
    for (const { node } of data.approvalRequests.edges) expect([node.a0, node.a9]).toEqual([digest, digest]);
  });

  it("is read once for all of its aliases", async () => {
    const query = `query ($id: ID!) { approvalRequest(id: $id) { ${aliased(5, "context")} description metadata } }`;
    const sent = await queriesDuring(() => server.data(ann, query, { id: ids[0] }));
    expect(sent.split("request-contents")).toHaveLength(2);
  });

  it("has a digest even if an earlier version stored none", async () => {
    const id = await server.ask(ann, { context: { n: 1 }, description: "d", metadata: { risk: "high" } });
    const odd = await server.ask(ann, { metadata: { risk: "x".repeat(5_000), of: "y".repeat(50_000) } });
    const { risk } = (await server.data(ann, "query ($id: ID!) { approvalRequest(id: $id) { risk } }", { id: odd }))
      .approvalRequest;
    expect(risk).toBe(`${"x".repeat(99)}…`);
    const query = "query ($id: ID!) { approvalRequest(id: $id) { contextDigest risk description context } }";
    const stored = await server.data(ann, query, { id });
    await server.database.pool.query(
      `begin; set local session_replication_role = replica;
       update approval_requests set context_digest = null, content_bytes = null where id = '${id}'; commit`,
    );
    expect(await server.data(ann, query, { id })).toEqual(stored);
    expect(stored.approvalRequest).toMatchObject({ risk: "high", description: "d", context: { n: 1 } });
    const approve = restClient(server, await tokenFor("bob"));
    const stale = await approve.post(`/approvals/${id}/approve`, { contextDigest: "0".repeat(64) });
    expect(stale.body.code).toBe("STALE_CONTEXT");
    const { contextDigest } = stored.approvalRequest;
    expect((await approve.post(`/approvals/${id}/approve`, { contextDigest })).status).toBe(200);
  });
});

describe("a long text that belongs to a request", () => {
  it("is returned whole on its own: the comment and reason of a decision, and of its audit entry", async () => {
    const id = await server.ask(ann);
    const bob = restClient(server, await tokenFor("bob"));
    const [comment, reason] = ["c".repeat(60_000), "r".repeat(60_000)];
    const { body } = await bob.post(`/approvals/${id}/approve`, { comment, reason });
    expect(body.decisions).toEqual([expect.objectContaining({ approver: "bob", comment, reason })]);
    const query = `query ($id: ID!) { approvalRequest(id: $id) { decisions { comment reason }
      auditLog(first: 20) { edges { node { action comment metadata } } } } }`;
    const { decisions, auditLog } = (await server.data(ann, query, { id })).approvalRequest;
    expect(decisions).toEqual([{ comment, reason }]);
    const approved = auditLog.edges.find(({ node }: Data) => node.action === "APPROVED").node;
    expect([approved.comment === comment, approved.metadata.reason === reason]).toEqual([true, true]);
  });

  it("is refused if a list of audit entries gets too long, and is delivered event by event", async () => {
    const { rows } = await server.database.pool.query("select min(tx::text::bigint) as tx from approval_audit_log");
    await server.database.pool.query(
      `insert into approval_audit_log (approval_request_id, action, comment)
       select $1, 'COMMENTED', repeat('x', 1000000) from generate_series(1, 12)`,
      [ids[0]],
    );
    const list =
      "query ($n: Int!, $id: ID) { approvalAuditLog(first: $n, filter: { requestId: $id }) { edges { node { comment } } } }";
    const send = (n: number) => server.post({ query: list, variables: { n, id: ids[0] } }, ann);
    const refusal = await send(100);
    expect(refusal.status).toBe(400);
    expect(((await refusal.json()) as Data).errors[0].extensions).toMatchObject(refused);
    const { data } = (await (await send(2)).json()) as Data;
    expect(data.approvalAuditLog.edges.map(({ node }: Data) => node.comment.length)).toEqual([1_000_000, 1_000_000]);

    const client = server.connect(ann);
    const after = encodeLog({ tx: String(rows[0].tx), seq: "0" });
    const follow = `subscription ($after: String, $id: ID) {
      approvalEvents(after: $after, filter: { requestId: $id, actions: [COMMENTED] }) { comment } }`;
    let followed = 0;
    for await (const event of client.iterate<Data>({ query: follow, variables: { after, id: ids[0] } })) {
      expect(event.data?.approvalEvents.comment).toHaveLength(1_000_000);
      followed += 1;
      if (followed === 12) break;
    }
    await client.dispose();
  });
});

describe("a list over REST", () => {
  it.each(["/approvals", "/approvals/pending"])(
    "includes a megabyte of content and marks the omitted rest: GET %s",
    async (path) => {
      const bob = restClient(server, await tokenFor("bob"));
      const { status, body } = await bob.get(`${path}?first=100`);
      expect(status).toBe(200);
      const items = body.items.filter(({ id }: Data) => ids.includes(id));
      expect(items).toHaveLength(COUNT);
      expect(JSON.stringify(body).length).toBeLessThan(1.5 * MIB);
      const shown = items.filter((item: Data) => item.contentOmitted === undefined);
      for (const item of shown) expect(item.context).toEqual(context);
      for (const item of items.slice(shown.length)) {
        expect(item).toMatchObject({ contentOmitted: true, context: null, metadata: null, description: null });
        expect(item.contextDigest).toMatch(/^[0-9a-f]{64}$/);
      }
      expect(shown.length).toBeLessThan(2);
      const whole = await bob.get(`/approvals/${ids[0]}`);
      expect([whole.body.context, whole.body.contentOmitted]).toEqual([context, undefined]);
    },
  );
});

describe("an answer with too many fields", () => {
  it("is refused while it is built, if the estimate was too low", async () => {
    const small = await startServer({ LIMIT_COST: "300" });
    try {
      const agent = await tokenFor("agent", { scope: "approvals:request" });
      const condition = { field: "context.x", operator: "EQ", value: 1 };
      const id = await small.ask(agent, { autoApproveConditions: Array(50).fill(condition) });
      const fields = `autoApproveConditions { ${aliased(6, "field")} }`;
      const query = `query ($id: ID!) { approvalRequest(id: $id) { ${fields} } }`;
      const response = await small.post({ query, variables: { id } }, agent);
      expect(response.status).toBe(400);
      const extensions = { code: "LIMIT_EXCEEDED", limit: "cost", held: null, most: 300 };
      expect(((await response.json()) as Data).errors[0]).toMatchObject({ extensions });
      const few = `query ($id: ID!) { approvalRequest(id: $id) { autoApproveConditions { field } } }`;
      expect((await small.data(agent, few, { id })).approvalRequest.autoApproveConditions).toHaveLength(50);
    } finally {
      await small.stop();
    }
  });
});
