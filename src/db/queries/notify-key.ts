/** Reads the key of the hashes that represent people in NOTIFY payloads. */

import type { Pool } from "../pool.ts";
import { queryInTime } from "../query.ts";

/** @throws the driver's error, or an error that there is no key */
export async function notifyKey(pool: Pool): Promise<Buffer> {
  const [row] = await queryInTime<{ key: Buffer }>(pool, "select key from countersign_notify_key", []);
  if (row === undefined) throw new Error("countersign_notify_key has no row; restore it from a backup.");
  return row.key;
}
