/** The process's one handler. */

import { ApprovalHandler, type ApprovalHandlerOptions } from "./approval-handler.ts";
import { getApprovalManager } from "./manager-instance.ts";
import type { RetiredOptions } from "./retired-options.ts";

let instance: ApprovalHandler | undefined;

/**
 * The process's one handler; the first call makes it, and later ones return it whatever they are given.
 * @param config as for ApprovalHandler. Without `url` and `manager` the address is COUNTERSIGN_URL with
 *   COUNTERSIGN_TOKEN; without these, the handler works on `getApprovalManager()`, that is on DATABASE_URL.
 */
export function getApprovalHandler(config: Partial<ApprovalHandlerOptions> & RetiredOptions = {}): ApprovalHandler {
  instance ??= new ApprovalHandler(complete(config));
  return instance;
}

/** Ends its socket; the next `getApprovalHandler` makes another. */
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
