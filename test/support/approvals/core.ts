/** Creates the core on a real database, as one process of several has it. */

import { pino } from "pino";
import { ApprovalManager, type ManagerOptions } from "../../../src/approvals/manager.ts";
import { createLoaders, type Loaders } from "../../../src/db/loaders.ts";
import { createPool, type Pool, type PoolOptions } from "../../../src/db/pool.ts";
import { createHub, type Hub, type HubOptions } from "../../../src/hub/hub.ts";

export interface Core {
  pool: Pool;
  hub: Hub;
  loaders: Loaders;
  manager: ApprovalManager;
  close(): Promise<void>;
}

/** Starts a pool, a hub and a manager of their own; the manager's clock is not started. */
export async function startCore(
  url: string,
  options: Partial<ManagerOptions> = {},
  poolOptions: PoolOptions = {},
  hubOptions: Partial<HubOptions> = {},
): Promise<Core> {
  const pool = createPool(url, poolOptions);
  const hub = createHub({ listenUrl: url, pool, log: pino({ level: "silent" }), ...hubOptions });
  await hub.start();
  const manager = new ApprovalManager({ pool, hub, ...options });
  return {
    pool,
    hub,
    loaders: createLoaders(pool),
    manager,
    async close() {
      await manager.close();
      await hub.stop();
      await pool.end();
    },
  };
}

/** The number of rows of each table. */
export async function countRows(pool: Pool): Promise<Record<string, number>> {
  const tables = ["requests", "decisions", "comments", "notifications", "audit_log"];
  const counts = tables.map((table) => `(select count(*)::int from approval_${table}) as ${table}`);
  return (await pool.query(`select ${counts}`)).rows[0];
}
