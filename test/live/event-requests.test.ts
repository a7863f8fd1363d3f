/** Following the audit log with the requests of its events: the number of queries, and the lag. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followersLagSeconds, followLog } from "../../src/live/event-stream.ts";
import { encodeLog } from "../../src/resolvers/cursors.ts";
import { reader as auditor } from "../support/approvals/requests.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const REQUESTS = 60;
const BEGINNING = encodeLog({ tx: "0", seq: "0" });

let server: TestServer;
let agent: string;
let ids: string[];
beforeAll(async () => {
  server = await startServer();
  agent = await tokenFor("agent", { scope: "approvals:admin" });
  ids = await Promise.all(Array.from({ length: REQUESTS }, () => server.ask(agent)));
});
afterAll(() => server.stop());

/** The queries that read requests by id during the work. */
async function readsDuring<T>(work: () => Promise<T>): Promise<{ result: T; reads: number }> {
  const { pool } = server.app.services;
  const query = pool.query.bind(pool);
  let reads = 0;
  pool.query = ((text: unknown, ...rest: []) => {
    if (JSON.stringify(text).includes("request-heads-by-id")) reads += 1;
    return query(text as string, ...rest);
  }) as typeof pool.query;
  try {
    return { result: await work(), reads };
  } finally {
    pool.query = query as typeof pool.query;
  }
}

const query = `subscription ($after: String) { approvalEvents(after: $after, filter: { actions: [CREATED] }) { action request { id status } } }`;

async function overSocket(): Promise<Data[]> {
  const client = server.connect(agent);
  const events: Data[] = [];
  for await (const { data } of client.iterate<Data>({ query, variables: { after: BEGINNING } })) {
    events.push(data?.approvalEvents);
    if (events.length === REQUESTS) break;
  }
  await client.dispose();
  return events;
}

async function overEvents(): Promise<Data[]> {
  const stop = new AbortController();
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    signal: stop.signal,
    headers: { Authorization: `Bearer ${agent}`, "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ query, variables: { after: BEGINNING } }),
  });
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    if (text.split("event: next").length > REQUESTS && text.endsWith("\n\n")) break;
  }
  stop.abort();
  return [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json as string).data.approvalEvents);
}

describe("events with their requests", () => {
  it.each([
    ["a WebSocket", overSocket],
    ["server-sent events", overEvents],
  ])("are read in batches over %s, not one by one", async (_, follow) => {
    const { result, reads } = await readsDuring(follow);
    const created = result.map(({ action, request }) => [action, request.id, request.status]);
    expect(created.sort()).toEqual(ids.map((id) => ["CREATED", id, "PENDING"]).sort());
    // A page that is slow to be sent is read again after a second, so the number is not exactly one.
    expect(reads).toBeLessThan(REQUESTS / 4);
  });

  it("omit a request that the viewer may not see", async () => {
    const outsider = await tokenFor("outsider");
    const own = await server.ask(outsider, { title: "Mine" });
    const client = server.connect(outsider);
    for await (const { data } of client.iterate<Data>({ query, variables: { after: BEGINNING } })) {
      expect(data?.approvalEvents.request.id).toBe(own);
      break;
    }
    await client.dispose();
  });
});

describe("the lag of the audit log", () => {
  const lagOf = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^countersign_log_lag_seconds (\S+)$/m.exec(text)?.[1]);
  };

  it("counts a follower that has not read its events", async () => {
    const { hub, manager } = server.app.services;
    const lag = () => followersLagSeconds(hub, manager.now());
    expect(lag()).toBe(0);
    const start = { tx: "0", seq: "0" };
    const stream = followLog(server.app.services, auditor, {}, { position: start, resumeAt: start });
    await expect.poll(lag, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(await lagOf()).toBeGreaterThan(0);

    for (let taken = 0; taken < REQUESTS; taken += 1) await stream.next();
    // The last event that was read is not sent before the next one is requested.
    expect(lag()).toBeGreaterThan(0);
    const [audited] = (await server.database.pool.query("select count(*)::int as n from approval_audit_log")).rows;
    for (let taken = REQUESTS; taken < audited.n; taken += 1) await stream.next();
    const next = stream.next();
    expect(lag()).toBe(0);
    await stream.return?.();
    expect((await next).done).toBe(true);
    expect(lag()).toBe(0);
  });
});
