/** The shared handler of the process. */

import { ApprovalHandler, type ApprovalHandlerOptions } from "./approval-handler.ts";
import { getApprovalManager } from "./manager-instance.ts";
import type { RetiredOptions } from "./retired-options.ts";

let instance: ApprovalHandler | undefined;

/**
 * The shared handler of the process. The first call creates it; later calls return it and ignore their argument.
 * @param config as for ApprovalHandler. Without `url` and `manager`, COUNTERSIGN_URL and
 *   COUNTERSIGN_TOKEN are used; without these, `getApprovalManager()`, which uses DATABASE_URL.
 */
export function getApprovalHandler(config: Partial<ApprovalHandlerOptions> & RetiredOptions = {}): ApprovalHandler {
  instance ??= new ApprovalHandler(complete(config));
  return instance;
}

/** Closes the shared handler. The next `getApprovalHandler` creates another. */
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
