/** How an invocation waits: on its awakeable, with a look at the request itself where the callback may be lost. */

import {
  CancelledError,
  type Context,
  type RestatePromise,
  TerminalError,
  TimeoutError,
} from "@restatedev/restate-sdk";
import type { GateRequest } from "../handler/gateway.ts";
import { FOR_EVER, type Requests } from "./requests.ts";
import { fromBytes, outcomeIn, type Verifier } from "./signed-message.ts";

/** How often it looks, at least, once the awakeable is used up by something else than its callback, in ms. */
const SPENT_CHECK_MS = 60_000;
const NOTHING = new Uint8Array();

export interface Waiting {
  /** What the awakeable is resolved with. */
  answer: RestatePromise<Uint8Array>;
  /** Of the address that its callback is sent to, as `Verifier` takes it. */
  path: string;
  /** As it was when it was asked. */
  request: GateRequest;
  requests: Requests;
  verify: Verifier;
  /** null: no looks. */
  checkEveryMs: number | null;
}

/**
 * Waits for the callback, or until a look shows that it was lost.
 * @throws CancelledError, or TerminalError where the request was deleted
 */
export async function outcomeOf(ctx: Context, waiting: Waiting): Promise<GateRequest> {
  let spent = false;
  for (;;) {
    let heard: Uint8Array | null = null;
    if (spent) await ctx.sleep(Math.min(SPENT_CHECK_MS, waiting.checkEveryMs ?? SPENT_CHECK_MS));
    else heard = await hear(waiting);
    spent ||= heard !== null;
    // What is made of it is kept, because another secret may be in use when the journal is replayed.
    const outcome = await ctx.run("look at the outcome", () => look(ctx, waiting, heard), FOR_EVER);
    if (outcome !== null) return outcome;
  }
}

/** What the awakeable was resolved with; null where only time has passed. */
async function hear({ answer, checkEveryMs }: Waiting): Promise<Uint8Array | null> {
  try {
    return await (checkEveryMs === null ? answer : answer.orTimeout(checkEveryMs));
  } catch (error) {
    if (error instanceof TimeoutError) return null;
    if (error instanceof CancelledError || !(error instanceof TerminalError)) throw error;
    return NOTHING; // Rejected, which Countersign never does.
  }
}

/**
 * The outcome as the callback tells it, if it is one: whoever reaches the ingress can resolve an awakeable with anything,
 * or send a callback of another request. What is not believed is as good as a reminder to look at the request itself.
 */
async function look(ctx: Context, waiting: Waiting, heard: Uint8Array | null): Promise<GateRequest | null> {
  const { path, request, requests, verify } = waiting;
  const message = heard === null ? null : fromBytes(heard);
  const told = message !== null && verify(message, path) ? outcomeIn(message.body) : null;
  if (told !== null && told.id === request.id) return told;
  if (heard !== null) ctx.console.warn(`Request ${request.id}: its awakeable was completed by something else.`);
  try {
    const current = await requests.read(request.id);
    return current.isOpen ? null : current;
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    ctx.console.warn(`Request ${request.id} could not be looked at: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}
