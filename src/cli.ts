#!/usr/bin/env node
/** The command `countersign`. */

import { parseArgs } from "node:util";
import { loadConfig } from "./config.ts";
import { startEmbedded } from "./db/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { createLogger, runOrExit } from "./log.ts";

const HELP = `Usage: countersign <command>

  serve     start the server, with an embedded PostgreSQL unless DATABASE_URL is set
  migrate   bring the database up to this version: DATABASE_LISTEN_URL, else DATABASE_URL, else the embedded one

  --help    show this

README.md lists the environment variables.`;

async function runMigrate(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger(config.logLevel, 2);
  const embedded =
    config.databaseListenUrl === null ? await startEmbedded({ dataDir: config.dataDir, log }) : undefined;
  try {
    const ran = await migrate(config.databaseListenUrl ?? (embedded?.url as string), { log });
    console.log(ran.length === 0 ? "The database is up to date." : `Ran ${ran.join(", ")}.`);
  } finally {
    await embedded?.stop();
  }
}

async function runServe(): Promise<void> {
  // Only this command needs the server's modules.
  const { serve } = await import("./main.ts");
  await serve(process.env);
}

const COMMANDS = new Map([
  ["serve", runServe],
  ["migrate", runMigrate],
]);

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  const [command, ...rest] = positionals;
  if (values.help) return console.log(HELP);
  const run = command === undefined || rest.length > 0 ? undefined : COMMANDS.get(command);
  if (run === undefined) throw new Error(`${command ? `unknown: ${positionals.join(" ")}` : "no command"}; see --help`);
  await run();
}

await runOrExit(main);
