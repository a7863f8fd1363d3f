import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { clusterUrl } from "../../src/db/embedded/embedded.ts";
import { openSession } from "../../src/db/session.ts";
import { runCommand } from "../support/cli/process.ts";
import { descendants, isRunning, type Started, startScript } from "../support/processes.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

// One folder for nearly all tests, because creating a cluster takes longer than the rest of a test.
const dataDir = join(tmpdir(), `countersign-start-${randomBytes(6).toString("hex")}`);
const started: Started[] = [];

afterEach(async () => {
  for (const one of started.splice(0)) await one.end("SIGTERM");
});

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function start(env: NodeJS.ProcessEnv = {}): Started {
  const unset = { DATABASE_URL: "", DATABASE_LISTEN_URL: "", NODE_ENV: "", HOST: "", AUTH_JWT_SECRET: "" };
  const one = startScript(MAIN, [], { ...unset, PORT: "0", DATA_DIR: dataDir, ...env });
  started.push(one);
  return one;
}

/** Reads the log up to the line that names the address. */
async function addressOf(server: Started): Promise<string> {
  for (;;) {
    const { url } = JSON.parse(await server.line()) as { url?: string };
    if (url) return url;
  }
}

describe("the server's process", () => {
  it("starts from nothing, prints its address even when it logs nothing, and leaves no process when it ends", async () => {
    const server = start({ LOG_LEVEL: "silent" });
    const url = await addressOf(server);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const below = descendants(server.pid);
    expect(below.length).toBeGreaterThan(1);
    expect(await server.end("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect(below.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it("treats an interrupt that it receives twice, from the terminal and from npm, as one", async () => {
    const server = start();
    await addressOf(server);
    server.child.kill("SIGINT");
    expect((await server.end("SIGINT")).code).toBe(0);
  });

  it("gives countersign url the address of its database, and countersign token its secret", async () => {
    const url = await addressOf(start());
    const env = { DATA_DIR: dataDir };
    const [address, token] = await Promise.all([runCommand(["url"], { env }), runCommand(["token", "ann"], { env })]);
    expect(address).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^postgres:\/\/countersign:[\w-]+@127\.0\.0\.1:\d+\/countersign\n$/),
      stderr: "",
    });
    const session = await openSession({ url: address.stdout.trim(), name: "test" });
    expect((await session.query("select count(*)::int as n from countersign_migrations")).rows[0].n).toBeGreaterThan(1);
    await session.end();
    const viewer = await fetch(`${url}/api/approvals/pending`, {
      headers: { Authorization: `Bearer ${token.stdout.trim()}` },
    });
    expect(viewer.status).toBe(200);
  });

  it("reports a port in use with one line, and stops the database that it has started", async () => {
    const first = start();
    const { port } = new URL(await addressOf(first));
    const second = await startScript(MAIN, [], { PORT: port, DATA_DIR: `${dataDir}-2`, DATABASE_URL: "" }).end();
    rmSync(`${dataDir}-2`, { recursive: true });
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^countersign: PORT is "${port}"; .*\n$`)),
    });
  });

  it("reports an invalid value with one line, before it changes anything", async () => {
    const { code, stderr } = await start({ LOG_LEVEL: "loud", DATA_DIR: `${dataDir}-3` }).end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: LOG_LEVEL is "loud"; it must be .*\n$/);
    expect(existsSync(`${dataDir}-3`)).toBe(false);
  });

  it("reports in one line the database that it cannot reach, without the password", async () => {
    const { code, stderr } = await start({ DATABASE_URL: "postgres://ann:hidden@127.0.0.1:1/approvals" }).end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: no connection to database approvals at 127\.0\.0\.1:1 \(DATABASE_URL, .*\n$/);
    expect(stderr).not.toContain("hidden");
  });

  it("reports in one line the TLS file that it cannot read", async () => {
    const DATABASE_URL = "postgres://ann:hidden@127.0.0.1:1/approvals?sslmode=verify-full&sslrootcert=/nowhere/ca.pem";
    const { code, stderr } = await start({ DATABASE_URL }).end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: a file for sslrootcert, .* cannot be read: .*\/nowhere\/ca\.pem'\n$/);
    expect(stderr).not.toContain("hidden");
  });

  it("logs the warning of a library as a JSON line rather than as text", async () => {
    const warn = "setInterval(() => process.emitWarning('beware'), 100).unref()";
    const server = start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(warn)}` });
    for (;;) {
      const line = JSON.parse(await server.line()) as { msg: string; err?: { message: string } };
      if (line.err === undefined) continue;
      expect(line).toMatchObject({ level: 40, msg: "warning from Node.js or a library", err: { message: "beware" } });
      break;
    }
    await addressOf(server);
  });

  it("does not warn about an sslmode, and reports in one line that the server has no TLS", async () => {
    const first = start();
    await addressOf(first);
    const cluster = join(dataDir, "postgres");
    const url = clusterUrl(cluster, Number(readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[3]));
    const modes = ["allow", "prefer", "require", "verify-ca", "verify-full"];
    const ends = await Promise.all(modes.map((mode) => start({ DATABASE_URL: `${url}?sslmode=${mode}` }).end()));
    for (const { code, stderr } of ends) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/^countersign: no connection to .*: The server does not support SSL connections\n$/);
    }
  });

  it("warns once about the predecessor's variables", async () => {
    const server = start({ APPROVAL_POLL_INTERVAL: "5000" });
    const { msg } = JSON.parse(await server.line()) as { msg: string };
    expect(msg).toMatch(/^APPROVAL_POLL_INTERVAL no longer has an effect/);
    await addressOf(server);
  });

  it("names a misspelled variable, without its value, before a missing variable stops the start", async () => {
    const server = start({ NODE_ENV: "production", AUTH_JWT_SECRT: "hunter2-hunter2-hunter2-hunter2-hunter2" });
    const line = await server.line();
    expect(JSON.parse(line).msg).toBe(
      "AUTH_JWT_SECRT is not a variable of Countersign and has no effect; did you mean AUTH_JWT_SECRET?",
    );
    const { code, stderr } = await server.end();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^countersign: AUTH_JWT_SECRET is ""/)]);
    expect(line + stderr).not.toContain("hunter2");
  });

  it("does not start in production with a short secret", async () => {
    const { code, stderr } = await start({ NODE_ENV: "production", AUTH_JWT_SECRET: "short" }).end();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^countersign: AUTH_JWT_SECRET is .*32 bytes.*\n$/)]);
    expect(stderr).not.toContain("short");
  });
});
