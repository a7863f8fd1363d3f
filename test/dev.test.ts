/** Tests `npm run dev` and `npm run seed` as a contributor runs them. */

import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { descendants, isRunning, type Started, startScript } from "./support/processes.ts";

const DEV = new URL("../build/dev.ts", import.meta.url).pathname;
const SEED = new URL("./support/web/seed.ts", import.meta.url).pathname;
const UNSET = {
  NODE_ENV: "",
  HOST: "",
  DATABASE_URL: "",
  DATABASE_LISTEN_URL: "",
  AUTH_JWT_SECRET: "",
  PUBLIC_URL: "",
};

const running: Started[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.end("SIGTERM");
});

test("npm run dev serves the inbox over a server, npm run seed fills it, and an interrupt ends every process", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "countersign-dev-"));
  try {
    const dev = startScript(DEV, [], { ...UNSET, PORT: "0", DATA_DIR: dataDir });
    running.push(dev);
    let web: string | undefined;
    let link: string | undefined;
    while (web === undefined || link === undefined) {
      const line = await dev.line();
      web ??= /"web":"([^"]+)"/.exec(line)?.[1];
      link ??= /Sign in as bob@company\.com[^"]*(http[^"]+)/.exec(line)?.[1];
    }
    expect(link).toContain(`${web}/sign-in#token=`);
    expect(await (await fetch(web)).text()).toContain("/src/main.tsx");

    const seed = startScript(SEED, [], { ...UNSET, COUNTERSIGN_URL: web, DATA_DIR: dataDir });
    running.push(seed);
    expect(await seed.end()).toEqual({ code: 0, stderr: "" });
    const pending = await fetch(`${web}/api/approvals/pending`, {
      headers: { Authorization: `Bearer ${link.split("#token=")[1]}` },
    });
    expect((await pending.json()).items.length).toBeGreaterThan(5);

    const below = descendants(dev.pid);
    expect(below.length).toBeGreaterThan(2);
    expect((await dev.end("SIGINT")).code).toBe(0);
    expect(below.filter(({ pid }) => isRunning(pid))).toEqual([]);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test("npm run dev refuses a port in use with one line, before it starts a database", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const dataDir = join(tmpdir(), `countersign-dev-${process.pid}`);
  const dev = startScript(DEV, [], { ...UNSET, PORT: String(port), DATA_DIR: dataDir });
  running.push(dev);
  const stderr = `countersign: PORT is "${port}"; this port is in use on 127.0.0.1. Set PORT to another one, or to 0 for a free one.\n`;
  expect(await dev.end()).toEqual({ code: 1, stderr });
  expect(existsSync(dataDir)).toBe(false);
  other.close();
});
