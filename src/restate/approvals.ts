/**
 * Approvals in a Restate service: an invocation asks and suspends on an awakeable, which Countersign's signed callback
 * resolves. Nothing of the service runs meanwhile, so each part may die and come back.
 */

import {
  CancelledError,
  type Context,
  type RestatePromise,
  serde,
  TerminalError,
  TimeoutError,
} from "@restatedev/restate-sdk";
import { type ClientOptions, createClient } from "../client/client.ts";
import type { CreateApprovalRequestInput } from "../client/generated/graphql.ts";
import type { GateRequest } from "../handler/gateway.ts";
import type { JobResult } from "../handler/job.ts";
import { type ApprovalResult, jobResultOf } from "../handler/outcome.ts";
import { callbackObject, callbackUrl } from "./callbacks.ts";
import { type Requests, requestsOver } from "./requests.ts";
import { fromBytes, outcomeIn, type Verifier, verifierOf } from "./signed-message.ts";

export interface RestateApprovalsOptions extends ClientOptions {
  /** Restate's ingress, as Countersign reaches it: `http://127.0.0.1:8080`. */
  ingressUrl: string;
  /** What `WEBHOOK_SECRET` of the Countersign server holds. */
  webhookSecret: string;
  /** The name under which the callbacks are served; default `countersign`. */
  serviceName?: string;
  /**
   * How often an invocation that waits looks whether its callback was lost, in ms; default an hour. null: never, so that
   * only the callback wakes it.
   */
  checkEveryMs?: number | null;
}

/** What is asked, as `createApprovalRequest` takes it; the execution is the invocation. */
export interface Gate extends Omit<CreateApprovalRequestInput, "workflowId" | "executionId" | "callbackUrl"> {
  /** Names the gate: another one for each approval of a handler. */
  jobId: string;
  /** Default: the name of the service that asks. */
  workflowId?: string;
}

export interface RestateApprovals {
  /** Serve it beside your services, at the same endpoint: callbacks arrive here. */
  readonly callbacks: ReturnType<typeof callbackObject>;
  /**
   * Asks and waits, suspended. It resolves once the request is final, `success` only where it was approved; what it
   * resolves with is what `ApprovalHandler.execute` does.
   * @throws TerminalError for a request that Countersign refuses (naming each issue), or that was deleted; CancelledError
   *   when the invocation is cancelled, after the request was withdrawn
   */
  ask(ctx: Context, gate: Gate): Promise<JobResult<ApprovalResult>>;
  /** Ends the connection to Countersign. */
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** How often it looks, at least, once the awakeable is used up by something else than its callback, in ms. */
const SPENT_CHECK_MS = 60_000;
/** Countersign may be down for long. A policy of its own is not bounded by the server's `max-attempts`. */
const FOR_EVER = { initialRetryInterval: 500, retryIntervalFactor: 2, maxRetryInterval: 60_000 };
const NOTHING = new Uint8Array();

/** @throws TypeError for options that lead nowhere; the connection is made by the first request */
export function createRestateApprovals(options: RestateApprovalsOptions): RestateApprovals {
  const { ingressUrl, webhookSecret, serviceName = "countersign", checkEveryMs = HOUR_MS, ...client } = options;
  if (!client.url || !client.token) throw new TypeError("createRestateApprovals needs url and token.");
  const ingress = addressOf(ingressUrl);
  const verify = verifierOf(webhookSecret ?? "");
  const connection = createClient(client);
  const requests = requestsOver(connection);

  return {
    callbacks: callbackObject(serviceName, verify),

    async ask(ctx, gate) {
      const { id: invocationId, target } = ctx.request();
      const executionId = await executionOf(ctx);
      const key = { workflowId: gate.workflowId ?? target.service, jobId: gate.jobId, executionId };
      const awakeable = ctx.awakeable(serde.binary);
      const input = { ...gate, ...key, callbackUrl: callbackUrl(ingress, serviceName, awakeable.id) };
      let asking: Promise<unknown> | undefined;
      const create = () => {
        const created = requests.create(input);
        asking = created.catch(() => {});
        return created;
      };
      try {
        const { request, created } = await ctx.run("ask for approval", create, FOR_EVER);
        const waiting = { answer: awakeable.promise, request, requests, verify, checkEveryMs };
        return jobResultOf(request.isOpen ? await outcomeOf(ctx, waiting) : request, { created });
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        const withdraw = async () => {
          // What was on its way when the invocation was cancelled would be there after the search for it.
          await asking;
          await requests.withdraw(key, `The Restate invocation ${invocationId} was cancelled.`);
        };
        await ctx.run("withdraw the request", withdraw, FOR_EVER);
        throw error;
      }
    },

    close: () => connection.close(),
  };
}

const executions = new WeakMap<Context, Promise<string>>();

/**
 * The same for all gates of an invocation. Once Restate has forgotten an invocation, it gives its id to the next one of the
 * same key; what was approved for the former must not count for that, so the time of the first gate is part of it.
 */
async function executionOf(ctx: Context): Promise<string> {
  let execution = executions.get(ctx);
  if (execution === undefined) {
    execution = ctx.run("begin to ask", () => `${ctx.request().id}/${new Date().toISOString()}`);
    executions.set(ctx, execution);
  }
  try {
    return await execution;
  } catch (error) {
    // It was cancelled, and may want to ask while it clears up.
    executions.delete(ctx);
    throw error;
  }
}

interface Waiting {
  answer: RestatePromise<Uint8Array>;
  request: GateRequest;
  requests: Requests;
  verify: Verifier;
  checkEveryMs: number | null;
}

/** Waits for the callback, or until a look shows that it was lost. */
async function outcomeOf(ctx: Context, waiting: Waiting): Promise<GateRequest> {
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
  const { request, requests, verify } = waiting;
  const message = heard === null ? null : fromBytes(heard);
  const told = message !== null && verify(message) ? outcomeIn(message.body) : null;
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

function addressOf(ingressUrl: string): string {
  const url = URL.parse(ingressUrl);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new TypeError(`ingressUrl holds ${JSON.stringify(ingressUrl)}; it may hold an http or https address.`);
  }
  return url.href.replace(/\/$/, "");
}
