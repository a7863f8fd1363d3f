/**
 * Disconnects clients that do not read, because unread data stays in memory: at once if too much is unread for one client
 * or for all together, and after a timeout if a client makes no progress. A client that was only slow reconnects and
 * resumes.
 */

import type { ServerResponse } from "node:http";
import type { Limits } from "../../config/limits.ts";
import type { Logger } from "../../log.ts";
import type { ByteBudget } from "./byte-budget.ts";

interface Answering {
  /** Bytes that the connection had taken when there was last some progress, and when that was. */
  taken: number;
  at: number;
}

/**
 * Watches HTTP answers, event streams among them; to be added as a listener for requests.
 * @param budget of what all clients leave unread
 */
export function createSlowReaders({ unreadBytes, unreadMs }: Limits, budget: ByteBudget, log: Pick<Logger, "warn">) {
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
        cut(res);
      }
    }
  }

  function cut(res: ServerResponse): void {
    log.warn({ unreadBytes: res.writableLength }, "a client did not read its response and was disconnected");
    res.destroy();
  }

  return (_req: unknown, res: ServerResponse): void => {
    answers.set(res, { taken: 0, at: performance.now() });
    const uncount = budget.add({ bytes: () => res.writableLength, cut: () => cut(res) });
    notice(res, budget.grow);
    timer ??= setInterval(look, unreadMs / 2).unref();
    res.once("close", () => {
      answers.delete(res);
      uncount();
      if (answers.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
  };
}

/** Calls back after each write, with its length. */
function notice(res: ServerResponse, wrote: (bytes: number) => void): void {
  for (const method of ["write", "end"] as const) {
    const write = res[method] as (...args: unknown[]) => never;
    res[method] = (...args: unknown[]) => {
      const done = write.apply(res, args);
      const [chunk] = args;
      if (typeof chunk === "string" || chunk instanceof Uint8Array) wrote(chunk.length);
      return done;
    };
  }
}
