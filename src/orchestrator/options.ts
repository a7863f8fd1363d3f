/** The options of an orchestrator and of its operations. */

import { inspect } from "node:util";
import { type LogLevel, loadConfig } from "../config/config.ts";
import { LOG_LEVELS } from "../config/variables/server.ts";
import type { Logger } from "../log.ts";
import type { WorkflowDefinition } from "../model/runs.ts";
import type { Concurrency } from "./limits.ts";
import { checkedRetention, type RetentionOptions } from "./prune-runs.ts";

/** The options of an orchestrator. Everything that is omitted comes from the environment. */
export interface OrchestratorOptions {
  /** Countersign's PostgreSQL, with all migrations. Default: DATABASE_URL. The user must be allowed to create a schema. */
  databaseUrl?: string;
  /**
   * A direct connection to it, not through a pooler in transaction mode. The orchestrator uses only this connection.
   * Default: `databaseUrl`, or without that DATABASE_LISTEN_URL.
   */
  databaseListenUrl?: string;
  /** Processes with one name run the same runs. Default: "countersign". */
  name?: string;
  /** ms after which a process that does not renew its lease counts as dead. Default: 15,000. */
  leaseMs?: number;
  /**
   * ms for which a job may block the event loop before the lease of its process expires, and other processes take over
   * its runs. Until then a process whose event loop is blocked keeps its lease. Default: 300,000.
   */
  maxBlockedMs?: number;
  /**
   * How many jobs of a type run at once: `{ deploy: { perProcess: 2, total: 5 } }`, in this process and in all processes
   * of the same name. A number stands for `perProcess`. `"*"` is for each type that is not named. Default: 100.
   */
  concurrency?: Concurrency;
  /**
   * ms that the handler of a cancelled job has to end after its signal was aborted. After that the job is CANCELLED, and
   * the run continues without it. Default: 30,000.
   */
  cancelGraceMs?: number;
  /**
   * Deletes runs that ended more than `days` days ago, with everything that only they need. Requests and their audit log
   * stay. Default: all runs stay.
   */
  retention?: RetentionOptions;
  /** Default: JSON lines on standard error, from LOG_LEVEL or "warn". */
  log?: Logger;
}

/** The options of a start. */
export interface StartOptions {
  /** The name of this run of the workflow. The same one never runs twice. */
  executionId: string;
  /** The input of the run, a JSON object. Jobs read it as `context.input`. */
  input?: Readonly<Record<string, unknown>> | null;
  /**
   * A whole number from −100 to 100. If jobs wait for slots, those of the run with the higher priority come first, then
   * those of the older run. It is fixed when the run starts. Default: 0.
   */
  priority?: number;
}

/** The options of a cancellation. */
export interface CancelOptions {
  /** The person or program that cancels the run, at most 200 characters; stored with the run and shown. */
  by?: string | null;
}

/** The target of a move: another document of the same workflow, or a registered version of it. */
export interface MoveOptions {
  workflow?: WorkflowDefinition | null;
  /** Default: the newest registered version. Only without `workflow`. */
  version?: number | null;
  /** The person or program that moves the run, at most 200 characters; stored with the run and shown. */
  by?: string | null;
}

/** The options of a retry. */
export interface RetryOptions {
  /** The person or program that retries the job, at most 200 characters; stored with the run and shown. */
  by?: string | null;
}

/** @throws TypeError without a database, and for an invalid option */
export function checkOptions(options: OrchestratorOptions): void {
  addressOf(options);
  if (options.retention !== undefined) checkedRetention(options.retention);
  for (const name of ["leaseMs", "maxBlockedMs", "cancelGraceMs"] as const) {
    const ms: unknown = options[name] ?? 1;
    if (typeof ms === "number" && ms > 0) continue;
    throw new TypeError(`createOrchestrator: ${name} must be a positive number of milliseconds, not ${inspect(ms)}.`);
  }
}

/** The database's address. @throws TypeError without one */
export function addressOf({ databaseUrl, databaseListenUrl }: OrchestratorOptions): string {
  const config = databaseUrl === undefined ? loadConfig(process.env) : null;
  const url = databaseListenUrl ?? databaseUrl ?? config?.databaseListenUrl ?? config?.databaseUrl;
  if (!url) throw new TypeError("createOrchestrator needs databaseUrl, or DATABASE_URL.");
  return url;
}

/** The level of a log, which may be any logger with the methods of pino. */
export const levelOf = (log: Logger): LogLevel => LOG_LEVELS.find((level) => level === log.level) ?? "warn";
