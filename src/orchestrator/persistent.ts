/** Reads and writes that a run cannot go on without. */

import { setTimeout as sleep } from "node:timers/promises";
import { isOutage } from "../db/outages.ts";
import type { Logger } from "../log.ts";
import type { AtMost } from "./at-most.ts";

/** Between two tries, in ms. */
const PAUSE_MS = 1_000;

/** Values, constraints, statements and limits: of SQLSTATE what is the same at every try. */
const SAME_EVERY_TIME = /^(22|23|42|54)...$/;
/** A right, a table or a column that is missing: whoever operates the database mends that. */
const MENDED = new Set(["42501", "42P01", "42703"]);

/** Whether the database refused something that it would refuse at every further try. */
export function isRefusal(error: unknown): boolean {
  const code = error instanceof Error ? (error as { code?: unknown }).code : null;
  return typeof code === "string" && SAME_EVERY_TIME.test(code) && !MENDED.has(code);
}

/**
 * Does something until it succeeds: while the database is away, and while it refuses, for a run is never given up for
 * that. It must be safe to do twice.
 * @param left gives the error to stop with, as soon as there is one
 * @param isFinal whether an error of the work is to be thrown; default: none is
 * @param line of the process: thousands of runs may need the database at once, more than wait for a connection in time
 */
export async function persistently<T>(
  work: () => Promise<T>,
  options: {
    log: Pick<Logger, "debug" | "error">;
    left: () => Error | null;
    isFinal?: (error: unknown) => boolean;
    line?: AtMost;
  },
): Promise<T> {
  const { log, left, isFinal = () => false, line } = options;
  const unlessLeft = async () => {
    const stop = left();
    if (stop !== null) throw stop;
    return work();
  };
  for (;;) {
    try {
      return await (line === undefined ? unlessLeft() : line.run(unlessLeft));
    } catch (error) {
      const stop = left();
      if (stop !== null) throw stop;
      if (isFinal(error)) throw error;
      if (isOutage(error)) log.debug({ err: error }, "the database is not available; trying again");
      else log.error({ err: error }, "the database refused what a run needs; trying again");
      await sleep(PAUSE_MS * (0.5 + Math.random() / 2), undefined, { ref: false });
    }
  }
}
