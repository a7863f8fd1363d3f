/** The sessions of the orchestrator's engine. */

import pg from "pg";
import { driverAddress } from "../config/database-address.ts";
import type { Logger } from "../log.ts";
import { KEEP_ALIVE } from "./bounds.ts";
import { settle } from "./session-settings.ts";

export interface EnginePoolOptions {
  /** A direct connection. */
  url: string;
  /** How many connections it may have. */
  connections: number;
  log: Pick<Logger, "debug">;
}

/** So that the locks of a process that is cut off do not stay until a person ends its sessions. */
const BOUNDS = { statementMs: 0, lockMs: 0, idleInTransactionMs: 10_000 };

/** The engine's sessions, with our settings: it names an isolation level for some of its transactions only. */
export function createEnginePool({ url, connections, log }: EnginePoolOptions): pg.Pool {
  const made = new pg.Pool({
    ...{ connectionString: driverAddress(url), application_name: "countersign engine", max: connections },
    ...{ connectionTimeoutMillis: 10_000, ...KEEP_ALIVE },
    onConnect: (client) => settle(client, BOUNDS),
  });
  // For the client's whole life: a session may end between two statements of a transaction of the engine, or before the
  // engine has its own listener. An error without a listener would end the process.
  made.on("connect", (client) => client.on("error", () => {}));
  made.on("error", (error) => log.debug({ engine: "dbos", reason: error.message }, "an idle connection broke"));
  return made;
}
