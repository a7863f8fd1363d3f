/** Whether the process can do its work: the answer of /readyz. */

import type { Hub } from "../db/hub.ts";
import { migrationsPending } from "../db/migrate.ts";
import type { Pool } from "../db/pool.ts";
import { oneLine } from "../log.ts";

export interface Readiness {
  ready: boolean;
  /** `ok`, or what is wrong with the part. */
  parts: { database: string; migrations: string; listen: string };
}

const ANSWER_WITHIN_MS = 2_000;

/** Never rejects; the answer takes at most two seconds. */
export async function readiness(pool: Pool, hub: Hub): Promise<Readiness> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer in time")), ANSWER_WITHIN_MS);
  const listen = hub.up ? "ok" : "the LISTEN connection is down";
  try {
    const pending = await Promise.race([migrationsPending(pool), late.promise]);
    const migrations = pending.length === 0 ? "ok" : `missing: ${pending.join(", ")}`;
    return { ready: pending.length === 0 && hub.up, parts: { database: "ok", migrations, listen } };
  } catch (error) {
    return { ready: false, parts: { database: oneLine(error), migrations: "unknown", listen } };
  } finally {
    clearTimeout(timer);
  }
}
