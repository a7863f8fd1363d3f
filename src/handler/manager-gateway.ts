/** A gateway to the approvals of a manager in this process, without a socket. */

import { setTimeout as sleep } from "node:timers/promises";
import type { ApprovalManager } from "../approvals/manager.ts";
import { subscribeToRequest } from "../live/request-updates.ts";
import type { UpdateSources } from "../live/row-updates.ts";
import { type Caller, isOpen, type RequestOrHead, SCOPES } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { requestUrl } from "../model/request-id.ts";
import { gateRequestOf } from "./gate-request.ts";
import type { Gateway } from "./gateway.ts";
import { throughOutages } from "./outages.ts";

/** The manager, the sources of its updates, and the user on whose behalf the handler creates requests. */
export interface GatewaySources extends UpdateSources {
  manager: ApprovalManager;
  userId?: string;
  /** The address of the server's pages, if it is known. */
  publicUrl?: string | (() => string) | null;
}

/** The pause between two reads of a request whose updates ended too early, in ms. */
const PAUSE_MS = 500;

export function managerGateway(given: GatewaySources): Gateway {
  const { manager, hub, loaders, userId = "system", publicUrl = null } = given;
  const sources = { hub, loaders };
  // A program with access to the database may create requests on behalf of others and see all requests.
  const viewer = { userId, email: null, roles: [], scopes: [SCOPES.request, SCOPES.read] };
  const caller: Caller = { viewer, ipAddress: null, userAgent: null };
  const toGateRequest = (request: RequestOrHead) => gateRequestOf(request, manager.now());

  /** Reads the updates until they end, and returns the last one. */
  async function follow(id: string, from: { version: number | null }, signal?: AbortSignal) {
    const updates = subscribeToRequest(sources, viewer, id, from.version);
    const stop = () => void updates.return?.();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      signal?.throwIfAborted();
      let last: RequestOrHead | null = null;
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
    async create(input, { signal } = {}) {
      const { request, created } = await throughOutages(() => manager.createRequest(input, caller), signal);
      return { request: toGateRequest(request), created };
    },

    async wait(id, afterVersion, signal) {
      const from = { version: afterVersion };
      for (;;) {
        const last = await throughOutages(() => follow(id, from, signal), signal);
        if (last !== null && !isOpen(last)) return toGateRequest(last);
        // They ended without an update: the request was already final at the version that the caller had.
        const request = await throughOutages(() => manager.getRequest(id, viewer), signal);
        if (request === null) throw new NotFoundError();
        if (!isOpen(request)) return toGateRequest(request);
        await sleep(PAUSE_MS, undefined, { signal });
      }
    },

    find: async (key) =>
      (await throughOutages(() => manager.getApprovals({ ...key, createdBy: userId }, viewer))).map(toGateRequest),
    cancel: async (id, reason) => toGateRequest(await throughOutages(() => manager.cancel(id, caller, reason))),
    urlOf(id) {
      const base = typeof publicUrl === "function" ? publicUrl() : publicUrl;
      return base === null ? null : requestUrl(base.replace(/\/+$/, ""), id);
    },
    /** The manager stays open: its creator closes it. */
    close: async () => {},
  };
}
