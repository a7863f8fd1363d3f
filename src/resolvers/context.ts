/** The context of an operation: the caller, and the services of the process. */

import type { ApprovalManager } from "../approvals/manager.ts";
import type { Loaders } from "../db/loaders.ts";
import type { Pool } from "../db/pool.ts";
import type { Hub } from "../hub/hub.ts";
import type { Caller } from "../model/approvals.ts";
import type { Templates } from "../notifications/templates.ts";

/** Created once per process, by `server/app.ts`. */
export interface Services {
  pool: Pool;
  hub: Hub;
  loaders: Loaders;
  manager: ApprovalManager;
  templates: Templates;
  /** Base of every link, without a trailing slash; known once the server listens. */
  publicUrl(): string;
}

/** Counts one answer while it is produced. Each method throws LIMIT_EXCEEDED when a limit is exceeded. */
export interface Budget {
  readonly bytesLeft: number;
  countFields(count: number): void;
  countBytes(count: number): void;
  /** Reads a value of `bytes` bytes, once per operation. */
  once<T>(key: string, bytes: number, read: () => Promise<T>): Promise<T>;
}

/** Created for each operation; a subscription has its own until it ends. */
export interface Context {
  services: Services;
  caller: Caller;
  /** The budget of the operation, or of one message of a subscription; omitted for the server's own operations. */
  budget?: Budget;
}
