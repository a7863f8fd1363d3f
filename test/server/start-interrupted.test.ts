/** Tests a server that is stopped during its start, and one that cannot listen. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createLogger } from "../../src/log.ts";
import { buildApp } from "../../src/server/app.ts";
import { listenErrorOf } from "../../src/server/listen.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { SECRET } from "../support/server/server.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** An application with a list of its warnings and errors. */
function build(env: Record<string, string> = {}) {
  const problems: unknown[] = [];
  const log = createLogger("silent");
  for (const level of ["warn", "error", "fatal"] as const)
    log[level] = (...line: unknown[]) => void problems.push(line);
  const config = loadConfig({ PORT: "0", DATABASE_URL: database.url, AUTH_JWT_SECRET: SECRET, ...env });
  return { app: buildApp(config, log), problems };
}

describe("a server that is stopped during its start", () => {
  it("fails the start and logs no error, whatever the step", async () => {
    const { app, problems } = build();
    const started = app.start();
    await Promise.all([
      app.stop(),
      expect(started).rejects.toMatchObject({
        name: "StoppedError",
        message: "the server was stopped during its start",
      }),
    ]);
    expect(problems).toEqual([]);
  });

  it("fails the start and logs no error when its connection for LISTEN is open already", async () => {
    const { app, problems } = build();
    const started = app.start();
    const refused = expect(started).rejects.toMatchObject({ name: "StoppedError" });
    while (!app.services.hub.up) await new Promise(setImmediate);
    await app.stop();
    await refused;
    expect(problems).toEqual([]);
  });

  it("ends its migrations without another attempt", async () => {
    const stop = new AbortController();
    const warnings: unknown[] = [];
    const log = createLogger("silent");
    log.warn = (...line: unknown[]) => void warnings.push(line);
    log.info = () => stop.abort(new Error("interrupted"));
    const empty = await createTestDatabase({ migrated: false });
    await expect(migrate(empty.url, { log, signal: stop.signal })).rejects.toThrow("interrupted");
    expect(warnings).toEqual([]);
    // The next start runs what is missing.
    expect((await migrate(empty.url)).length).toBeGreaterThan(1);
    await empty.drop();
  });
});

describe("a server that cannot listen", () => {
  it("names the port that is in use, and what to set", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { app } = build({ PORT: String(port) });
    await expect(app.start()).rejects.toThrow(
      `PORT is "${port}"; this port is in use on 127.0.0.1. Set PORT to another one, or to 0 for a free one.`,
    );
    await app.stop();
    await new Promise((resolve) => other.close(resolve));
  });

  it("names an address that this machine does not have", async () => {
    const { app } = build({ HOST: "192.0.2.1" });
    await expect(app.start()).rejects.toThrow(
      /^HOST is "192\.0\.2\.1"; this machine has no such address .*127\.0\.0\.1/,
    );
    await app.stop();
  });

  it("names a port that only root may use", () => {
    const place = { host: "127.0.0.1", port: 80 };
    expect(listenErrorOf(Object.assign(new Error(), { code: "EACCES" }), place)?.message).toBe(
      'PORT is "80"; this user may not listen on it (EACCES). Set PORT to 1024 or higher, or to 0 for a free one.',
    );
    expect(listenErrorOf(Object.assign(new Error(), { code: "EMFILE" }), place)).toBe(null);
  });
});
