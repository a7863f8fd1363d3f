/**
 * Detects that commands are stuck. It logs one line when this starts and one when it ends. Readiness reports the reason
 * in between. A row that another transaction has locked blocks only the commands on it, so it is only logged.
 */

import type { Logger } from "../../log.ts";
import { oneLine } from "../../model/one-line.ts";
import type { CommandStats } from "./queue.ts";

export interface QueueWatchOptions {
  stats(): CommandStats;
  /** Resolves if the database accepts writes. */
  probe(): Promise<unknown>;
  log: Pick<Logger, "info" | "warn" | "error">;
}

export interface QueueWatch {
  /** Why commands are stuck; null if they are not. */
  trouble(): string | null;
  start(): void;
  stop(): void;
}

const LOOK_EVERY_MS = 500;
/** Commands are stuck if none has completed for so many ms and one has waited for as long. */
const STUCK_MS = 2_000;

export function createQueueWatch({ stats, probe, log }: QueueWatchOptions): QueueWatch {
  let reason: string | null = null;
  let stuckSince = 0;
  let lockedSince: number | null = null;
  let looking = false;
  let timer: NodeJS.Timeout | undefined;

  const secondsSince = (since: number) => Math.round((performance.now() - since) / 1000);

  async function lookForStuck(): Promise<void> {
    const { waiting, unexplainedMs, idleMs } = stats();
    if (reason === null && (unexplainedMs < STUCK_MS || idleMs < STUCK_MS)) return;
    const error = await probe().then(
      () => null,
      (failure: unknown) => failure,
    );
    // Any error counts: a database that rejects the probe rejects commands too.
    if (error === null) {
      if (reason !== null) log.info({ seconds: secondsSince(stuckSince) }, "commands are no longer stuck");
      reason = null;
    } else {
      if (reason === null) {
        stuckSince = performance.now();
        const fields = { waiting, oldestSeconds: Math.round(unexplainedMs / 1000), reason: oneLine(error) };
        log.error(fields, "commands are stuck; each fails with UNAVAILABLE within seconds");
      }
      reason = oneLine(error);
    }
  }

  function lookForLocked(): void {
    const { locked } = stats();
    if (locked > 0 && lockedSince === null) {
      lockedSince = performance.now();
      log.warn({ commands: locked }, "commands wait for rows that another transaction has locked");
    } else if (locked === 0 && lockedSince !== null) {
      log.info({ seconds: secondsSince(lockedSince) }, "commands no longer wait for locked rows");
      lockedSince = null;
    }
  }

  async function look(): Promise<void> {
    lookForLocked();
    if (looking) return;
    looking = true;
    await lookForStuck();
    looking = false;
  }

  return {
    trouble: () => reason,
    start() {
      timer ??= setInterval(look, LOOK_EVERY_MS).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
