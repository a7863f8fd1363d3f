/** Creates the gateway of a handler that uses a manager in its own process. */

import type { ApprovalManager as Manager } from "../approvals/manager.ts";
import type { UpdateSources } from "../live/row-updates.ts";
import { ApprovalManager } from "./approval-manager.ts";
import type { Gateway } from "./gateway.ts";
import { managerGateway } from "./manager-modules.ts";

export interface ManagerOptions extends Partial<UpdateSources> {
  /** An ApprovalManager, or the manager of an embedded server with its `hub` and `loaders`. */
  manager: ApprovalManager | Manager;
  /**
   * The creator of the requests, who also cancels them, and who is the requester if the job names none. It is part of a
   * request's key, so handlers with different ids do not find each other's requests. Default: "system".
   */
  userId?: string;
  /** The address of the server's pages, for the links of requests. Default for an ApprovalManager: PUBLIC_URL. */
  publicUrl?: string | (() => string);
}

/** @throws TypeError if the manager belongs to a server, and `hub` or `loaders` is missing */
export function onManager({ manager, hub, loaders, userId, publicUrl }: ManagerOptions): Gateway {
  const named = {
    ...(userId !== undefined && { userId }),
    ...(publicUrl !== undefined && { publicUrl }),
  };
  const parts = ApprovalManager.partsOf(manager);
  if (parts !== undefined) return managerGateway({ ...parts, ...named });
  if (!hub || !loaders) {
    throw new TypeError(
      "ApprovalHandler needs hub and loaders together with a manager that is not an ApprovalManager.",
    );
  }
  return managerGateway({ manager: manager as Manager, hub, loaders, ...named });
}
