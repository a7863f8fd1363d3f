/** An unavailable database is a separate error on every surface, and two lines in the log. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { isConnectionLost, isContention, isDatabaseUnavailable, isOutage, unavailable } from "../../src/db/outages.ts";
import { eventually } from "../support/eventually.ts";
import { APPROVE, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";
import { createTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

const AWAY = "the database is not available; requests wait or are answered UNAVAILABLE";
const BACK = "the database is available again";

describe("an error of the database", () => {
  const coded = (code: string, more: object = {}) => Object.assign(new Error("said"), { code, ...more });

  it.each([
    ...["08000", "08001", "08003", "08004", "08006", "08P01", "25006", "25P03", "53000", "53100", "53200", "53300"],
    ...["57P01", "57P02", "57P03", "57P04", "57P05", "58000", "58030", "CONNECTION_CLOSED", "CONNECT_TIMEOUT"],
    ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"],
  ])("with code %s means that the database is unavailable", (code) => {
    const error = coded(code);
    const wrapped = new Error("wrapped", { cause: new AggregateError([error]) });
    expect([isDatabaseUnavailable(error), isOutage(error), isOutage(wrapped)]).toEqual([true, true, true]);
    expect(unavailable(wrapped)).toMatchObject({ code: "UNAVAILABLE", cause: wrapped });
  });

  it.each(["40001", "40P01", "55P03", "57014"])(
    "with code %s may be temporary, and is not an outage of the database",
    (code) => {
      expect([isContention(coded(code)), isOutage(coded(code)), isDatabaseUnavailable(coded(code))]).toEqual([
        true,
        true,
        false,
      ]);
    },
  );

  it.each(["22P02", "23505", "42501", "42P01", "XX000", "P0001", "57000"])("with code %s is not an outage", (code) => {
    expect([isOutage(coded(code)), unavailable(coded(code))]).toEqual([false, null]);
  });

  it("without a code is recognized by the driver's message", () => {
    for (const message of [
      "Connection terminated unexpectedly",
      "Connection terminated due to connection timeout",
      "timeout exceeded when trying to connect",
      "Query read timeout",
      "Client has encountered a connection error and is not queryable",
    ]) {
      expect([isDatabaseUnavailable(new Error(message)), isConnectionLost(new Error(message))]).toEqual([true, true]);
    }
    expect(isDatabaseUnavailable(new Error('Query read timeout is "5s"; it may be a number'))).toBe(true);
    expect([isOutage(new TypeError("x is undefined")), isOutage("ECONNREFUSED"), isOutage(null)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("does not make the outcome unknown if the connection remains open", () => {
    expect(["25006", "53100", "53300", "55P03"].filter((code) => isConnectionLost(coded(code)))).toEqual([]);
    expect(isConnectionLost(coded("ENOENT", { syscall: "connect" }))).toBe(true);
    expect(isOutage(coded("ENOENT", { syscall: "open" }))).toBe(false);
  });
});

describe("a server whose database is unavailable", { timeout: 180_000 }, () => {
  let direct: TestServer;
  let proxy: TcpProxy;
  let server: TestServer;
  let ann: string;
  let bob: string;
  let id: string;
  beforeAll(async () => {
    direct = await startServer();
    proxy = await createTcpProxy(direct.database.url);
    const addresses = { DATABASE_URL: proxy.url, DATABASE_LISTEN_URL: direct.database.url };
    server = await startServer(addresses, { queryMs: 3_000 });
    [ann, bob] = await Promise.all([tokenFor("ann"), tokenFor("bob")]);
    id = await server.ask(ann);
    await server.post({ query: "{ __typename }" }, bob);
  });
  afterEach(async () => {
    proxy.accept();
    await eventually(async () => (await ready()).status === 200 || undefined);
  });
  afterAll(async () => {
    await server.stop();
    await proxy.close();
    await direct.stop();
  });
  const ready = async () => {
    const response = await fetch(`${server.url}/readyz`);
    return { status: response.status, body: await response.json() };
  };
  const rest = (path: string, method = "GET", body?: object) =>
    fetch(`${server.url}/api/approvals${path}`, {
      method,
      headers: { Authorization: `Bearer ${bob}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
  const linesOf = (from: number) =>
    server
      .log()
      .slice(from)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { level: number; msg: string; [field: string]: unknown });

  it("answers REST with 503, Retry-After and a problem with the code", async () => {
    proxy.refuse();
    for (const response of [
      await rest(`/${id}`),
      await rest(""),
      await rest(`/${id}/approve`, "POST", {}),
      await rest(`/${id}?wait=1`),
    ]) {
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
      expect(await response.json()).toMatchObject({ status: 503, code: "UNAVAILABLE" });
    }
  });

  it.each(["application/json", "application/graphql-response+json"])(
    "answers GraphQL as %s with 503 and a top-level error with the code",
    async (accept) => {
      proxy.refuse();
      for (const query of [`{ approvalRequest(id: "${id}") { id } }`, APPROVE]) {
        const response = await server.post({ query, variables: { id } }, bob, { Accept: accept });
        expect([response.status, Number(response.headers.get("retry-after")) > 0]).toEqual([503, true]);
        const { errors, data } = (await response.json()) as { errors: object[]; data?: Record<string, unknown> };
        expect(errors).toEqual([expect.objectContaining({ extensions: { code: "UNAVAILABLE" } })]);
        expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
      }
    },
  );

  it("answers a WebSocket and an event stream with the code", async () => {
    const client = server.connect(bob);
    const open = client.iterate({ query: "{ __typename }" });
    await open.next();
    proxy.refuse();
    const first = await client.iterate<unknown>({ query: `{ approvalRequest(id: "${id}") { id } }` }).next();
    expect(first.value.errors).toEqual([expect.objectContaining({ extensions: { code: "UNAVAILABLE" } })]);
    await client.dispose();
    const events = await server.post({ query: APPROVE, variables: { id } }, bob, { Accept: "text/event-stream" });
    expect(await events.text()).toContain('"code":"UNAVAILABLE"');
  });

  it("lets subscribers wait, and sends them the outcome when the database is available again", async () => {
    const asked = await server.ask(ann);
    const client = server.connect(ann);
    const updates = client.iterate<{ approvalRequestUpdated: { status: string } }>({
      query: UPDATES,
      variables: { id: asked },
    });
    await updates.next();
    proxy.refuse();
    await direct.data(bob, APPROVE, { id: asked });
    const next = updates.next();
    proxy.accept();
    expect((await next).value.data.approvalRequestUpdated.status).toBe("APPROVED");
    await client.dispose();
  });

  it("sends subscribers the outcome over new connections if the old ones no longer answer", async () => {
    const asked = await server.ask(ann);
    const client = server.connect(ann);
    const updates = client.iterate<{ approvalRequestUpdated: { status: string } }>({
      query: UPDATES,
      variables: { id: asked },
    });
    await updates.next();
    await Promise.all(Array.from({ length: 10 }, () => server.app.services.pool.query("select pg_sleep(0.2)")));
    proxy.freeze();
    await direct.data(bob, APPROVE, { id: asked });
    expect((await updates.next()).value.data.approvalRequestUpdated.status).toBe("APPROVED");
    await client.dispose();
  });

  it("makes the client of the package wait, which decides once", async () => {
    const asked = await server.ask(ann);
    const client = createClient({ url: `${server.url}/graphql`, token: bob });
    await client.request("{ __typename }", {});
    proxy.refuse();
    const deciding = client.request(APPROVE, { id: asked }, { idempotent: true });
    const reading = client.request(`{ approvalRequest(id: "${asked}") { id } }`, {});
    await eventually(async () => (server.log().includes(AWAY) ? true : undefined));
    proxy.accept();
    expect(await deciding).toMatchObject({ approveRequest: { __typename: "ApproveRequestPayload" } });
    expect(await reading).toEqual({ approvalRequest: { id: asked } });
    await client.close();
    const { rows } = await direct.database.pool.query("select from approval_decisions where approval_request_id = $1", [
      asked,
    ]);
    expect(rows).toHaveLength(1);
  });

  it("logs two lines, however many operations fail", async () => {
    const from = server.log().length;
    proxy.refuse();
    await Promise.all(Array.from({ length: 40 }, () => rest(`/${id}`)));
    expect(await ready()).toMatchObject({ status: 503, body: { status: "not ready" } });
    proxy.accept();
    await eventually(async () => linesOf(from).find(({ msg }) => msg === BACK));
    const lines = linesOf(from).filter(({ level }) => level >= 40);
    const said = lines.filter(({ msg }) => msg === AWAY);
    expect(said).toHaveLength(1);
    expect(linesOf(from).find(({ msg }) => msg === BACK)?.errors).toBeGreaterThanOrEqual(40);
    expect(lines.length).toBeLessThanOrEqual(3);
  });
});

describe("the readiness of a server", { timeout: 180_000 }, () => {
  let server: TestServer;
  let bob: string;
  beforeAll(async () => {
    server = await startServer();
    bob = await tokenFor("bob");
  });
  afterAll(() => server.stop());
  const ready = async () => {
    const response = await fetch(`${server.url}/readyz`);
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  const approve = async (id: string) => {
    const response = await fetch(`${server.url}/api/approvals/${id}/approve`, {
      method: "POST",
      headers: { Authorization: `Bearer ${bob}`, "Content-Type": "application/json" },
      body: "{}",
    });
    return { status: response.status, body: await response.json() };
  };
  const untilReady = () => eventually(async () => (await ready()).status === 200 || undefined);

  it("reports a full disk until a write succeeds again", async () => {
    const id = await server.ask(await tokenFor("ann"));
    await server.database.pool.query(`
      create function fill_disk() returns trigger language plpgsql as $$
        begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger fill_disk before insert on approval_audit_log for each row execute function fill_disk()`);
    expect(await approve(id)).toMatchObject({ status: 503, body: { code: "UNAVAILABLE" } });
    expect(await ready()).toEqual({
      status: 503,
      body: {
        status: "not ready",
        migrations: "ok",
        listen: "ok",
        commands: "ok",
        database: "could not extend file: No space left on device",
      },
    });
    await server.database.pool.query("drop trigger fill_disk on approval_audit_log");
    await untilReady();
    expect(await approve(id)).toMatchObject({ status: 200, body: { status: "APPROVED" } });
  });

  it("reports a read-only database, also before the first write", async () => {
    const id = await server.ask(await tokenFor("ann"));
    const name = new URL(server.database.url).pathname.slice(1);
    const all = `select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and application_name = 'countersign' and pid <> pg_backend_pid()`;
    await server.database.pool.query(`alter database ${name} set default_transaction_read_only = on`);
    await server.database.pool.query(all);
    await eventually(async () => {
      const { status, body } = await ready();
      return (status === 503 && body.database?.includes("read-only")) || undefined;
    });
    expect(await approve(id)).toMatchObject({ status: 503, body: { code: "UNAVAILABLE" } });
    await server.database.pool.query("set default_transaction_read_only = off").catch(() => {});
    const client = await server.database.pool.connect();
    await client.query("set default_transaction_read_only = off");
    await client.query(`alter database ${name} reset default_transaction_read_only`);
    await client.query(all);
    client.release(true);
    await untilReady();
    expect(await approve(id)).toMatchObject({ status: 200, body: { status: "APPROVED" } });
  });

  it("reports that no command is executed, as metrics and log do, and that commands run again", async () => {
    const ann = await tokenFor("ann");
    const ids = [await server.ask(ann), await server.ask(ann), await server.ask(ann)];
    const blocker = await server.database.pool.connect();
    await blocker.query("begin");
    await blocker.query("lock table approval_requests in exclusive mode");
    const answers = ids.map(approve);
    await eventually(async () => {
      const { status, body } = await ready();
      return (status === 503 && body.commands !== "ok" && body.database === "ok") || undefined;
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^countersign_commands_waiting [1-9]/m);
    expect(Number(/^countersign_oldest_command_seconds (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    expect(server.log()).toContain("commands are stuck");
    await blocker.query("commit");
    blocker.release();
    for (const answer of answers) expect(await answer).toMatchObject({ status: 200, body: { status: "APPROVED" } });
    await untilReady();
    await eventually(async () => server.log().includes("commands are no longer stuck") || undefined);
  });

  it("does not change while a single row is locked, which is logged once", async () => {
    const ann = await tokenFor("ann");
    const [held, free] = [await server.ask(ann), await server.ask(ann)];
    const blocker = await server.database.pool.connect();
    await blocker.query("begin");
    await blocker.query("select from approval_requests where id = $1 for update", [held]);
    const waiting = approve(held as string);
    await eventually(async () => server.log().includes("rows that another transaction has locked") || undefined);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^countersign_commands_locked 1$/m);
    expect(await approve(free as string)).toMatchObject({ status: 200 });
    expect(await ready()).toMatchObject({ status: 200, body: { commands: "ok" } });
    await blocker.query("commit");
    blocker.release();
    expect(await waiting).toMatchObject({ status: 200 });
    await eventually(async () => server.log().includes("commands no longer wait for locked rows") || undefined);
  });
});
