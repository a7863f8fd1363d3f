/** Waiting for a request to become final: what is remembered between connections is the last version. */

import { setTimeout as sleep } from "node:timers/promises";
import { RequestById, RequestUpdated, type WaitedRequest } from "./documents.ts";
import { ResponseFailedError } from "./errors.ts";
import type { Operations } from "./operations.ts";

export interface WaitOptions {
  /** The last version that the caller has seen; `onUpdate` hears only of higher ones. */
  afterVersion?: number | null;
  signal?: AbortSignal;
  /** Called with each later state, in the order of versions; versions may be passed over. Throwing rejects the wait. */
  onUpdate?: (request: WaitedRequest) => void;
}

/** Between two looks at a request whose subscription ended too early, in ms. */
const PAUSE_MS = 500;

/**
 * Subscribes, and resolves with the final request.
 * @throws ResponseFailedError with code NOT_FOUND where the request is unknown or not the token's user's to see, and
 *   whatever else `Client.subscribe` throws
 */
export async function waitForRequest(client: Operations, id: string, options: WaitOptions): Promise<WaitedRequest> {
  const { signal, onUpdate } = options;
  let version = options.afterVersion ?? null;
  let last: WaitedRequest | null = null;
  const see = (request: WaitedRequest): boolean => {
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
      next: (data) => see(data.approvalRequestUpdated),
    });
    const seen = last as WaitedRequest | null;
    if (seen !== null && !seen.isOpen) return seen;
    // It completed without a word: the request was final already at a version that the caller had.
    const { approvalRequest } = await client.request(RequestById, { id }, { signal });
    if (approvalRequest == null) throw notFound();
    if (see(approvalRequest)) return approvalRequest;
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

const notFound = () =>
  new ResponseFailedError([
    { message: "There is no such approval request, or you may not see it.", extensions: { code: "NOT_FOUND" } },
  ]);
