import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { patiently } from "../support/eventually.ts";
import { startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";
import { createTcpProxy } from "../support/tcp-proxy.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const ready = async (url: string) => {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: await response.json() };
};

test("a running server is alive and ready", async () => {
  const alive = await fetch(`${server.url}/healthz`);
  expect([alive.status, await alive.json()]).toEqual([200, { status: "alive" }]);
  const body = { status: "ready", database: "ok", migrations: "ok", listen: "ok", commands: "ok" };
  expect(await ready(server.url)).toEqual({ status: 200, body });
  const head = await fetch(`${server.url}/readyz`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("a server is not ready while a migration is missing, which is named", async () => {
  await server.database.pool.query("delete from countersign_migrations where version = 3");
  expect(await ready(server.url)).toMatchObject({
    status: 503,
    body: { status: "not ready", database: "ok", migrations: "missing: 0003_indexes", listen: "ok" },
  });
  await server.database.pool.query("insert into countersign_migrations (version, name) values (3, 'indexes')");
  expect((await ready(server.url)).status).toBe(200);
});

test("a server is not ready while the LISTEN connection or the database is unavailable, and is ready again afterwards", async () => {
  const direct = await startServer();
  const proxy = await createTcpProxy(direct.database.url);
  const through = await startServer({ DATABASE_URL: direct.database.url, DATABASE_LISTEN_URL: proxy.url });
  const lone = await startServer({ DATABASE_URL: proxy.url, DATABASE_LISTEN_URL: direct.database.url });
  try {
    proxy.refuse();
    await vi.waitFor(
      async () =>
        expect(await ready(through.url)).toMatchObject({
          status: 503,
          body: { database: "ok", listen: "the LISTEN connection is down" },
        }),
      patiently,
    );
    expect(await (await fetch(`${through.url}/metrics`)).text()).toMatch(/^countersign_listen_up 0$/m);
    proxy.accept();
    await vi.waitFor(async () => expect((await ready(through.url)).status).toBe(200), patiently);

    proxy.refuse();
    const { status, body } = await ready(lone.url);
    expect([status, body.database === "ok"]).toEqual([503, false]);
    proxy.accept();
    await vi.waitFor(async () => expect((await ready(lone.url)).status).toBe(200), patiently);
  } finally {
    await lone.stop();
    await through.stop();
    await proxy.close();
    await direct.stop();
  }
});

test("the metrics of a server have the process, sockets, waiters, operations and the lag of the audit log", async () => {
  const ann = await tokenFor("ann");
  const id = await server.ask(ann);
  await server.post({ query: '{ approvalRequests(after: "x") { totalCount } }' }, ann);
  const client = server.connect(ann);
  const updates = client.iterate({ query: UPDATES, variables: { id } });
  await updates.next();
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const line of [
    /^process_cpu_user_seconds_total /m,
    /^countersign_sockets 1$/m,
    /^countersign_watchers 1$/m,
    /^countersign_event_streams 0$/m,
    /^countersign_listen_up 1$/m,
    /^countersign_listen_reconnects_total 0$/m,
    /^countersign_operations_total\{type="mutation",outcome="ok"\} 1$/m,
    /^countersign_operations_total\{type="query",outcome="refused"\} 1$/m,
    /^countersign_operations_total\{type="subscription",outcome="ok"\} 1$/m,
    /^countersign_operation_duration_seconds_count\{type="mutation"\} 1$/m,
  ]) {
    expect(text).toMatch(line);
  }
  // Transactions of other databases in the cluster count as well, until they end.
  await vi.waitFor(
    async () => expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^countersign_log_lag_seconds 0$/m),
    patiently,
  );
  await client.dispose();
});

test("a server is not ready while the database refuses the writes of commands that are stuck, whatever the reason", async () => {
  const { pool } = server.database;
  const holder = await pool.connect();
  await holder.query("begin; lock table approval_requests in access exclusive mode");
  const asked = server.ask(await tokenFor("ann")).catch(() => {});
  const commands = async () => (await ready(server.url)).body.commands;
  await vi.waitFor(async () => expect(await commands()).not.toBe("ok"), patiently);
  await holder.query("revoke insert on approval_requests from countersign_api; commit");
  holder.release();
  await asked;
  await vi.waitFor(async () => expect(await commands()).toMatch(/permission denied/), patiently);
  await pool.query("select countersign_grant_roles()");
  await vi.waitFor(async () => expect((await ready(server.url)).status).toBe(200), patiently);
});

test("a server is not ready while requests do not expire on time", async () => {
  const { pool } = server.database;
  await server.ask(await tokenFor("ann"), { timeoutMs: 3_000 });
  await pool.query("alter table approval_requests rename column expires_at to ends_at");
  await vi.waitFor(
    async () =>
      expect(await ready(server.url)).toMatchObject({
        status: 503,
        body: {
          database: "ok",
          commands: expect.stringMatching(/^due requests could not be processed: column .*expires_at/),
        },
      }),
    patiently,
  );
  await pool.query("alter table approval_requests rename column ends_at to expires_at");
  await vi.waitFor(async () => expect((await ready(server.url)).status).toBe(200), patiently);
});
