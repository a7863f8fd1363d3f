/** The log: JSON lines, readable on a terminal, and never a credential in them. */

import { isatty } from "node:tty";
import { type Logger, pino } from "pino";
import pretty from "pino-pretty";
import type { LogLevel } from "./config/config.ts";
import { oneLine } from "./model/one-line.ts";

export { type Logger, oneLine };

const SECRET_FIELDS = [
  "authorization",
  "Authorization",
  "cookie",
  "Cookie",
  "set-cookie",
  "token",
  "password",
  "secret",
];
const redacted = SECRET_FIELDS.flatMap((field) => ["", "*.", "*.*."].map((above) => `${above}["${field}"]`)).map(
  (path) => path.replace(".[", "["),
);

const TOLD_OF_ERRORS = [
  ...["type", "name", "message", "stack", "code", "status", "errno", "syscall", "address", "port"],
  ...["severity", "schema", "table", "column", "constraint", "dataType", "file", "line", "routine"],
];

/**
 * An error as the log tells it. PostgreSQL's `detail`, `hint` and `where` quote rows, and other libraries keep requests
 * in their errors, with what people wrote and the tokens that they sent; so only what is known to hold neither is told.
 */
export function toldOf(error: Error): Record<string, unknown> {
  const { aggregateErrors = [], ...told } = pino.stdSerializers.err(error) as ReturnType<
    typeof pino.stdSerializers.err
  > & { aggregateErrors?: object[] };
  const known = (fields: object) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => TOLD_OF_ERRORS.includes(name)));
  return { ...known(told), ...(aggregateErrors.length > 0 && { errors: aggregateErrors.map(known) }) };
}

/**
 * @param level the least level that is written
 * @param fd 1 (standard output) for a server, 2 (standard error) for a command whose output is read by programs
 */
export function createLogger(level: LogLevel, fd: 1 | 2 = 1): Logger {
  // On a terminal the address is in the message already.
  const destination = isatty(fd)
    ? pretty({ destination: fd, sync: true, translateTime: "SYS:HH:MM:ss.l", ignore: "pid,hostname,url" })
    : pino.destination({ fd, sync: true });
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: { paths: redacted, censor: "[hidden]" },
      serializers: { err: toldOf },
    },
    destination,
  );
}

/** Runs a command's main function; a failure is one line and exit code 1. */
export async function runOrExit(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(`countersign: ${oneLine(error)}`);
    process.exit(1);
  }
}
