/** Approvals in this process, on its own manager: no socket, the same waits. */

import { setTimeout as sleep } from "node:timers/promises";
import type { ApprovalManager } from "../approvals/manager.ts";
import { watchRequest } from "../live/request-updates.ts";
import type { UpdateSources } from "../live/row-updates.ts";
import { type Caller, isOpen, SCOPES, type ShownRequest } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { gateRequestOf } from "./gate-request.ts";
import type { Gateway } from "./gateway.ts";
import { throughOutages } from "./outages.ts";

/** The manager of this process, what its updates come from, and in whose name the handler asks. */
export interface GatewaySources extends UpdateSources {
  manager: ApprovalManager;
  userId?: string;
}

/** Between two looks at a request whose updates ended too early, in ms. */
const PAUSE_MS = 500;

export function managerGateway({ manager, hub, loaders, userId = "system" }: GatewaySources): Gateway {
  const sources = { hub, loaders };
  // Who holds the database is trusted: it may ask in another's name and see what others asked.
  const viewer = { userId, email: null, roles: [], scopes: [SCOPES.request, SCOPES.read] };
  const caller: Caller = { viewer, ipAddress: null, userAgent: null };
  const seen = (request: ShownRequest) => gateRequestOf(request, manager.now());

  /** The updates until they end, and the last of them. */
  async function follow(id: string, from: { version: number | null }, signal?: AbortSignal) {
    const updates = watchRequest(sources, viewer, id, from.version);
    const stop = () => void updates.return?.();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      signal?.throwIfAborted();
      let last: ShownRequest | null = null;
      for await (const request of updates) {
        from.version = request.version;
        last = request;
      }
      signal?.throwIfAborted();
      return last;
    } finally {
      signal?.removeEventListener("abort", stop);
      stop();
    }
  }

  return {
    async create(input, signal) {
      const { request, created } = await throughOutages(() => manager.createRequest(input, caller), signal);
      return { request: seen(request), created };
    },

    async wait(id, afterVersion, signal) {
      const from = { version: afterVersion };
      for (;;) {
        const last = await throughOutages(() => follow(id, from, signal), signal);
        if (last !== null && !isOpen(last)) return seen(last);
        // They ended without a word: the request was final already at the version that the caller had.
        const request = await throughOutages(() => manager.getRequest(id, viewer), signal);
        if (request === null) throw new NotFoundError();
        if (!isOpen(request)) return seen(request);
        await sleep(PAUSE_MS, undefined, { signal });
      }
    },

    find: async (key) =>
      (await throughOutages(() => manager.getApprovals({ ...key, createdBy: userId }, viewer))).map(seen),
    cancel: async (id, reason) => seen(await throughOutages(() => manager.cancel(id, caller, reason))),
    /** The manager belongs to whoever made it. */
    close: async () => {},
  };
}
