/** What slots need. */

import type { Pool } from "../db/pool.ts";
import type { Logger } from "../log.ts";
import type { AtMost } from "./at-most.ts";
import type { Limits } from "./limits.ts";

export interface SlotSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "error">;
  limits: Limits;
  /** The orchestrator's name: processes of one name count together. */
  name: string;
  executorId: string;
  /** In front of the database. */
  line: AtMost;
}
