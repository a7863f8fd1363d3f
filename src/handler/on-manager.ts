/** A handler's way to a manager of its own process. */

import type { ApprovalManager as Manager } from "../approvals/manager.ts";
import type { UpdateSources } from "../live/row-updates.ts";
import { ApprovalManager } from "./approval-manager.ts";
import type { Gateway } from "./gateway.ts";
import { managerGateway } from "./manager-modules.ts";

export interface ManagerOptions extends Partial<UpdateSources> {
  /** An ApprovalManager; or the manager of an embedded server, with its `hub` and `loaders`. */
  manager: ApprovalManager | Manager;
  /**
   * The creator of the requests, in whose name they are asked where the job names nobody, and cancelled; default
   * "system". A request's key is its own, so handlers with different ids do not find each other's requests.
   */
  userId?: string;
}

/** @throws TypeError where the manager is a server's, and `hub` or `loaders` is missing */
export function onManager({ manager, hub, loaders, userId }: ManagerOptions): Gateway {
  const named = userId === undefined ? {} : { userId };
  const parts = ApprovalManager.partsOf(manager);
  if (parts !== undefined) return managerGateway({ ...parts, ...named });
  if (!hub || !loaders) {
    throw new TypeError(
      "ApprovalHandler needs the hub and the loaders beside a manager that is not an ApprovalManager.",
    );
  }
  return managerGateway({ manager: manager as Manager, hub, loaders, ...named });
}
