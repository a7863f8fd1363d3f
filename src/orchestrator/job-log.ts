/** What a handler gets as `context.log`: a line costs it no query, and never an error. */

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
  /** Returns false where there is no room. */
  add(line: WaitingLine): boolean;
  /** Resolves when what waits has been stored, or when the time is up. */
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

  /** What the handler gets: functions that need no `this`. */
  get handle(): JobLog {
    const add = (level: LogLevel) => (message: unknown, fields?: unknown) => this.#add(level, message, fields);
    return { debug: add("debug"), info: add("info"), warn: add("warn"), error: add("error") };
  }

  /** Takes no further lines, and waits a moment until those that there are have been stored. */
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
    // One line more than fit: the statement that stores it says in the log that it is full.
    if (this.#isClosed || this.#lines > MAX_LINES) return;
    this.#noteLost();
    if (!this.#push(level, lineOf(message, fields))) this.#lost++;
  }

  #noteLost(): void {
    if (this.#lost === 0) return;
    const message = `${this.#lost} lines are missing here: the database did not take them in time.`;
    if (this.#push("warn", { message, fields: null })) this.#lost = 0;
  }

  #push(level: LogLevel, line: { message: string; fields: string | null }): boolean {
    const taken = this.#writer.add({ log: this, call: this.#call, level, ...line, at: performance.now() });
    if (taken) this.#lines++;
    return taken;
  }
}
