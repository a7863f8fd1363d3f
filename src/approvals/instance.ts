/** The process's one manager, for programs that work on the database directly. */

import { loadConfig } from "../config.ts";
import { createHub } from "../db/hub.ts";
import { createLoaders } from "../db/loaders.ts";
import { createOutageLog, logFailure } from "../db/outage-log.ts";
import { createPool } from "../db/pool.ts";
import { createLogger } from "../log.ts";
import { ApprovalManager } from "./manager.ts";
import { TIMEOUT_ACTIONS, type TimeoutAction } from "./model.ts";
import { destinationsOf } from "./notices.ts";
import { throughOutages } from "./outages.ts";
import { type RetiredOptions, warnOfRetiredOptions } from "./retired-options.ts";
import type { UpdateSources } from "./updates/row-updates.ts";

export interface ApprovalManagerConfig extends RetiredOptions {
  /** PostgreSQL, migrated; default DATABASE_URL. */
  databaseUrl?: string;
  /** A direct connection to it; default DATABASE_LISTEN_URL, else `databaseUrl`. */
  databaseListenUrl?: string;
  /** ms between safety sweeps; default APPROVAL_TIMEOUT_CHECK_INTERVAL. */
  timeoutCheckInterval?: number;
  /** `false` drops the audit detail; default APPROVAL_ENABLE_AUDIT_LOG. */
  enableAuditLog?: boolean;
  /** ms; default APPROVAL_DEFAULT_TIMEOUT. */
  defaultTimeoutMs?: number;
  /** In either spelling; default APPROVAL_DEFAULT_TIMEOUT_ACTION. */
  defaultTimeoutAction?: TimeoutAction | Lowercase<TimeoutAction>;
}

interface Instance {
  manager: ApprovalManager;
  close(): Promise<void>;
}

let instance: Instance | undefined;
const sources = new WeakMap<ApprovalManager, UpdateSources>();

/**
 * The process's one manager; the first call makes it, and later ones return it whatever they are given. It connects and
 * starts its timeout clock in the background, however long the database is away. It holds the process until
 * `closeApprovalManager`.
 * @throws TypeError or ConfigError for a wrong configuration
 */
export function getApprovalManager(config: ApprovalManagerConfig = {}): ApprovalManager {
  warnOfRetiredOptions(config);
  instance ??= create(config);
  return instance.manager;
}

/** Ends the manager with its clock and connections; the next `getApprovalManager` makes another. */
export async function closeApprovalManager(): Promise<void> {
  const closing = instance;
  instance = undefined;
  await closing?.close();
}

/** What lets a program wait on the requests of a manager that `getApprovalManager` made. */
export const updateSourcesOf = (manager: ApprovalManager): UpdateSources | undefined => sources.get(manager);

function create(given: ApprovalManagerConfig): Instance {
  const config = loadConfig(process.env);
  const url = given.databaseUrl ?? config.databaseUrl;
  if (url === null) throw new TypeError("getApprovalManager needs databaseUrl, or DATABASE_URL.");
  const listenUrl = given.databaseListenUrl ?? (given.databaseUrl ? url : (config.databaseListenUrl ?? url));
  const log = createLogger(config.logLevel, 2);
  for (const { name, replacement } of config.retired) {
    log.warn(`${name} does nothing any more; instead: ${replacement}`);
  }
  const defaults = {
    timeoutMs: given.defaultTimeoutMs ?? config.approvals.defaultTimeoutMs,
    timeoutAction: actionOf(given.defaultTimeoutAction ?? config.approvals.defaultTimeoutAction),
  };
  const pool = createPool(url, { prepare: url === listenUrl, asApi: true, log });
  const hub = createHub({ listenUrl, pool, log });
  const manager = new ApprovalManager({
    pool,
    hub,
    defaults,
    timeoutCheckInterval: given.timeoutCheckInterval ?? config.approvals.timeoutCheckIntervalMs,
    // A program that works on the database itself is trusted with any host, unless hosts are listed.
    ...(config.webhook.callbackHosts !== null && { callbackHosts: config.webhook.callbackHosts }),
    destinations: destinationsOf(config),
    enableAuditLog: given.enableAuditLog ?? config.approvals.auditDetail,
    onError: (error, doing) => logFailure(log, "error", { err: error }, `${doing} failed`),
  });
  const outages = createOutageLog({ log, probe: () => pool.query("select") });
  sources.set(manager, { hub, loaders: createLoaders(pool) });

  const closing = new AbortController();
  const starting = (async () => {
    await throughOutages(() => pool.query("select"), closing.signal);
    await hub.start();
    await manager.startTimeoutChecker();
  })().catch((error: unknown) => {
    if (!closing.signal.aborted) log.error({ err: error }, "the approval manager could not start to listen");
  });
  return {
    manager,
    async close() {
      closing.abort();
      await starting;
      outages.stop();
      await manager.close();
      await hub.stop();
      await pool.end();
    },
  };
}

function actionOf(action: string): TimeoutAction {
  const found = TIMEOUT_ACTIONS.find((known) => known === action.toUpperCase());
  if (found === undefined) {
    throw new TypeError(`defaultTimeoutAction is ${JSON.stringify(action)}; it may be approve, reject or escalate.`);
  }
  return found;
}
