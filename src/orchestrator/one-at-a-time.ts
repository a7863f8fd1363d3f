/** The engine makes its tables at its first start; two processes at it at once would deadlock. */

import { openSession } from "../db/session.ts";
import { withSessionLock } from "../db/session-lock.ts";
import type { Logger } from "../log.ts";

const LOCK = 7_232_311_479;

/**
 * Does something while no other process does. It waits outside any transaction: the engine makes indexes concurrently,
 * which waits for all transactions that are open.
 * @param url a direct connection, because the lock belongs to a session; the hub has proved that it is one
 */
export async function oneAtATime(url: string, log: Pick<Logger, "info">, work: () => Promise<void>): Promise<void> {
  // A session that is gone has no lock any more; the work fails by itself.
  const client = await openSession({ url, name: "countersign orchestrator" });
  try {
    await withSessionLock(client, LOCK, { what: "the start of the engine", log }, work);
  } finally {
    await client.end();
  }
}
