/**
 * Errors that a handler throws because this process cannot work now: its token is refused, or the API is not
 * available. Such an error is not an outcome of the job. The job is called again, and the log informs the operator.
 */

import type { Waiting } from "../db/queries/run-writes.ts";
import { type Logger, oneLine } from "../log.ts";

/** The reason why the process cannot do the job now. */
export interface ProcessOutage {
  code: string;
  error: unknown;
}

/** Codes of errors of any handler. */
const CODES: ReadonlySet<unknown> = new Set(["UNAUTHENTICATED", "UNAVAILABLE"]);
/** Codes of errors of this project's client only: in other programs they may mean something else. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set([
  "CLIENT_CLOSED",
  "CONNECTION_FAILED",
  "INTERNAL_SERVER_ERROR",
  "RATE_LIMITED",
  "REQUEST_TIMEOUT",
]);
const CLIENT_ERRORS: ReadonlySet<unknown> = new Set([
  "ClientClosedError",
  "ConnectionFailedError",
  "RequestTimeoutError",
  "ResponseFailedError",
]);

/** The outage that a thrown error reports; null for any other error, and for one that is marked as final. */
export function outageOf(error: unknown): ProcessOutage | null {
  try {
    if (!(error instanceof Error)) return null;
    const { code, name, retryable } = error as Error & { code?: unknown; retryable?: unknown };
    const isOutage = CODES.has(code) || (CLIENT_ERRORS.has(name) && CLIENT_CODES.has(code));
    return isOutage && retryable !== false ? { code: code as string, error } : null;
  } catch {
    return null; // It cannot be read: anything can be thrown.
  }
}

const FIRST_MS = 1_000;
const MOST_MS = 30_000;

/** ms before the next call, a little different for each job. @param failures so far, from 1 */
export const outageDelayOf = (failures: number): number =>
  Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 4);

/** What the job waits for, as it is stored in its row. */
export function waitingOf({ code, error }: ProcessOutage): Waiting {
  const why = oneLine(error).replace(/[.\s]*$/, ".");
  if (code === "UNAUTHENTICATED") {
    return { waitingFor: "TOKEN", reason: `${why} The job waits until the token of its process is accepted.` };
  }
  return { waitingFor: "RETRY", reason: `${why} The job is called again until that works.` };
}

/** ms between two log entries about the same outage. */
const LOG_EVERY_MS = 60_000;

interface Reported {
  /** The time of the last log entry. */
  at: number;
  jobs: Set<object>;
}

/** Logs the outages of a process: first immediately, then each minute, for any number of waiting jobs. */
export class OutageReports {
  readonly #log: Pick<Logger, "error" | "warn">;
  readonly #reported = new Map<string, Reported>();

  constructor(log: Pick<Logger, "error" | "warn">) {
    this.#log = log;
  }

  /** @param job stands for the job, the same object each time */
  report(type: string, { code, error }: ProcessOutage, job: object): void {
    const key = `${type} ${code}`;
    const known = this.#reported.get(key);
    const reported = known ?? { at: 0, jobs: new Set() };
    this.#reported.set(key, reported);
    reported.jobs.add(job);
    if (known !== undefined && performance.now() - reported.at < LOG_EVERY_MS) return;
    reported.at = performance.now();
    const message =
      code === "UNAUTHENTICATED"
        ? "the token of this process is refused; its jobs wait until it is accepted"
        : "the handler of this process cannot reach its service; its jobs wait until it can";
    this.#log.error({ err: error, type, jobs: reported.jobs.size }, message);
  }

  /** Records that the job no longer waits. */
  end(job: object): void {
    for (const [key, { jobs }] of this.#reported) {
      if (!jobs.delete(job) || jobs.size > 0) continue;
      this.#reported.delete(key);
      this.#log.warn({ outage: key }, "the jobs of this process no longer wait because of this outage");
    }
  }
}
