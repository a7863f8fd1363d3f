/** The log: JSON lines, formatted on a terminal, without credentials. */

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

const ERROR_FIELDS = [
  ...["type", "name", "message", "stack", "code", "status", "errno", "syscall", "address", "port"],
  ...["severity", "schema", "table", "column", "constraint", "dataType", "file", "line", "routine"],
];

/**
 * The fields of an error for the log. `detail`, `hint` and `where` of PostgreSQL quote rows, and the errors of other
 * libraries include requests with texts and tokens of people. So only fields that contain neither are logged.
 */
export function errorFields(error: Error): Record<string, unknown> {
  const { aggregateErrors = [], ...fields } = pino.stdSerializers.err(error) as ReturnType<
    typeof pino.stdSerializers.err
  > & { aggregateErrors?: object[] };
  const known = (fields: object) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => ERROR_FIELDS.includes(name)));
  return { ...known(fields), ...(aggregateErrors.length > 0 && { errors: aggregateErrors.map(known) }) };
}

/**
 * Creates the log of a process.
 * @param level the lowest level that is logged
 * @param fd 1 (standard output) for a server, 2 (standard error) for a command whose output is read by programs
 *
 * @example
 * const log = createLogger("info");
 */
export function createLogger(level: LogLevel, fd: 1 | 2 = 1): Logger {
  // On a terminal the message already contains the URL.
  const destination = isatty(fd)
    ? pretty({ destination: fd, sync: true, translateTime: "SYS:HH:MM:ss.l", ignore: "pid,hostname,url" })
    : pino.destination({ fd, sync: true });
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: { paths: redacted, censor: "[hidden]" },
      serializers: { err: errorFields },
    },
    destination,
  );
}

/** Runs the main function of a command. An error is printed as one line, and the exit code is 1. */
export async function runOrExit(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(`countersign: ${oneLine(error)}`);
    process.exit(1);
  }
}
