/**
 * Clients that do not read. What is sent to them stays in memory, so they are cut: at once where too much waits, and
 * after a while where nothing of what waits is taken. Whoever was only slow connects again and goes on where it was.
 */

import type { ServerResponse } from "node:http";
import type { Limits } from "../../limits.ts";
import type { Logger } from "../../log.ts";

interface Answering {
  /** Bytes that the connection had taken when there was last some progress, and when that was. */
  taken: number;
  at: number;
}

/** Watches HTTP answers, event streams among them; to be added as a listener for requests. */
export function createSlowReaders({ unreadBytes, unreadMs }: Limits, log: Pick<Logger, "warn">) {
  const answers = new Map<ServerResponse, Answering>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    for (const [res, answering] of answers) {
      // An answer that has no socket yet waits for the one before it, not for its reader.
      const waiting = res.socket === null ? 0 : res.writableLength;
      const taken = (res.socket?.bytesWritten ?? 0) - waiting;
      if (waiting === 0 || (taken !== answering.taken && waiting <= unreadBytes)) {
        answering.taken = taken;
        answering.at = now;
      } else if (waiting > unreadBytes || now - answering.at >= unreadMs) {
        log.warn({ unreadBytes: waiting }, "a client did not read its answer and was cut");
        res.destroy();
      }
    }
  }

  return (_req: unknown, res: ServerResponse): void => {
    answers.set(res, { taken: 0, at: performance.now() });
    timer ??= setInterval(look, unreadMs / 2).unref();
    res.once("close", () => {
      answers.delete(res);
      if (answers.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
  };
}
