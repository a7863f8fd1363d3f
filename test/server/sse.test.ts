import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { patiently } from "../support/eventually.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { APPROVE, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";

let server: TestServer;
let ann: string;
beforeAll(async () => {
  server = await startServer();
  ann = await tokenFor("ann");
});
afterAll(() => server.stop());

/** The events of a stream without pings. */
async function open(id: string, token = ann, signal?: AbortSignal) {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    signal: signal ?? null,
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: "text/event-stream",
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ query: UPDATES, variables: { id } }),
  });
  return { response, events: eventsOf(response) };
}

async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: Data }> {
  let text = "";
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data:(.*)$/m.exec(block)?.[1]?.trim();
      if (event !== undefined) yield { event, data: data ? JSON.parse(data) : null };
    }
  }
}

test("an event stream sends the request, then the decision, then the end", async () => {
  const id = await server.ask(ann);
  const { response, events } = await open(id);
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  expect((await events.next()).value).toMatchObject({
    event: "next",
    data: { data: { approvalRequestUpdated: { version: 1 } } },
  });
  await server.data(await tokenFor("bob"), APPROVE, { id });
  expect((await events.next()).value?.data.data.approvalRequestUpdated.status).toBe("APPROVED");
  expect((await events.next()).value).toEqual({ event: "complete", data: null });
  expect((await events.next()).done).toBe(true);
  expect(server.subscribers()).toBe(0);
});

test("a request that the viewer may not see ends its event stream with NOT_FOUND", async () => {
  const { events } = await open(await server.ask(ann), await tokenFor("eve"));
  expect((await events.next()).value?.data.errors[0].extensions.code).toBe("NOT_FOUND");
  expect((await events.next()).value?.event).toBe("complete");
});

test("the waiter of an event stream ends with its connection", async () => {
  const id = await server.ask(ann);
  const leaving = new AbortController();
  const { events } = await open(id, ann, leaving.signal);
  await events.next();
  expect(server.subscribers()).toBe(1);
  leaving.abort();
  await vi.waitFor(() => expect(server.subscribers()).toBe(0), patiently);
  await expect(events.next()).rejects.toThrow();
});

test("a client that disconnects before its event stream has started leaves no waiter", async () => {
  const id = await server.ask(ann);
  for (let attempt = 0; attempt < 20; attempt++) {
    const leaving = new AbortController();
    const opened = open(id, ann, leaving.signal).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    await opened;
  }
  await vi.waitFor(async () => {
    expect(server.subscribers()).toBe(0);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^countersign_event_streams 0$/m);
  }, patiently);
});

test("an event stream ends when its token expires", async () => {
  const { events } = await open(await server.ask(ann), await tokenFor("ann", { expiresIn: 5 }));
  await events.next();
  await expect(events.next()).rejects.toThrow();
  await vi.waitFor(() => expect(server.subscribers()).toBe(0), patiently);
});

test("a subscription without an event stream is refused, and leaves no waiter", async () => {
  const id = await server.ask(ann);
  const response = await server.post({ query: UPDATES, variables: { id } }, ann, { Accept: "application/json" });
  expect(response.status).toBe(406);
  expect(((await response.json()) as Data).errors[0].extensions.code).toBe("NOT_ACCEPTABLE");
  expect(server.subscribers()).toBe(0);
});
