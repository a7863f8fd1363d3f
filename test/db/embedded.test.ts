import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataDirError, loadOrCreateSecret } from "../../src/db/embedded/data-dir.ts";
import { type EmbeddedDatabase, startEmbedded } from "../../src/db/embedded/embedded.ts";
import { descendants, isRunning, killIfRunning, type Started, startScript } from "../support/processes.ts";

const SCRIPT = new URL("../support/db/embedded-process.ts", import.meta.url).pathname;

interface Launched extends Started {
  url: string;
  server: number;
}

let dataDir: string;
const launched: Started[] = [];

// One folder for nearly all: making a cluster takes longer than the rest of a test.
const shared = join(tmpdir(), `countersign-embedded-${randomBytes(6).toString("hex")}`);
beforeEach(() => {
  dataDir = shared;
});

afterEach(async () => {
  for (const started of launched.splice(0)) {
    if (started.child.exitCode === null && started.child.signalCode === null) await started.end("SIGTERM");
  }
  if (dataDir !== shared) rmSync(dataDir, { recursive: true, force: true });
});

afterAll(() => rmSync(shared, { recursive: true, force: true }));

async function launch(...args: string[]): Promise<Launched> {
  const started = startScript(SCRIPT, [dataDir, ...args]);
  launched.push(started);
  const { url, pid } = JSON.parse(await started.line()) as { url: string; pid: number };
  return { ...started, url, server: pid };
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const startHere = (): Promise<EmbeddedDatabase> => startEmbedded({ dataDir, durable: false });

async function refusalOf(start: Promise<EmbeddedDatabase>): Promise<string> {
  const error = await start.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataDirError);
  const { message } = error as DataDirError;
  expect(message).not.toContain("\n");
  return message;
}

describe("the embedded database", () => {
  it("compares text the same on every machine and answers only on the loopback address, with a password", async () => {
    const { url } = await launch("fast");
    const [database] = await query(
      url,
      `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale, datcollate,
              current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets
         from pg_database where datname = current_database()`,
    );
    expect(database).toEqual({
      encoding: "UTF8",
      provider: "b",
      locale: "C.UTF-8",
      datcollate: "C",
      addresses: "127.0.0.1",
      sockets: "",
    });
    const other = new URL(url);
    other.password = "wrong";
    await expect(query(other.href, "select")).rejects.toMatchObject({ code: "28P01" });
    const password = statSync(join(dataDir, "postgres", "countersign.password"));
    expect(password.mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, "postgres")).mode & 0o077).toBe(0);
  });

  it("runs as the owner of its folder, never as root", async () => {
    const { server } = await launch("fast");
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${server}/status`, "utf8"))?.[1]);
    expect(uid).not.toBe(0);
    for (const name of [".", "lock", "lock.pid", "postgres", "postgres/countersign.password"]) {
      expect(statSync(join(dataDir, name)).uid, name).toBe(uid);
    }
  });

  it("has its data again after a restart", async () => {
    const first = await launch();
    await query(first.url, "drop table if exists kept; create table kept as select 42 as answer");
    await first.end("SIGTERM");
    const second = await launch();
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  it("refuses a second start in the same folder and names the first process, which continues", async () => {
    const first = await launch("fast");
    await query(first.url, "drop table if exists kept; create table kept (answer integer)");
    const second = await startScript(SCRIPT, [dataDir]).end();
    expect(second.code).toBe(1);
    expect(second.stderr.trim().split("\n")).toHaveLength(1);
    expect(second.stderr).toContain(
      `${dataDir} is in use by the process with pid ${first.pid}; stop that process first`,
    );
    await query(first.url, "insert into kept values (42)");
    expect(isRunning(first.server)).toBe(true);
  });

  it("refuses a second start in the same folder from the same process", async () => {
    const database = await startHere();
    expect(await refusalOf(startHere())).toContain(`pid ${process.pid}`);
    await database.stop();
    await (await startHere()).stop();
  });

  it("lets exactly one of several processes start at once in an empty folder", async () => {
    dataDir = `${shared}-empty`;
    const started = Array.from({ length: 4 }, () => startScript(SCRIPT, [dataDir, "fast"]));
    launched.push(...started);
    const answers = await Promise.allSettled(started.map((one) => one.line()));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === "rejected") expect(String(answer.reason)).toMatch(/is in use by (the process|another)/);
    }
  });

  it("leaves no process behind at SIGTERM", async () => {
    const started = await launch("fast");
    const all = descendants(started.pid);
    expect(all.some(({ pid }) => pid === started.server)).toBe(true);
    expect((await started.end("SIGTERM")).code).toBe(0);
    expect(all.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it("starts again after its process was killed, with everything that was committed", async () => {
    const first = await launch();
    await query(first.url, "drop table if exists kept; create table kept as select 42 as answer");
    await first.end("SIGKILL");
    const second = await launch();
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
    expect(isRunning(first.server)).toBe(false);
  });

  it("ends a server that is still running because the process that ends it was killed as well", async () => {
    const first = await launch();
    await query(first.url, "drop table if exists kept; create table kept as select 42 as answer");
    const watcher = descendants(first.pid).find(({ command }) => command.startsWith("/bin/sh"));
    process.kill(watcher?.pid as number, "SIGKILL");
    await first.end("SIGKILL");
    expect(isRunning(first.server)).toBe(true);
    const second = await launch();
    expect(isRunning(first.server)).toBe(false);
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  it("starts again after the server was killed together with its parent", async () => {
    const first = await launch();
    const others = descendants(first.pid).map(({ pid }) => pid);
    await query(first.url, "drop table if exists kept; create table kept as select 42 as answer");
    // The backends of the server may end by themselves, as soon as the first process is killed.
    for (const pid of [first.pid, ...others]) killIfRunning(pid);
    await first.end();
    const second = await launch();
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  it("starts despite an old pid file whose process id now belongs to another process", async () => {
    await (await startHere()).stop();
    const file = join(dataDir, "postgres", "postmaster.pid");
    writeFileSync(file, `${process.pid}\n${join(dataDir, "postgres")}\n1700000000\n5432\n\n127.0.0.1\n`);
    await (await startHere()).stop();
  });

  it("reports when its server ends unexpectedly", async () => {
    const database = await startHere();
    process.kill(database.pid, "SIGINT");
    await database.ended;
    await (await startHere()).stop();
  });

  it("refuses a folder of another PostgreSQL version and leaves it as it was", async () => {
    await (await startHere()).stop();
    const version = join(dataDir, "postgres", "PG_VERSION");
    writeFileSync(version, "15\n");
    expect(await refusalOf(startHere())).toContain("has data of PostgreSQL 15, but this is version 18");
    writeFileSync(version, "18\n");
    await (await startHere()).stop();
  });

  it("uses the port that is given", async () => {
    const first = await startHere();
    await first.stop();
    const second = await startEmbedded({ dataDir, durable: false, port: first.port });
    expect(second.port).toBe(first.port);
    await second.stop();
  });
});

describe("a secret in the data directory", () => {
  it("is created once and stored, readable only by its owner", () => {
    const secret = loadOrCreateSecret(dataDir, "secret");
    expect(secret).toHaveLength(43);
    expect(loadOrCreateSecret(dataDir, "secret")).toBe(secret);
    expect(statSync(join(dataDir, "secret")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, "secret")).uid).toBe(statSync(dataDir).uid);
  });
});
