/**
 * The core of a process: pool, hub, loaders and manager, wired once for the server and for programs that use the
 * database directly.
 */

import type { Config } from "../config/config.ts";
import { createLoaders, type Loaders } from "../db/loaders.ts";
import { logFailure } from "../db/outage-log.ts";
import { createPool, type Pool, type PoolOptions } from "../db/pool.ts";
import { createHub, type Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";
import { ApprovalManager, type ManagerOptions } from "./manager.ts";
import { destinationsOf } from "./notifications.ts";

/** The addresses of one database. */
export interface Database {
  /** For queries; may point to a transaction pooler. */
  url: string;
  /** A direct connection to the same database. */
  listenUrl: string;
}

export interface CoreOptions {
  database: Database;
  pool?: Pick<PoolOptions, "max" | "query_timeout">;
  /** ms between two checks of the LISTEN session. */
  heartbeatMs?: number | undefined;
  /** Limits for callers. A program that uses the database directly has fewer of them than a caller of the API. */
  callerLimits: Pick<ManagerOptions, "callbackHosts" | "recipientLimits">;
}

export interface Core {
  readonly pool: Pool;
  readonly hub: Hub;
  readonly loaders: Loaders;
  readonly manager: ApprovalManager;
}

/** Creates the core. The caller starts and stops the hub and the manager's clock, and ends the pool last. */
export function createCore(
  config: Pick<Config, "approvals" | "slack" | "webhook">,
  log: Logger,
  options: CoreOptions,
): Core {
  const { database, heartbeatMs, callerLimits } = options;
  // A separate address for sessions means that the other one points to a transaction pooler.
  const prepare = database.url === database.listenUrl;
  const pool = createPool(database.url, { ...options.pool, prepare, asApi: true, log });
  const hub = createHub({ listenUrl: database.listenUrl, pool, log, heartbeatMs });
  const { defaultTimeoutMs, defaultTimeoutAction, timeoutCheckIntervalMs, auditDetail } = config.approvals;
  const manager = new ApprovalManager({
    ...callerLimits,
    pool,
    hub,
    defaults: { timeoutMs: defaultTimeoutMs, timeoutAction: defaultTimeoutAction },
    timeoutCheckInterval: timeoutCheckIntervalMs,
    destinations: destinationsOf(config),
    enableAuditLog: auditDetail,
    onError: (error, doing) => logFailure(log, "error", { err: error }, `${doing} failed`),
  });
  return { pool, hub, loaders: createLoaders(pool), manager };
}
