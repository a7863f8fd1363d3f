/** The parts of a launched orchestrator: how they are opened, and closed in the opposite order. */

import { createOutageLog, type OutageLog } from "../db/outage-log.ts";
import { createPool, type Pool } from "../db/pool.ts";
import { giveUpLease } from "../db/queries/executors.ts";
import { createHub, type Hub } from "../hub/hub.ts";
import { type Logger, oneLine } from "../log.ts";
import { checkMigrations } from "./check-migrations.ts";
import { stopEngine } from "./engine.ts";
import type { OrchestratorOptions } from "./options.ts";
import { Retention } from "./retention.ts";
import { RunWaits, resultsOfRuns } from "./run-waits.ts";
import { CONNECTIONS, type Runner, startRunner } from "./runner.ts";

/** A run waits for a lock rather than fail, also if another session leaves a transaction open. */
const LOCK_WITHIN_MS = 6_000;

/** The parts of a launched orchestrator. */
export interface Parts extends Runner {
  pool: Pool;
  hub: Hub;
  outages: OutageLog;
  waits: RunWaits;
  /** Null if ended runs are never deleted. */
  retention: Retention | null;
}

type PartsOptions = Omit<Parameters<typeof startRunner>[0], "pool" | "hub"> & {
  log: Logger;
  retention: OrchestratorOptions["retention"];
};

/** @throws Error in one line if the database cannot be reached or lacks a migration; nothing stays open then */
export async function openParts({ retention, ...options }: PartsOptions): Promise<Parts> {
  const { url, log, name } = options;
  const pool = createPool(url, {
    application_name: "countersign orchestrator",
    log,
    lockMs: LOCK_WITHIN_MS,
    max: CONNECTIONS,
  });
  const hub = createHub({ listenUrl: url, pool, log });
  const outages = createOutageLog({ log, probe: () => pool.query("select") });
  try {
    await checkMigrations(pool);
    await hub.start();
    const runner = await startRunner({ ...options, pool, hub });
    return {
      ...runner,
      pool,
      hub,
      outages,
      waits: new RunWaits(pool, hub, resultsOfRuns),
      retention: retention === undefined ? null : new Retention({ url, name, log }, retention),
    };
  } catch (error) {
    outages.stop();
    await hub.stop();
    await pool.end();
    throw error;
  }
}

/** Ends everything. Runs that were not handed on before are taken over when the lease ends. */
export async function closeParts(parts: Parts, log: Logger): Promise<void> {
  const { executorId, pool, hub, executions, keeper, leases, outages, retention, schedules, waits } = parts;
  await schedules.stop();
  await retention?.stop();
  await leases.stop();
  waits.close();
  await executions.stop();
  await stopEngine();
  await keeper.stop();
  await giveUpLease(pool, executorId).catch((error) => {
    log.warn({ reason: oneLine(error) }, "the lease could not be released; it expires by itself");
  });
  outages.stop();
  await hub.stop();
  await pool.end();
}
