/**
 * Disconnects clients that do not read, because unread data stays in memory: at once if one client or all clients
 * together have too much unread data, and after a timeout if a client makes no progress. A client that was only slow
 * reconnects and resumes.
 */

import type { ServerResponse } from "node:http";
import type { Limits } from "../../config/limits.ts";
import type { Logger } from "../../log.ts";
import type { ByteBudget } from "./byte-budget.ts";

interface Progress {
  /** The bytes that the connection had sent at the last progress, and the time of it. */
  taken: number;
  at: number;
}

/**
 * Watches HTTP responses, including event streams. Add it as a listener for requests.
 * @param budget for the unread data of all clients
 */
export function createSlowReaders({ unreadBytes, unreadMs }: Limits, budget: ByteBudget, log: Pick<Logger, "warn">) {
  const responses = new Map<ServerResponse, Progress>();
  let timer: NodeJS.Timeout | undefined;

  function checkAll(): void {
    const now = performance.now();
    for (const [res, progress] of responses) {
      // A response without a socket waits for the response before it, not for its reader.
      const waiting = res.socket === null ? 0 : res.writableLength;
      const taken = (res.socket?.bytesWritten ?? 0) - waiting;
      if (waiting === 0 || (taken !== progress.taken && waiting <= unreadBytes)) {
        progress.taken = taken;
        progress.at = now;
      } else if (waiting > unreadBytes || now - progress.at >= unreadMs) {
        cut(res);
      }
    }
  }

  function cut(res: ServerResponse): void {
    log.warn({ unreadBytes: res.writableLength }, "a client did not read its response and was disconnected");
    res.destroy();
  }

  return (_req: unknown, res: ServerResponse): void => {
    responses.set(res, { taken: 0, at: performance.now() });
    const uncount = budget.add({ bytes: () => res.writableLength, cut: () => cut(res) });
    observeWrites(res, budget.grow);
    timer ??= setInterval(checkAll, unreadMs / 2).unref();
    res.once("close", () => {
      responses.delete(res);
      uncount();
      if (responses.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
  };
}

/** Calls `onWrite` with the length of each write. */
function observeWrites(res: ServerResponse, onWrite: (bytes: number) => void): void {
  for (const method of ["write", "end"] as const) {
    const write = res[method] as (...args: unknown[]) => never;
    res[method] = (...args: unknown[]) => {
      const done = write.apply(res, args);
      const [chunk] = args;
      if (typeof chunk === "string" || chunk instanceof Uint8Array) onWrite(chunk.length);
      return done;
    };
  }
}
