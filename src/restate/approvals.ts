/**
 * Approvals in a Restate service. An invocation creates a request and suspends on an awakeable, which Countersign's
 * signed callback resolves. The service does not run in the meantime, so every part may fail and restart.
 */

import { CancelledError, type Context, serde } from "@restatedev/restate-sdk";
import { type ClientOptions, createClient } from "../client/client.ts";
import { missingOptions } from "../client/missing-options.ts";
import type { JobResult } from "../handler/job.ts";
import { type ApprovalResult, type DemandedSource, demandedOf, jobResultOf } from "../handler/outcome.ts";
import { parseUrl } from "../model/parse-url.ts";
import { callbackObject, callbackPath, serviceUrl } from "./callbacks.ts";
import { checkGate, demandedByGate, type Gate } from "./gate.ts";
import { RETRY_FOREVER, requestsOver } from "./requests.ts";
import { verifierOf } from "./signed-message.ts";
import { outcomeOf } from "./waiting.ts";

/** The options of `createRestateApprovals`: those of the client, and the way of the callbacks. */
export interface RestateApprovalsOptions extends ClientOptions {
  /** Restate's ingress, as Countersign reaches it: `http://127.0.0.1:8080`. */
  ingressUrl: string;
  /**
   * `WEBHOOK_SECRET` of the Countersign server, or the secret that is derived from it for these callbacks only:
   * `countersign webhook-key --below INGRESS/SERVICE` prints it.
   */
  webhookSecret: string;
  /** The name of the service that receives the callbacks. Default: `countersign`. */
  serviceName?: string;
  /**
   * How often a waiting invocation checks whether its callback was lost, in ms. null: never, so that only the callback
   * wakes it. Default: an hour.
   */
  checkEveryMs?: number | null;
  /**
   * APPROVER: only an approval by people is a success, for every gate. One by conditions or by the timeout is a final
   * failure that names its source.
   */
  decisionSource?: DemandedSource;
}

/** Approvals for the services of one Restate endpoint. */
export interface RestateApprovals {
  /** The object that receives callbacks. Serve it with your services, at the same endpoint. */
  readonly callbacks: ReturnType<typeof callbackObject>;
  /**
   * Creates the request and waits, suspended. Resolves once the request is final, with the same result as
   * `ApprovalHandler.execute`; `success` is true only if it was approved.
   * @throws TerminalError for a request that Countersign refuses (with each issue), that has an unknown field, or that was
   *   deleted; CancelledError
   *   if the invocation is cancelled, after the request was cancelled
   */
  ask(ctx: Context, gate: Gate): Promise<JobResult<ApprovalResult>>;
  /** Closes the connection to Countersign. */
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** A shorter interval would amount to polling. */
const LEAST_CHECK_MS = 1_000;

/**
 * Creates the approvals of an endpoint. It does not connect; the first request does.
 * @throws TypeError for invalid options
 *
 * @example
 * const approvals = createRestateApprovals({
 *   url: "https://approvals.company.com/graphql",
 *   token: () => fetchToken(),
 *   ingressUrl: "http://restate:8080",
 *   webhookSecret: process.env.WEBHOOK_SECRET ?? "",
 * });
 * const release = restate.service({
 *   name: "release",
 *   handlers: {
 *     async run(ctx: restate.Context, version: string) {
 *       const gate = { jobId: "approval", title: `Deploy ${version}?`, allowedApprovers: ["bob@company.com"] };
 *       const result = await approvals.ask(ctx, gate);
 *       if (!result.success) throw new restate.TerminalError(result.error);
 *     },
 *   },
 * });
 * restate.serve({ services: [release, approvals.callbacks] });
 */
export function createRestateApprovals(options: RestateApprovalsOptions): RestateApprovals {
  const {
    ingressUrl,
    webhookSecret,
    serviceName = "countersign",
    checkEveryMs = HOUR_MS,
    decisionSource,
    ...client
  } = options;
  const missing = missingOptions(client);
  if (missing !== null) throw new TypeError(`createRestateApprovals needs url and token: ${missing}.`);
  const demandedOfAll = demandedOf(decisionSource);
  const ingress = addressOf(ingressUrl);
  if (checkEveryMs !== null && !(checkEveryMs >= LEAST_CHECK_MS)) {
    throw new TypeError(`checkEveryMs must be ${LEAST_CHECK_MS} or more, or null, got ${checkEveryMs}.`);
  }
  const service = serviceUrl(ingress, serviceName);
  const verify = verifierOf(webhookSecret ?? "", new URL(service));
  const connection = createClient(client);
  const requests = requestsOver(connection);

  return {
    callbacks: callbackObject(serviceName, verify),

    async ask(ctx, given) {
      checkGate(given);
      const { decisionSource, ...gate } = given;
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
        const { request, created } = await ctx.run("ask for approval", create, RETRY_FOREVER);
        const path = callbackPath(awakeable.id);
        const waiting = { answer: awakeable.promise, path, request, requests, verify, checkEveryMs };
        return jobResultOf(request.isOpen ? await outcomeOf(ctx, waiting) : request, demanded, { created });
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        const cancel = async () => {
          // A request that was being created when the invocation was cancelled must exist before the search for it.
          await asking;
          await requests.cancel(key, `The Restate invocation ${invocationId} was cancelled.`);
        };
        // The name is part of the journal, so that it must not change.
        await ctx.run("withdraw the request", cancel, RETRY_FOREVER);
        throw error;
      }
    },

    close: () => connection.close(),
  };
}

const executions = new WeakMap<Context, Promise<string>>();

/**
 * The execution id, the same for all gates of an invocation. Once Restate has forgotten an invocation, it reuses its id
 * for the next one of the same key. An approval of the former must not count for the latter, so the id includes the
 * time of the first gate.
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
    // The invocation was cancelled, but may still create a request during its cleanup.
    executions.delete(ctx);
    throw error;
  }
}

function addressOf(ingressUrl: string): string {
  const url = parseUrl(ingressUrl);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new TypeError(`ingressUrl must be an http or https URL, got ${JSON.stringify(ingressUrl)}.`);
  }
  return url.href.replace(/\/$/, "");
}
