/** The log that a handler gets as `context.log`. To log a line takes no query and never throws. */

import { type Call, MAX_LINES, type NewLogLine } from "../db/queries/run-logs.ts";
import type { JobLog } from "../handler/job.ts";
import type { LogLevel } from "../model/runs.ts";
import { lineOf } from "./log-line.ts";

/** A line that waits to be stored. */
export interface WaitingLine extends Omit<NewLogLine, "ageMs"> {
  log: CallLog;
  /** By performance.now(). */
  at: number;
}

/** Where the lines go. */
export interface LineSink {
  /** Returns false if there is no room. */
  add(line: WaitingLine): boolean;
  /** Resolves when the waiting lines are stored, or after this many ms. */
  flush(withinMs: number): Promise<void>;
}

/** How long the end of a job waits at most until its lines are stored, in ms. */
const END_WITHIN_MS = 1_000;

/** The log of one call of a handler. */
export class CallLog {
  readonly #writer: LineSink;
  readonly #call: Call;
  #lines = 0;
  #isClosed = false;
  /** Lines that found no room in this process. */
  #lost = 0;
  /** Lines that wait to be stored. */
  waiting = 0;

  constructor(writer: LineSink, call: Call) {
    this.#writer = writer;
    this.#call = call;
  }

  /** The functions for the handler. They need no `this`. */
  get jobLog(): JobLog {
    const add = (level: LogLevel) => (message: unknown, fields?: unknown) => this.#add(level, message, fields);
    return { debug: add("debug"), info: add("info"), warn: add("warn"), error: add("error") };
  }

  /** Takes no further lines, and waits a moment until the waiting lines are stored. */
  async close(): Promise<void> {
    this.#noteLost();
    this.#isClosed = true;
    if (this.waiting > 0) await this.#writer.flush(END_WITHIN_MS);
  }

  /** The job's log is full. */
  fill(): void {
    this.#isClosed = true;
  }

  #add(level: LogLevel, message: unknown, fields: unknown): void {
    // One line too many: the statement that stores it adds a line which states that the log is full.
    if (this.#isClosed || this.#lines > MAX_LINES) return;
    this.#noteLost();
    if (!this.#push(level, lineOf(message, fields))) this.#lost++;
  }

  #noteLost(): void {
    if (this.#lost === 0) return;
    const message = `${this.#lost} lines are missing here: the database did not accept them in time.`;
    if (this.#push("warn", { message, fields: null })) this.#lost = 0;
  }

  #push(level: LogLevel, line: { message: string; fields: string | null }): boolean {
    const taken = this.#writer.add({ log: this, call: this.#call, level, ...line, at: performance.now() });
    if (taken) this.#lines++;
    return taken;
  }
}
