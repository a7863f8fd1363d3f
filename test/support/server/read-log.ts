/** A log whose lines a test can read. */

import { pino } from "pino";
import type { Logger } from "../../../src/log.ts";

export interface ReadLog {
  log: Logger;
  /** The log lines, oldest first, without the time and the process. */
  lines: Record<string, unknown>[];
}

export function readLog(): ReadLog {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: pino({ level: "info", base: null, timestamp: false }, { write }), lines };
}
