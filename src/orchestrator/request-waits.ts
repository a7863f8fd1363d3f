/**
 * Lets the jobs of this process wait for their requests. The hub wakes them and one query reads many of them, so
 * thousands of gates cost little. The token and the creator of a request do not matter.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import type { Pool } from "../db/pool.ts";
import { type WaitedRow, waitedRequests } from "../db/queries/waited-requests.ts";
import { RequestDeletedError } from "../handler/errors.ts";
import { gateRequestOf } from "../handler/gate-request.ts";
import type { GateRequest } from "../handler/gateway.ts";
import type { Hub } from "../hub/hub.ts";
import type { Subscriber, Subscription } from "../hub/subscriber-index.ts";
import type { Logger } from "../log.ts";
import { isOpen } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { isRequestId } from "../model/request-id.ts";
import { RunNotOwnedError } from "./errors.ts";

/** Requests of one read. */
const AT_ONCE = 500;
const RETRY_MS = 500;

export class RequestWaits {
  readonly #pool: Pool;
  readonly #hub: Pick<Hub, "subscribe">;
  readonly #log: Pick<Logger, "warn">;
  readonly #waiting = new Set<RequestWait>();
  /** The waits whose requests must be read. A hint during a read adds the wait again, so that no change is missed. */
  readonly #due = new Set<RequestWait>();
  #reading = false;
  #closed = false;

  constructor(pool: Pool, hub: Pick<Hub, "subscribe">, log: Pick<Logger, "warn">) {
    this.#pool = pool;
    this.#hub = hub;
    this.#log = log;
  }

  /**
   * Resolves once the request is final.
   * @throws NotFoundError if there is none, RequestDeletedError if it is deleted in the meantime, or the reason of the
   *   aborted signal
   */
  wait(id: string, signal?: AbortSignal): Promise<GateRequest> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(new RunNotOwnedError());
    if (!isRequestId(id)) return Promise.reject(new NotFoundError());
    const wait = new RequestWait(this, id, signal);
    this.#waiting.add(wait);
    wait.subscription = this.#hub.subscribe(id, 0, wait);
    this.read(wait);
    return wait.promise;
  }

  /** Reads the request soon. */
  read(wait: RequestWait): void {
    this.#due.add(wait);
    if (!this.#reading) void this.#work();
  }

  /** Removes a wait that has ended. */
  forget(wait: RequestWait): void {
    this.#waiting.delete(wait);
    this.#due.delete(wait);
  }

  /** Ends all waits with RunNotOwnedError. */
  close(): void {
    this.#closed = true;
    for (const wait of this.#waiting) wait.fail(new RunNotOwnedError());
  }

  async #work(): Promise<void> {
    this.#reading = true;
    while (this.#due.size > 0 && !this.#closed) {
      const waits = this.#due.values().take(AT_ONCE).toArray();
      for (const wait of waits) this.#due.delete(wait);
      try {
        const rows = await waitedRequests(this.#pool, [...new Set(waits.map(({ id }) => id))]);
        const byId = new Map(rows.map((row) => [row.id, row]));
        for (const wait of waits) wait.update(byId.get(wait.id));
      } catch (error) {
        logFailure(this.#log, "warn", { err: error }, "the requests of waiting jobs could not be read; trying again");
        for (const wait of waits) if (this.#waiting.has(wait)) this.#due.add(wait);
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    this.#reading = false;
  }
}

/** One wait. It is also the listener of the hub and the signal, to save memory. */
class RequestWait implements Subscriber {
  readonly id: string;
  readonly promise: Promise<GateRequest>;
  subscription: Subscription | null = null;
  readonly #waits: RequestWaits;
  readonly #signal: AbortSignal | undefined;
  readonly #settle: PromiseWithResolvers<GateRequest>;
  #wasFound = false;

  constructor(waits: RequestWaits, id: string, signal: AbortSignal | undefined) {
    this.id = id;
    this.#waits = waits;
    this.#signal = signal;
    this.#settle = Promise.withResolvers();
    this.promise = this.#settle.promise;
    signal?.addEventListener("abort", this, { once: true });
  }

  /** Called by the hub: there is a later version, or the row was deleted. */
  hint(): void {
    this.#waits.read(this);
  }

  /** Called by the signal. */
  handleEvent(): void {
    this.fail(this.#signal?.reason);
  }

  /** Takes the row that was read; undefined if there is none. */
  update(row: WaitedRow | undefined): void {
    if (row === undefined) {
      this.fail(this.#wasFound ? new RequestDeletedError(this.id) : new NotFoundError());
    } else if (isOpen(row)) {
      this.#wasFound = true;
      this.subscription?.seen(row.version);
    } else {
      this.#end();
      // The time only matters to open requests.
      this.#settle.resolve(gateRequestOf(row, row.expiresAt));
    }
  }

  fail(error: unknown): void {
    this.#end();
    this.#settle.reject(error);
  }

  #end(): void {
    this.subscription?.close();
    this.#signal?.removeEventListener("abort", this);
    this.#waits.forget(this);
  }
}
