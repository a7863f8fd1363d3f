/** Deletes the old runs of the processes with one name in the background. */

import { setTimeout as sleep } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import { openSession } from "../db/session.ts";
import type { Logger } from "../log.ts";
import { pruneRunsIfIdle, type RetentionOptions } from "./prune-runs.ts";

export interface RetentionSources {
  /** A direct connection. */
  url: string;
  /** The name of the processes whose runs are deleted. */
  name: string;
  log: Pick<Logger, "info" | "warn">;
}

/** ms between two batches, so that other work has room. */
const PAUSE_MS = 100;
/** ms between two rounds: a small part of the retention, within these bounds. */
const ROUND_MS = { least: 10_000, most: 3_600_000, part: 1 / 24 };
const DAY_MS = 86_400_000;
/** A statement may take long for runs with many log lines, but it waits for no lock. */
const BOUNDS = { statementMs: 0, lockMs: 5_000, idleInTransactionMs: 10_000 };

export class Retention {
  readonly #sources: RetentionSources;
  readonly #days: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(sources: RetentionSources, { days }: RetentionOptions) {
    this.#sources = sources;
    this.#days = days;
  }

  /** Starts the rounds, the first one immediately. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends the rounds without waiting for the current batch. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { least, most, part } = ROUND_MS;
    const everyMs = Math.min(most, Math.max(least, this.#days * DAY_MS * part));
    while (!signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        if (signal.aborted) return;
        logFailure(this.#sources.log, "warn", { err: error }, "old runs could not be deleted; trying again later");
      }
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #round(): Promise<void> {
    const { url, name, log } = this.#sources;
    const { signal } = this.#stopping;
    const days = this.#days;
    const session = await openSession({ url, name: "countersign retention", bounds: BOUNDS });
    const end = () => void session.end().catch(() => {});
    signal.addEventListener("abort", end);
    try {
      const runs = await pruneRunsIfIdle(session, { days, orchestrator: name }, { pauseMs: PAUSE_MS, signal });
      if (runs) log.info({ runs, days }, "runs that ended long ago were deleted");
    } finally {
      signal.removeEventListener("abort", end);
      await session.end().catch(() => {}); // It may have ended already.
    }
  }
}
