/** The connection pool of the orchestrator's engine. */

import pg from "pg";
import { driverAddress } from "../config/database-address.ts";
import type { Logger } from "../log.ts";
import { KEEP_ALIVE } from "./bounds.ts";
import { applySettings } from "./session-settings.ts";

export interface EnginePoolOptions {
  /** A direct connection. */
  url: string;
  /** The most connections that it may have. */
  connections: number;
  log: Pick<Logger, "debug">;
}

/** Releases the locks of a process that has lost its network, so nobody has to end its sessions by hand. */
const BOUNDS = { statementMs: 0, lockMs: 0, idleInTransactionMs: 10_000 };

/**
 * Applies the settings of this code to the engine's sessions, because the engine sets an isolation level for some
 * transactions only.
 */
export function createEnginePool({ url, connections, log }: EnginePoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: driverAddress(url),
    application_name: "countersign engine",
    max: connections,
    connectionTimeoutMillis: 10_000,
    ...KEEP_ALIVE,
    onConnect: (client) => applySettings(client, BOUNDS),
  });
  // The listener stays for the client's whole life: a session may end between two statements of a transaction, or
  // before
  // the engine adds its own listener. An error without a listener would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", (error) => log.debug({ engine: "dbos", reason: error.message }, "an idle connection was lost"));
  return pool;
}
