/**
 * Approvals in a Restate service: an invocation asks and suspends on an awakeable, which Countersign's signed callback
 * resolves. Nothing of the service runs meanwhile, so each part may die and come back.
 */

import { CancelledError, type Context, serde, TerminalError } from "@restatedev/restate-sdk";
import { type ClientOptions, createClient } from "../client/client.ts";
import type { CreateApprovalRequestInput } from "../client/generated/graphql.ts";
import type { JobResult } from "../handler/job.ts";
import { type ApprovalResult, type DemandedSource, demandedOf, jobResultOf } from "../handler/outcome.ts";
import { callbackObject, callbackPath, serviceUrl } from "./callbacks.ts";
import { FOR_EVER, requestsOver } from "./requests.ts";
import { verifierOf } from "./signed-message.ts";
import { outcomeOf } from "./waiting.ts";

export interface RestateApprovalsOptions extends ClientOptions {
  /** Restate's ingress, as Countersign reaches it: `http://127.0.0.1:8080`. */
  ingressUrl: string;
  /**
   * What `WEBHOOK_SECRET` of the Countersign server holds; or what it derives for these callbacks alone, as
   * `countersign webhook-key --below INGRESS/SERVICE` prints it.
   */
  webhookSecret: string;
  /** The name under which the callbacks are served; default `countersign`. */
  serviceName?: string;
  /**
   * How often an invocation that waits looks whether its callback was lost, in ms; default an hour. null: never, so that
   * only the callback wakes it.
   */
  checkEveryMs?: number | null;
  /**
   * APPROVER: only an approval by people is a success, for every gate. One by conditions or by the timeout is a final
   * failure that names its source.
   */
  decisionSource?: DemandedSource;
}

/** What is asked, as `createApprovalRequest` takes it; the execution is the invocation. */
export interface Gate extends Omit<CreateApprovalRequestInput, "workflowId" | "executionId" | "callbackUrl"> {
  /** Names the gate: another one for each approval of a handler. */
  jobId: string;
  /** Default: the name of the service that asks. */
  workflowId?: string;
  /** As the option of the same name, for this gate. */
  decisionSource?: DemandedSource | null;
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
/** Closer together they would be a poll. */
const LEAST_CHECK_MS = 1_000;

/** @throws TypeError for options that lead nowhere; the connection is made by the first request */
export function createRestateApprovals(options: RestateApprovalsOptions): RestateApprovals {
  const {
    ingressUrl,
    webhookSecret,
    serviceName = "countersign",
    checkEveryMs = HOUR_MS,
    decisionSource,
    ...client
  } = options;
  if (!client.url || !client.token) throw new TypeError("createRestateApprovals needs url and token.");
  const demandedOfAll = demandedOf(decisionSource);
  const ingress = addressOf(ingressUrl);
  if (checkEveryMs !== null && !(checkEveryMs >= LEAST_CHECK_MS)) {
    throw new TypeError(`checkEveryMs holds ${checkEveryMs}; it may hold ${LEAST_CHECK_MS} or more, or null.`);
  }
  const service = serviceUrl(ingress, serviceName);
  const verify = verifierOf(webhookSecret ?? "", new URL(service));
  const connection = createClient(client);
  const requests = requestsOver(connection);

  return {
    callbacks: callbackObject(serviceName, verify),

    async ask(ctx, { decisionSource, ...gate }) {
      const demanded = demandedOfAll ?? demandedByGate(decisionSource);
      const { id: invocationId, target } = ctx.request();
      const executionId = await executionOf(ctx);
      const key = { workflowId: gate.workflowId ?? target.service, jobId: gate.jobId, executionId };
      const awakeable = ctx.awakeable(serde.binary);
      const input = { ...gate, ...key, callbackUrl: `${service}/${callbackPath(awakeable.id)}` };
      let asking: Promise<unknown> | undefined;
      const create = () => {
        const created = requests.create(input);
        asking = created.catch(() => {});
        return created;
      };
      try {
        const { request, created } = await ctx.run("ask for approval", create, FOR_EVER);
        const path = callbackPath(awakeable.id);
        const waiting = { answer: awakeable.promise, path, request, requests, verify, checkEveryMs };
        return jobResultOf(request.isOpen ? await outcomeOf(ctx, waiting) : request, demanded, { created });
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

/** A gate that is written wrong stays so however often Restate tries it. */
function demandedByGate(decisionSource: unknown): DemandedSource | null {
  try {
    return demandedOf(decisionSource);
  } catch (error) {
    throw new TerminalError((error as Error).message, { errorCode: 422 });
  }
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

function addressOf(ingressUrl: string): string {
  const url = URL.parse(ingressUrl);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new TypeError(`ingressUrl holds ${JSON.stringify(ingressUrl)}; it may hold an http or https address.`);
  }
  return url.href.replace(/\/$/, "");
}
