/** Deletes the runs of this orchestrator's name that are older than they are kept, in the background. */

import { setTimeout as sleep } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import { openSession } from "../db/session.ts";
import type { Logger } from "../log.ts";
import { pruneRunsIfIdle, type RetentionOptions } from "./prune-runs.ts";

export interface RetentionSources {
  /** A direct connection. */
  url: string;
  /** Of the processes whose runs are deleted. */
  name: string;
  log: Pick<Logger, "info" | "warn">;
}

/** Between two batches, so that they do not crowd out other work. */
const PAUSE_MS = 100;
/** Between two rounds: a small part of the time that runs are kept, within these bounds, in ms. */
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

  /** Begins the rounds, the first one at once. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends the rounds; a batch that is under way is not waited for. */
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
