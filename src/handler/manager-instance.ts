/** The shared manager of the process. */

import * as helpers from "../approvals/helpers.ts";
import type { ApprovalRequest, Viewer } from "../model/approvals.ts";
import { byName, type PersonOf } from "../model/same-person.ts";
import { ApprovalManager } from "./approval-manager.ts";
import type { ApprovalManagerConfig } from "./open-manager.ts";

let instance: ApprovalManager | undefined;

/**
 * The shared manager of the process. The first call creates it; later calls return it and ignore their argument, until
 * it is closed.
 * @throws as the constructor of ApprovalManager
 *
 * @example
 * const pending = await getApprovalManager().getPendingApprovals({ userId: "bob@company.com" });
 */
export function getApprovalManager(config: ApprovalManagerConfig = {}): ApprovalManager {
  if (instance === undefined || instance.isClosed) instance = new ApprovalManager(config);
  return instance;
}

/**
 * Closes the shared manager. The next `getApprovalManager` creates another. Without it the process does not exit.
 *
 * @example
 * await closeApprovalManager();
 */
export async function closeApprovalManager(): Promise<void> {
  const closing = instance;
  instance = undefined;
  await closing?.close();
}

/**
 * Whether the user may decide a request now. With a request's id, it returns a promise from the shared manager, by the
 * rules of decisions: always `await` it. With a request, it returns a boolean. Then `roles` are the user's roles, names
 * are compared without regard to case, and addresses are not matched with ids, because only the server has the
 * directory.
 *
 * @example
 * if (await canUserApprove("bob@company.com", requestId)) showButtons();
 */
export function canUserApprove(userId: string, requestId: string): Promise<boolean>;
export function canUserApprove(
  userId: string,
  request: ApprovalRequest,
  roles?: Viewer["roles"],
  now?: Date,
  personOf?: PersonOf,
): boolean;
export function canUserApprove(
  userId: string,
  request: ApprovalRequest | string,
  roles: Viewer["roles"] = [],
  now = new Date(),
  personOf: PersonOf = byName,
): boolean | Promise<boolean> {
  if (typeof request !== "string") return helpers.canUserApprove(userId, request, roles, now, personOf);
  return (async () => getApprovalManager().canApprove(userId, request))();
}
