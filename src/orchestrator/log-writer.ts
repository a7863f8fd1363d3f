/** Stores the lines of all jobs of a process, many in one statement. */

import { setTimeout as sleep } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import { isOutage } from "../db/outages.ts";
import type { Pool } from "../db/pool.ts";
import { type Call, insertLogLines } from "../db/queries/run-logs.ts";
import type { Logger } from "../log.ts";
import { CallLog, type WaitingLine } from "./job-log.ts";

/** ms between two statements; a full batch does not wait. */
const PAUSE_MS = 250;
/** Lines of one statement. */
const BATCH = 500;
/** UTF-16 units of all lines that wait in the process. */
const MOST_WAITING = 16 * 1024 * 1024;
const RETRY_MS = 1_000;

export class LogWriter {
  readonly #pool: Pool;
  readonly #log: Pick<Logger, "warn">;
  #waiting: WaitingLine[] = [];
  #size = 0;
  #working: Promise<void> | null = null;
  /** Ends the pause before the next statement. */
  #wake = new AbortController();

  constructor(pool: Pool, log: Pick<Logger, "warn">) {
    this.#pool = pool;
    this.#log = log;
  }

  /** The log of one call of a job's handler. */
  open(call: Call): CallLog {
    return new CallLog(this, call);
  }

  /** Takes a line to store. @returns false if too many lines already wait */
  add(line: WaitingLine): boolean {
    const size = sizeOf(line);
    if (this.#size + size > MOST_WAITING) return false;
    this.#size += size;
    line.log.waiting++;
    // Each abort creates an error with a stack, which is too expensive for each line.
    if (this.#waiting.push(line) >= BATCH && !this.#wake.signal.aborted) this.#wake.abort();
    this.#working ??= this.#work();
    return true;
  }

  /** Stores the waiting lines now. @param withinMs how long that may take */
  async flush(withinMs: number): Promise<void> {
    if (this.#working === null) return;
    this.#wake.abort();
    const ending = new AbortController();
    const late = sleep(withinMs, undefined, { signal: ending.signal, ref: false }).catch(() => {});
    await Promise.race([this.#working, late]);
    ending.abort();
  }

  /** Takes no further lines. Lines that still wait are lost. */
  stop(): void {
    this.#size = Number.POSITIVE_INFINITY;
    this.#waiting = [];
  }

  /** Ends when no line waits. */
  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (this.#waiting.length < BATCH && !this.#wake.signal.aborted) {
        await sleep(PAUSE_MS, undefined, { signal: this.#wake.signal, ref: false }).catch(() => {});
      }
      this.#wake = new AbortController();
      if (!(await this.#store(this.#waiting.slice(0, BATCH)))) await sleep(RETRY_MS, undefined, { ref: false });
    }
    this.#working = null;
  }

  /** @returns false if the lines have to be stored again */
  async #store(batch: readonly WaitingLine[]): Promise<boolean> {
    const now = performance.now();
    const lines = batch.map(({ log: _, at, ...line }) => ({ ...line, ageMs: now - at }));
    try {
      const full = new Set((await insertLogLines(this.#pool, lines)).map(nameOf));
      for (const { log, call } of batch) if (full.has(nameOf(call))) log.fill();
    } catch (error) {
      if (isOutage(error)) return this.#waiting.length === 0;
      logFailure(this.#log, "warn", { err: error, lines: batch.length }, "the database refused lines of jobs' logs");
    }
    this.#waiting = this.#waiting.slice(batch.length);
    for (const line of batch) {
      line.log.waiting--;
      this.#size -= sizeOf(line);
    }
    return true;
  }
}

const nameOf = ({ runId, jobId }: { runId: string; jobId: string }): string => `${runId} ${jobId}`;
/** The approximate size of a line. */
const sizeOf = ({ message, fields }: WaitingLine): number => message.length + (fields?.length ?? 0) + 200;
