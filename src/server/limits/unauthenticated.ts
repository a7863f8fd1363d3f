/**
 * Limits clients that have not authenticated: bytes for each client, bytes for all clients, and a deadline of seconds.
 * After authentication the limits of the user apply instead.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Limits } from "../../config/limits.ts";
import { type ByteBudget, createByteBudget } from "./byte-budget.ts";

export interface UnauthenticatedLimits {
  /** A listener for requests. If the body does not arrive in time, it sends 408 or closes the connection. */
  watch(req: IncomingMessage, res: ServerResponse): void;
  /** Removes the deadline of a request once it is authenticated. */
  admit(req: IncomingMessage): void;
  /** The memory that all unauthenticated clients may use together. */
  budget: ByteBudget;
}

/** Bytes of bodies and messages of all unauthenticated clients together. */
const MOST_BYTES_IN_ALL = 16 * 1024 * 1024;
const CHECKS_PER_DEADLINE = 5;

interface PendingRequest {
  res: ServerResponse;
  until: number;
}

export function createUnauthenticatedLimits({
  unauthenticatedMs,
}: Pick<Limits, "unauthenticatedMs">): UnauthenticatedLimits {
  const pending = new Map<IncomingMessage, PendingRequest>();
  let timer: NodeJS.Timeout | undefined;

  function endLate(): void {
    const now = performance.now();
    for (const [req, { res, until }] of pending) {
      // The map is in the order of arrival.
      if (now < until) return;
      remove(req);
      end(req, res);
    }
  }

  function remove(req: IncomingMessage): void {
    if (!pending.delete(req) || pending.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    budget: createByteBudget(MOST_BYTES_IN_ALL),
    admit: remove,
    watch(req, res) {
      const { "content-length": length, "transfer-encoding": coding } = req.headers;
      if (coding === undefined && (length === undefined || length === "0")) return;
      pending.set(req, { res, until: performance.now() + unauthenticatedMs });
      timer ??= setInterval(endLate, unauthenticatedMs / CHECKS_PER_DEADLINE).unref();
      req.once("close", () => remove(req));
    },
  };
}

/** Ends a request without waiting for the rest of its body. */
function end(req: IncomingMessage, res: ServerResponse): void {
  const { socket } = req;
  if (res.headersSent) return void socket.destroy();
  res.writeHead(408, { Connection: "close", "Content-Length": 0 });
  res.end(() => socket.destroy());
}
