/**
 * Logs one line when the database becomes unavailable and one when it is back; errors in between are counted. While it
 * is unavailable, a probe checks it at intervals and readiness reports the reason.
 */

import type { Logger } from "../log.ts";
import { oneLine } from "../model/one-line.ts";
import { isDatabaseUnavailable, isOutage } from "./outages.ts";

export interface OutageLog {
  /** Counts the error. @returns false if it does not mean that the database is unavailable */
  failed(error: unknown): boolean;
  /** Why the database is unavailable, checked again first; null if it is available. */
  trouble(): Promise<string | null>;
  /** Ends the probes. */
  stop(): void;
}

export interface OutageLogOptions {
  /** The log whose `logFailure` lines are counted here. */
  log: Logger;
  /** Rejects while the database is unavailable. */
  probe(): Promise<unknown>;
}

const PROBE_EVERY_MS = 1_000;

const ofLogs = new WeakMap<object, OutageLog>();

/** Counts outages of one database for everything that logs to `log`. */
export function createOutageLog({ log, probe }: OutageLogOptions): OutageLog {
  let reason: string | null = null;
  let since = 0;
  let errors = 0;
  let probing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      await probe();
    } catch (error) {
      // Any other error means that the database is available.
      if (isOutage(error)) {
        reason = oneLine(error);
        return;
      }
    }
    const seconds = Math.round((performance.now() - since) / 1000);
    log.info({ seconds, errors }, "the database is available again");
    reason = null;
    clearInterval(timer);
  }

  const lookOnce = () =>
    (probing ??= look().finally(() => {
      probing = undefined;
    }));

  const outages: OutageLog = {
    failed(error) {
      if (!isDatabaseUnavailable(error)) return false;
      errors += 1;
      if (reason !== null) return true;
      reason = oneLine(rootOf(error));
      since = performance.now();
      errors = 1;
      log.error({ reason }, "the database is not available; requests wait or are answered UNAVAILABLE");
      timer = setInterval(lookOnce, PROBE_EVERY_MS).unref();
      return true;
    },
    async trouble() {
      if (reason !== null) await lookOnce();
      return reason;
    },
    stop() {
      clearInterval(timer);
      ofLogs.delete(log);
    },
  };
  ofLogs.set(log, outages);
  return outages;
}

/** The driver's own error, which the errors of this code wrap. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

/**
 * Logs a failure of a database query. While the database is unavailable the error is only counted, so that an outage is
 * two lines in all.
 */
export function logFailure<Level extends "warn" | "error">(
  log: Pick<Logger, Level>,
  level: Level,
  fields: { err: unknown } & Record<string, unknown>,
  message: string,
): void {
  if (!ofLogs.get(log)?.failed(fields.err)) (log as Pick<Logger, "warn" | "error">)[level](fields, message);
}
