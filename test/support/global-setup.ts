/** Starts one PostgreSQL for all test files, with a migrated template of which every file gets a copy. */

import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "../../src/db/embedded/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { packageFolder } from "./package/folder.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of a database on the run's server, from which others may be created. */
    adminUrl: string;
    /** Name of the migrated database. */
    templateDatabase: string;
  }
}

/** Follows the template's name in that of its copy with many requests, which a test makes. */
export const MANY_REQUESTS = "_many_requests";
/** The same for its copy with the tables of the orchestrator's engine. */
export const ENGINE = "_engine";

/** Uses `TEST_DATABASE_URL` (a superuser's address) if it is set, else an embedded server in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const template = `countersign_template_${randomBytes(4).toString("hex")}`;
  await query(server.url, `create database ${template}`);
  await migrate(withDatabase(server.url, template));
  project.provide("adminUrl", server.url);
  project.provide("templateDatabase", template);
  return async () => {
    await rm(packageFolder(template), { recursive: true, force: true });
    await query(server.url, `drop database ${template}`);
    for (const suffix of [MANY_REQUESTS, ENGINE])
      await query(server.url, `drop database if exists ${template}${suffix}`);
    await server.stop();
  };
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  if (process.env.TEST_DATABASE_URL) return { url: process.env.TEST_DATABASE_URL, stop: async () => {} };
  const folder = join(tmpdir(), `countersign-test-${randomBytes(6).toString("hex")}`);
  const server = await startEmbedded({ dataDir: folder, durable: false });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** The address of another database on the same server. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
