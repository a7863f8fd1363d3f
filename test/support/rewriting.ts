/** Requests whose content or policy changes, as only the tables' owner can have it. */

import type { Pool } from "../../src/db/pool.ts";

/** Lets updates rewrite what a request asks: the trigger that refuses this is gone from the test's database. */
export const allowRewriting = (pool: Pick<Pool, "query">) =>
  pool.query("drop trigger approval_requests_frozen on approval_requests");
