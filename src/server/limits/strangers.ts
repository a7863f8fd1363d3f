/**
 * Limits for clients that have not authenticated: bytes per client, bytes in all, and a deadline of seconds. After
 * authentication the limits of the user apply instead.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Limits } from "../../config/limits.ts";
import { type ByteBudget, createByteBudget } from "./byte-budget.ts";

export interface Strangers {
  /** Listens for requests: one whose body does not arrive in time is answered with 408, or cut. */
  watch(req: IncomingMessage, res: ServerResponse): void;
  /** The request is authenticated, so the deadline no longer applies. */
  admit(req: IncomingMessage): void;
  /** The memory that all unauthenticated clients may take together. */
  budget: ByteBudget;
}

/** Bytes of bodies and messages of all unauthenticated clients together. */
const MOST_BYTES_IN_ALL = 16 * 1024 * 1024;
const LOOKS_PER_DEADLINE = 5;

interface Watched {
  res: ServerResponse;
  until: number;
}

export function createStrangers({ unauthenticatedMs }: Pick<Limits, "unauthenticatedMs">): Strangers {
  const watched = new Map<IncomingMessage, Watched>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    for (const [req, { res, until }] of watched) {
      // In the order in which they began.
      if (now < until) return;
      leave(req);
      end(req, res);
    }
  }

  function leave(req: IncomingMessage): void {
    if (!watched.delete(req) || watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    budget: createByteBudget(MOST_BYTES_IN_ALL),
    admit: leave,
    watch(req, res) {
      const { "content-length": length, "transfer-encoding": coding } = req.headers;
      if (coding === undefined && (length === undefined || length === "0")) return;
      watched.set(req, { res, until: performance.now() + unauthenticatedMs });
      timer ??= setInterval(look, unauthenticatedMs / LOOKS_PER_DEADLINE).unref();
      req.once("close", () => leave(req));
    },
  };
}

/** The rest of the body is not waited for. */
function end(req: IncomingMessage, res: ServerResponse): void {
  const { socket } = req;
  if (res.headersSent) return void socket.destroy();
  res.writeHead(408, { Connection: "close", "Content-Length": 0 });
  res.end(() => socket.destroy());
}
