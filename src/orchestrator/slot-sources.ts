/** The dependencies of slots. */

import type { Pool } from "../db/pool.ts";
import type { Logger } from "../log.ts";
import type { Limits } from "./limits.ts";
import type { Semaphore } from "./semaphore.ts";

export interface SlotSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "error">;
  limits: Limits;
  /** The orchestrator's name: processes of one name count together. */
  name: string;
  executorId: string;
  /** Limits the concurrent uses of the database. */
  semaphore: Semaphore;
}
