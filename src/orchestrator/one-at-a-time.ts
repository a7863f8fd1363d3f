/** The engine makes its tables at its first start; two processes at it at once would deadlock. */

import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const LOCK = 7_232_311_479;
const LOOK_AGAIN_MS = 100;

/**
 * Does something while no other process does. Whoever waits asks again and again, outside any transaction: the engine
 * makes indexes concurrently, which waits for everyone who waits inside of one.
 * @param url a direct connection, because the lock belongs to a session
 */
export async function oneAtATime(url: string, work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: "countersign orchestrator" });
  client.on("error", () => {}); // Who holds the lock without a connection holds it no more; the work fails by itself.
  await client.connect();
  try {
    const take = async () => (await client.query("select pg_try_advisory_lock($1) as mine", [LOCK])).rows[0].mine;
    while (!(await take())) await sleep(LOOK_AGAIN_MS);
    await work();
  } finally {
    await client.end();
  }
}
