/** The lock for the start of the engine, which creates its tables at the first start. Two processes at the same time would deadlock. */

import { openSession } from "../db/session.ts";
import { withSessionLock } from "../db/session-lock.ts";
import type { Logger } from "../log.ts";

const LOCK = 7_232_311_479;

/**
 * Does something while no other process does. It waits outside any transaction: the engine creates indexes concurrently,
 * which waits for all open transactions.
 * @param url a direct connection, because the lock belongs to a session; the hub has checked that it is one
 */
export async function withEngineLock(url: string, log: Pick<Logger, "info">, work: () => Promise<void>): Promise<void> {
  // If the session ends, the lock ends with it, and the work fails by itself.
  const client = await openSession({ url, name: "countersign orchestrator" });
  try {
    await withSessionLock(client, LOCK, { what: "the start of the engine", log }, work);
  } finally {
    await client.end();
  }
}
