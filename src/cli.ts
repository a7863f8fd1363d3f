#!/usr/bin/env node
/** The command `countersign`. */

import type { Command } from "./cli/command.ts";
import { exportAuditCommand } from "./cli/export-audit.ts";
import { verifyAuditCommand } from "./cli/verify-audit.ts";
import { loadConfig } from "./config.ts";
import { startEmbedded } from "./db/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { createLogger, oneLine } from "./log.ts";

const nothingElse = (args: string[]) => {
  if (args.length > 0) throw new Error(`unknown: ${args.join(" ")}; see --help`);
};

const migrateCommand: Command = {
  about: "bring the database up to this version: DATABASE_LISTEN_URL, else DATABASE_URL, else the embedded one",
  help: "Usage: countersign migrate\n\nRuns the migrations that the database lacks; any number of processes may do so at once.",
  async run(args) {
    nothingElse(args);
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
    return 0;
  },
};

const serveCommand: Command = {
  about: "start the server, with an embedded PostgreSQL unless DATABASE_URL is set",
  help: "Usage: countersign serve\n\nREADME.md lists the environment variables.",
  async run(args) {
    nothingElse(args);
    // Only this command needs the server's modules.
    const { serve } = await import("./main.ts");
    await serve(process.env);
    return undefined;
  },
};

const COMMANDS = new Map<string, Command>([
  ["serve", serveCommand],
  ["migrate", migrateCommand],
  ["verify-audit", verifyAuditCommand],
  ["export-audit", exportAuditCommand],
]);

const HELP = `Usage: countersign <command>

${Array.from(COMMANDS, ([name, { about }]) => `  ${name.padEnd(14)}${about}`).join("\n")}

  --help        show this, or what a command takes

README.md lists the environment variables.`;

const isHelp = (arg: string) => arg === "--help" || arg === "-h";

async function main(name: string | undefined, args: string[]): Promise<number | undefined> {
  if (name !== undefined && isHelp(name)) {
    console.log(HELP);
    return 0;
  }
  const command = COMMANDS.get(name ?? "");
  try {
    if (command === undefined) throw new Error(`${name === undefined ? "no command" : `unknown: ${name}`}; see --help`);
    if (!args.some(isHelp)) return await command.run(args);
    console.log(command.help);
    return 0;
  } catch (error) {
    console.error(`countersign: ${oneLine(error)}`);
    process.exit(command?.failureCode ?? 1);
  }
}

const [name, ...args] = process.argv.slice(2);
process.exitCode = await main(name, args);
