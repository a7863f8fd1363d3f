/** `countersign serve` and `countersign migrate`; only they need the modules that they load. */

import { importServer } from "../server-package.ts";
import { command } from "./command.ts";

export const serveCommand = command({
  name: "serve",
  about: "start the server, with an embedded PostgreSQL unless DATABASE_URL is set",
  text: "Starts the server, which runs until it receives a signal. docs/configuration.md lists the environment variables.",
  options: {},
  exits: "0 after SIGINT or SIGTERM, 1 if the server could not start.",
  examples: ["PORT=8080 countersign serve", "DATABASE_URL=postgres://… AUTH_JWT_SECRET=… countersign serve"],
  async run() {
    const { serve } = await importServer(() => import("../main.ts"), "serve");
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
    const { migrateConfigured } = await importServer(() => import("./migrate-configured.ts"), "migrate");
    await migrateConfigured();
    return 0;
  },
});
