/** Waits until a request is final. Only the last version is remembered between connections. */

import { setTimeout as sleep } from "node:timers/promises";
import { RequestById, RequestUpdated, type WaitedRequest } from "./documents.ts";
import { ResponseFailedError } from "./errors.ts";
import type { Operations } from "./operations.ts";

/** The options of a wait for one request. */
export interface WaitOptions {
  /** The last version that the caller has seen. `onUpdate` receives only higher versions. */
  afterVersion?: number | null;
  signal?: AbortSignal;
  /** Called with later states, in the order of versions; versions may be skipped. Throwing rejects the wait. */
  onUpdate?: (request: WaitedRequest) => void;
}

/** The pause between two reads of a request whose subscription ended too early, in ms. */
const PAUSE_MS = 500;

/**
 * Subscribes, and resolves with the final request.
 * @throws ResponseFailedError with code NOT_FOUND if the request is unknown or the token's user may not see it; and the
 *   errors of `Client.subscribe`
 */
export async function waitForRequest(client: Operations, id: string, options: WaitOptions): Promise<WaitedRequest> {
  const { signal, onUpdate } = options;
  let version = options.afterVersion ?? null;
  let last: WaitedRequest | null = null;
  const update = (request: WaitedRequest): boolean => {
    if (version === null || request.version > version) {
      version = request.version;
      last = request;
      onUpdate?.(request);
    }
    return !request.isOpen;
  };
  for (;;) {
    await client.subscribe(RequestUpdated, () => ({ id, afterVersion: version }), {
      signal,
      next: (data) => update(data.approvalRequestUpdated),
    });
    const latest = last as WaitedRequest | null;
    if (latest !== null && !latest.isOpen) return latest;
    // It completed without a result: the request was already final at the version that the caller had.
    const { approvalRequest } = await client.request(RequestById, { id }, { signal, timeoutMs: null });
    if (approvalRequest == null) throw notFound();
    if (update(approvalRequest)) return approvalRequest;
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

const notFound = () =>
  new ResponseFailedError([
    { message: "There is no such approval request, or you may not see it.", extensions: { code: "NOT_FOUND" } },
  ]);
