/** Waits on an awakeable, and reads the request itself in case the callback was lost. */

import {
  CancelledError,
  type Context,
  type RestatePromise,
  TerminalError,
  TimeoutError,
} from "@restatedev/restate-sdk";
import type { GateRequest } from "../handler/gateway.ts";
import { RETRY_FOREVER, type Requests } from "./requests.ts";
import { fromBytes, outcomeIn, type Verifier } from "./signed-message.ts";

/** The longest time between two reads of the request, in ms, once the awakeable was resolved by something else. */
const RESOLVED_CHECK_MS = 60_000;
const NOTHING = new Uint8Array();

export interface Waiting {
  /** The value of the awakeable. */
  answer: RestatePromise<Uint8Array>;
  /** The path of the callback's address, for the verifier. */
  path: string;
  /** The request after its creation. */
  request: GateRequest;
  requests: Requests;
  verify: Verifier;
  /** null: no regular reads of the request. */
  checkEveryMs: number | null;
}

/**
 * Waits for the callback, or until a read shows that it was lost.
 * @throws CancelledError, or TerminalError if the request was deleted
 */
export async function outcomeOf(ctx: Context, waiting: Waiting): Promise<GateRequest> {
  let isResolved = false;
  for (;;) {
    let value: Uint8Array | null = null;
    if (isResolved) await ctx.sleep(Math.min(RESOLVED_CHECK_MS, waiting.checkEveryMs ?? RESOLVED_CHECK_MS));
    else value = await awakeableValue(waiting);
    isResolved ||= value !== null;
    // The outcome is journaled, because another secret may be in use when the journal is replayed.
    const outcome = await ctx.run("look at the outcome", () => outcomeFrom(ctx, waiting, value), RETRY_FOREVER);
    if (outcome !== null) return outcome;
  }
}

/** The value of the awakeable; null after `checkEveryMs` without one. */
async function awakeableValue({ answer, checkEveryMs }: Waiting): Promise<Uint8Array | null> {
  try {
    return await (checkEveryMs === null ? answer : answer.orTimeout(checkEveryMs));
  } catch (error) {
    if (error instanceof TimeoutError) return null;
    if (error instanceof CancelledError || !(error instanceof TerminalError)) throw error;
    return NOTHING; // It was rejected, which Countersign never does.
  }
}

/**
 * The outcome from the callback, if it is valid. Anyone who reaches the ingress can resolve an awakeable with any
 * value, or send the callback of another request. For an invalid value, and without one, the request itself is read.
 */
async function outcomeFrom(ctx: Context, waiting: Waiting, value: Uint8Array | null): Promise<GateRequest | null> {
  const { path, request, requests, verify } = waiting;
  const message = value === null ? null : fromBytes(value);
  const outcome = message !== null && verify(message, path) ? outcomeIn(message.body) : null;
  if (outcome !== null && outcome.id === request.id) return outcome;
  if (value !== null) ctx.console.warn(`Request ${request.id}: its awakeable was completed by something else.`);
  try {
    const current = await requests.read(request.id);
    return current.isOpen ? null : current;
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    ctx.console.warn(`Request ${request.id} could not be read: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}
