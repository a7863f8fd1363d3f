/** The shared handler of the process. */

import { ApprovalHandler, type ApprovalHandlerOptions } from "./approval-handler.ts";
import { getApprovalManager } from "./manager-instance.ts";
import { type ApprovalPromise, type RequestApprovalInput, withWait } from "./request-approval.ts";
import type { RetiredOptions } from "./retired-options.ts";

let instance: ApprovalHandler | undefined;

/**
 * The shared handler of the process. The first call creates it; later calls return it and ignore their argument.
 * @param config as for ApprovalHandler. Without `url` and `manager`, COUNTERSIGN_URL and
 *   COUNTERSIGN_TOKEN are used; without these, `getApprovalManager()`, which uses DATABASE_URL.
 *
 * @example
 * orchestrator.registerHandler("approval", getApprovalHandler());
 */
export function getApprovalHandler(config: Partial<ApprovalHandlerOptions> & RetiredOptions = {}): ApprovalHandler {
  instance ??= new ApprovalHandler(complete(config));
  return instance;
}

/**
 * Closes the shared handler. The next `getApprovalHandler` creates another.
 *
 * @example
 * process.once("SIGTERM", () => closeApprovalHandler());
 */
export async function closeApprovalHandler(): Promise<void> {
  const closing = instance;
  instance = undefined;
  await closing?.close();
}

function complete(config: Partial<ApprovalHandlerOptions>): ApprovalHandlerOptions {
  if ("manager" in config || "url" in config) return config as ApprovalHandlerOptions;
  const { COUNTERSIGN_URL: url, COUNTERSIGN_TOKEN: token } = process.env;
  if (url && token) return { ...config, url: graphqlAddress(url), token };
  return { ...config, manager: getApprovalManager() };
}

/** COUNTERSIGN_URL may be the server's address or that of its `/graphql`. */
function graphqlAddress(url: string): string {
  const address = new URL(url);
  if (address.pathname === "/") address.pathname = "/graphql";
  return address.href;
}

/**
 * Asks for approval in one call, through the shared handler of the process: with COUNTERSIGN_URL and COUNTERSIGN_TOKEN,
 * or with DATABASE_URL. Await the promise for the request, or its `wait` for the decision.
 * @param options `handler` is another handler than the shared one; `signal` ends the creation
 * @throws as `ApprovalHandler.requestApproval`; TypeError without a server and without a database
 *
 * @example
 * const { approved, message } = await requestApproval({ title: "Deploy 1.4.0?", approvers: ["bob@company.com"] }).wait();
 * if (!approved) throw new Error(message);
 *
 * @example
 * const request = await requestApproval({ title: "Delete 300 rows?", approvers: ["bob@company.com"], timeoutMs: 600_000 });
 * console.log(`Waiting for ${request.url}`);
 * const { approved } = await request.wait();
 */
export function requestApproval(
  input: RequestApprovalInput,
  { handler, signal }: { handler?: ApprovalHandler; signal?: AbortSignal } = {},
): ApprovalPromise {
  return withWait((async () => (handler ?? getApprovalHandler()).requestApproval(input, { signal }))());
}
