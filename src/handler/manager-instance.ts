/** The process's one manager. */

import * as helpers from "../approvals/helpers.ts";
import type { ApprovalRequest, Viewer } from "../model/approvals.ts";
import { byName, type PersonOf } from "../model/same-person.ts";
import { ApprovalManager } from "./approval-manager.ts";
import type { ApprovalManagerConfig } from "./open-manager.ts";

let instance: ApprovalManager | undefined;

/**
 * The process's one manager. The first call creates it; later calls return it, whatever they are given, until it is
 * closed.
 * @throws as the constructor of ApprovalManager
 */
export function getApprovalManager(config: ApprovalManagerConfig = {}): ApprovalManager {
  if (instance === undefined || instance.isClosed) instance = new ApprovalManager(config);
  return instance;
}

/** Closes the process's manager; the next `getApprovalManager` creates another. */
export async function closeApprovalManager(): Promise<void> {
  const closing = instance;
  instance = undefined;
  await closing?.close();
}

/**
 * Whether the user may decide a request now. With a request's id the answer is a promise, from the process's manager and
 * by the rules that decide: always `await` it. With a request it is immediate; then `roles` are the user's, names are
 * compared without regard to case, and only the server's directory knows which addresses belong to which ids.
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
