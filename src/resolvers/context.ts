/** What every operation gets: who is asking, and the parts of the process that answer. */

import type { ApprovalManager } from "../approvals/manager.ts";
import type { Loaders } from "../db/loaders.ts";
import type { Pool } from "../db/pool.ts";
import type { Hub } from "../hub/hub.ts";
import type { Caller } from "../model/approvals.ts";
import type { Templates } from "../notifications/templates.ts";

/** Made once for each process, by `server/app.ts`. */
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

/** Made for each operation; a subscription keeps its own until it ends. */
export interface Context {
  services: Services;
  caller: Caller;
  /** Of the operation, or of one message of a subscription; none where the server runs something for itself. */
  budget?: Budget;
}
