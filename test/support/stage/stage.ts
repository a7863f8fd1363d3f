/**
 * The setup of measurements: a PostgreSQL of their own, durable as in production, and the API as a process of its own.
 */

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { startEmbedded } from "../../../src/db/embedded/embedded.ts";
import { migrate } from "../../../src/db/migrate.ts";
import { createPool, type Pool } from "../../../src/db/pool.ts";
import { type NodeProcess, startNode } from "./node-process.ts";
import type { Usage } from "./probe.ts";

const SECRET = randomBytes(32).toString("hex");
/** Loaded with --import, answers `Usage`. */
export const PROBE = new URL("./probe.ts", import.meta.url).href;

export interface Database {
  readonly url: string;
  /** For the measurement's own queries. */
  readonly pool: Pool;
}

let version = "not started";
/** The version of the PostgreSQL that was started last. */
export const postgresVersion = () => version;

/** Starts PostgreSQL in a temporary folder, with the tables; `running` ends it. */
export async function startDatabase(
  running: AsyncDisposableStack,
  options: { preload?: string } = {},
): Promise<Database> {
  const dataDir = join(tmpdir(), `countersign-bench-${randomBytes(6).toString("hex")}`);
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  // An interrupt ends this process without unwinding; PostgreSQL follows it by itself.
  process.once("exit", remove);
  running.defer(() => {
    process.off("exit", remove);
    remove();
  });
  let server = await startEmbedded({ dataDir });
  if (options.preload !== undefined) {
    await onePool(server.url, (pool) => pool.query(`alter system set shared_preload_libraries = '${options.preload}'`));
    await server.stop();
    server = await startEmbedded({ dataDir });
  }
  running.defer(() => server.stop());
  await migrate(server.url);
  const pool = createPool(server.url, { application_name: "countersign bench", query_timeout: 600_000 });
  running.defer(() => pool.end());
  const { rows } = await pool.query<{ version: string }>("select split_part(version(), ' ', 2) as version");
  version = rows[0]?.version ?? version;
  return { url: server.url, pool };
}

async function onePool(url: string, work: (pool: Pool) => Promise<unknown>): Promise<void> {
  const pool = createPool(url);
  try {
    await work(pool);
  } finally {
    await pool.end();
  }
}

export interface Api {
  /** As in `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly pid: number;
  usage(): Promise<Usage>;
  /** Sends a question to a module that `flags` loads. */
  ask: NodeProcess["ask"];
}

/** Starts the API on a database, as `npm start` does; `running` ends it. */
export async function startApi(
  running: AsyncDisposableStack,
  { url }: Database,
  flags: string[] = [],
  env: Record<string, string> = {},
): Promise<Api> {
  const api = startNode(
    "src/main.ts",
    {
      PORT: "0",
      HOST: "127.0.0.1",
      LOG_LEVEL: "warn",
      DATABASE_URL: url,
      AUTH_JWT_SECRET: SECRET,
      // One user sends everything here.
      LIMIT_OPERATIONS_PER_MINUTE: "0",
      LIMIT_WRITES_PER_MINUTE: "0",
      LIMIT_CONNECTIONS_PER_VIEWER: "100000",
      ...env,
    },
    ["--import", PROBE, ...flags],
  );
  running.defer(() => api.stop());
  for (;;) {
    const line = await api.line();
    if (!line.includes("Countersign is ready")) {
      console.error(line);
      continue;
    }
    const ready = JSON.parse(line) as { url: string };
    return { url: ready.url, pid: api.pid, usage: () => api.ask<Usage>("usage"), ask: api.ask };
  }
}

/** A token as an identity provider would sign it. */
export function tokenFor(userId: string, claims: { scope?: string; roles?: string[] } = {}): Promise<string> {
  return new SignJWT({ sub: userId, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("12h")
    .sign(new TextEncoder().encode(SECRET));
}

/** The user who waits: an orchestrator, which created the requests and may see them all. */
export const waiterToken = () => tokenFor("orchestrator", { scope: "approvals:request approvals:read" });
/** The user who decides: the one person whom the requests name. */
export const deciderToken = () => tokenFor("bob");
