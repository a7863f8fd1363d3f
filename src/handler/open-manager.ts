/** Opens a manager on a database, for programs that use the database directly. */

import { createCore } from "../approvals/core.ts";
import type { ApprovalManager } from "../approvals/manager.ts";
import { type Config, loadConfig } from "../config/config.ts";
import { createOutageLog } from "../db/outage-log.ts";
import type { UpdateSources } from "../live/row-updates.ts";
import { createLogger } from "../log.ts";
import { TIMEOUT_ACTIONS, type TimeoutAction } from "../model/approvals.ts";
import { channelsOf, type NotificationService, serviceChannels } from "../notifications/service.ts";
import { createTemplates } from "../notifications/templates.ts";
import { createWorker, type Worker } from "../notifications/worker.ts";
import { throughOutages } from "./outages.ts";
import type { RetiredOptions } from "./retired-options.ts";

/** The options of a manager. Everything that is omitted comes from the environment. */
export interface ApprovalManagerConfig extends RetiredOptions {
  /** A migrated PostgreSQL database. Default: DATABASE_URL. */
  databaseUrl?: string;
  /** A direct connection to the database. Default: DATABASE_LISTEN_URL, otherwise `databaseUrl`. */
  databaseListenUrl?: string;
  /** ms between safety sweeps. Default: APPROVAL_TIMEOUT_CHECK_INTERVAL. */
  timeoutCheckInterval?: number;
  /** `false` omits the audit detail. Default: APPROVAL_ENABLE_AUDIT_LOG. */
  enableAuditLog?: boolean;
  /** ms. Default: APPROVAL_DEFAULT_TIMEOUT. */
  defaultTimeoutMs?: number;
  /** In upper or lower case. Default: APPROVAL_DEFAULT_TIMEOUT_ACTION. */
  defaultTimeoutAction?: TimeoutAction | Lowercase<TimeoutAction>;
  /** Sends the messages of its channels from this process. Default: none; the server sends them. */
  notificationService?: NotificationService | null;
}

/** A manager with the objects that it uses. */
export interface OpenManager extends UpdateSources {
  manager: ApprovalManager;
  /** PUBLIC_URL; null if it is not set. */
  publicUrl: string | null;
  close(): Promise<void>;
}

/**
 * Creates a manager. It connects and starts its timeout clock in the background, also if the database is unavailable at
 * first.
 * @throws TypeError or ConfigError for a wrong configuration
 */
export function openManager(given: ApprovalManagerConfig): OpenManager {
  const config = loadConfig(process.env);
  const url = given.databaseUrl ?? config.databaseUrl;
  if (url === null) throw new TypeError("An approval manager needs databaseUrl, or DATABASE_URL.");
  const service = given.notificationService ?? null;
  if (service !== null) channelsOf(service); // Fails before anything is opened.
  const listenUrl = given.databaseListenUrl ?? (given.databaseUrl ? url : (config.databaseListenUrl ?? url));
  const log = createLogger(config.logLevel, 2);
  for (const { name, replacement } of config.retired) {
    log.warn(`${name} no longer has an effect; instead: ${replacement}`);
  }
  const { callbackHosts } = config.webhook;
  const { pool, hub, loaders, manager } = createCore({ ...config, approvals: approvalsOf(config, given) }, log, {
    database: { url, listenUrl },
    // A program that uses the database directly may use any host, unless CALLBACK_HOSTS lists hosts.
    callerLimits: callbackHosts === null ? {} : { callbackHosts },
  });
  const outages = createOutageLog({ log, probe: () => pool.query("select") });
  let worker: Worker | undefined;
  if (service !== null) {
    const templates = createTemplates({ dir: config.templatesDir, log });
    const publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`;
    worker = createWorker({ pool, hub, manager, channels: serviceChannels(service, templates, publicUrl), log });
  }

  const closing = new AbortController();
  const started = (async () => {
    await throughOutages(() => pool.query("select"), closing.signal);
    await hub.start();
    await manager.startTimeoutChecker();
    if (!closing.signal.aborted) worker?.start();
  })().catch((error: unknown) => {
    if (!closing.signal.aborted) log.error({ err: error }, "the approval manager could not start");
  });
  return {
    manager,
    publicUrl: config.publicUrl,
    hub,
    loaders,
    async close() {
      closing.abort();
      await started;
      try {
        await worker?.stop();
        await service?.close?.();
      } finally {
        outages.stop();
        await manager.close();
        await hub.stop();
        await pool.end();
      }
    },
  };
}

/** The options of the program, and the environment for those that it omits. */
function approvalsOf({ approvals }: Config, given: ApprovalManagerConfig): Config["approvals"] {
  return {
    timeoutCheckIntervalMs: given.timeoutCheckInterval ?? approvals.timeoutCheckIntervalMs,
    defaultTimeoutMs: given.defaultTimeoutMs ?? approvals.defaultTimeoutMs,
    defaultTimeoutAction: actionOf(given.defaultTimeoutAction ?? approvals.defaultTimeoutAction),
    auditDetail: given.enableAuditLog ?? approvals.auditDetail,
  };
}

function actionOf(action: string): TimeoutAction {
  const found = TIMEOUT_ACTIONS.find((known) => known === action.toUpperCase());
  if (found === undefined) {
    throw new TypeError(`defaultTimeoutAction is ${JSON.stringify(action)}; it may be approve, reject or escalate.`);
  }
  return found;
}
