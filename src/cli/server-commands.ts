/** `countersign serve` and `countersign migrate`; only they need the modules that they load. */

import { command } from "./command.ts";

export const serveCommand = command({
  name: "serve",
  about: "start the server, with an embedded PostgreSQL unless DATABASE_URL is set",
  text: "Starts the server, which runs until it receives a signal. docs/configuration.md lists the environment variables.",
  options: {},
  exits: "0 after SIGINT or SIGTERM, 1 if the server could not start.",
  examples: ["PORT=8080 countersign serve", "DATABASE_URL=postgres://… AUTH_JWT_SECRET=… countersign serve"],
  async run() {
    const { serve } = await import("../main.ts");
    await serve(process.env);
    return undefined;
  },
});

export const migrateCommand = command({
  name: "migrate",
  about: "migrate the database to this version: DATABASE_LISTEN_URL, else DATABASE_URL, else the embedded one",
  text: "Runs the missing migrations. Any number of processes may run it at the same time.",
  options: {},
  exits: "0, or 1 if a migration failed.",
  examples: ["DATABASE_URL=postgres://… countersign migrate"],
  async run() {
    const [{ loadConfig }, { startEmbedded }, { migrate }, { createLogger }] = await Promise.all([
      import("../config/config.ts"),
      import("../db/embedded/embedded.ts"),
      import("../db/migrate.ts"),
      import("../log.ts"),
    ]);
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
});
