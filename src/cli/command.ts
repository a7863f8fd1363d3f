/** What a command of `countersign` is to `cli.ts`. */

export interface Command {
  /** One line for the list of commands. */
  about: string;
  /** What `--help` prints. */
  help: string;
  /** The exit code of a failure; default 1. */
  failureCode?: number;
  /** @returns the exit code; nothing for 0 */
  run(args: string[]): Promise<number | undefined>;
}

/** An instant as people write it: a day, at its beginning in UTC, or RFC 3339. @throws TypeError naming the option */
export function instantOf(option: string, given: string | undefined): Date | null {
  if (given === undefined) return null;
  const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
  const instant = new Date(given);
  if (form.test(given) && !Number.isNaN(instant.getTime())) return instant;
  throw new TypeError(`${option} is ${JSON.stringify(given)}; it may be a day (2025-06-01) or 2025-06-01T12:00:00Z`);
}
