/**
 * Renews the lease of a process from a worker thread with its own connection, so that no job can delay it. It also
 * watches the event loop of the main thread. lease-keeper.ts starts it.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { LogLevel } from "../config/config.ts";
import { createPool } from "../db/pool.ts";
import { renewLease } from "../db/queries/executors.ts";
import { createLogger } from "../log.ts";
import { Blockage, type BlockageChange } from "./blockage.ts";

export interface LeaseWork {
  url: string;
  executorId: string;
  name: string;
  types: readonly string[];
  leaseMs: number;
  maxBlockedMs: number;
  level: LogLevel;
  /** One Int32 that the main thread increments while its event loop runs. */
  beats: SharedArrayBuffer;
}

/** A message of the main thread: the types that it has handlers for now, or "stop". */
export type LeaseOrder = { types: readonly string[] } | "stop";

/** The result of a renewal. With `isNew` the lease had expired. */
export type LeaseReport = { isNew: boolean } | { error: { message: string; code: unknown } };

/** ms between two checks of the main thread. */
const LOOK_MS = 500;
/** ms before the next try after a failed renewal. */
const RETRY_MS = 1_000;

if (parentPort === null) throw new Error("lease-thread.ts is run by lease-keeper.ts, as a worker thread");
await renewUntilStopped(parentPort, workerData as LeaseWork);

async function renewUntilStopped(port: NonNullable<typeof parentPort>, work: LeaseWork): Promise<void> {
  const { url, leaseMs } = work;
  const log = createLogger(work.level, 2);
  const bounds = { max: 1, query_timeout: leaseMs, lockMs: leaseMs };
  const pool = createPool(url, { application_name: "countersign lease", ...bounds, log });
  let { types } = work;
  let isStopping = false;
  let wake = new AbortController();
  port.on("message", (order: LeaseOrder) => {
    if (order === "stop") isStopping = true;
    else types = order.types;
    wake.abort();
  });

  const blockage = blockageOf(work);
  const beats = new Int32Array(work.beats);
  const everyMs = Math.min(LOOK_MS, leaseMs / 8);
  const timer = setInterval(() => {
    const change = blockage.check(Atomics.load(beats, 0), performance.now());
    if (change === null) return;
    report(log, change);
    if (change.what === "over") wake.abort();
  }, everyMs);

  while (!isStopping) {
    wake = new AbortController();
    let pauseMs = leaseMs / 4;
    try {
      if (!blockage.isTooLong) port.postMessage((await renewLease(pool, { ...work, types })) satisfies LeaseReport);
    } catch (error) {
      const { message, code } = error as Error & { code?: unknown };
      port.postMessage({ error: { message: String(message), code } } satisfies LeaseReport);
      pauseMs = Math.min(pauseMs, RETRY_MS);
    }
    if (!isStopping) await sleep(pauseMs, undefined, { signal: wake.signal }).catch(() => {});
  }
  clearInterval(timer);
  await pool.end();
  port.close();
}

function blockageOf({ leaseMs, maxBlockedMs, beats }: LeaseWork): Blockage {
  const options = { blockedMs: leaseMs, mostMs: maxBlockedMs, everyMs: Math.min(LOOK_MS, leaseMs / 8) };
  return new Blockage(options, Atomics.load(new Int32Array(beats), 0), performance.now());
}

/** Logs directly to standard error: the main thread cannot log while it is blocked. */
function report(log: ReturnType<typeof createLogger>, { what, ms }: BlockageChange): void {
  const blockedMs = Math.round(ms);
  if (what === "over") log.warn({ blockedMs }, "the event loop of the orchestrator runs again");
  else if (what === "blocked") log.warn({ blockedMs }, "a job blocks the event loop of the orchestrator");
  else
    log.error(
      { blockedMs },
      "the event loop is blocked for too long; the lease expires, and other processes take over",
    );
}
