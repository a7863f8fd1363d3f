/**
 * The role that the API works as where it was given the address of the tables' owner: row level security lets it pass by
 * policy, and it may neither delete nor alter anything, nor rewrite the audit log.
 */

import type pg from "pg";
import type { Logger } from "../log.ts";
import { oneLine } from "../log.ts";
import { isConnectionError } from "./transaction.ts";

/** Made by migration 0007. */
export const API_ROLE = "countersign_api";

// No row, where the role or its privileges in this database are missing. `set role` would lead on without them.
const TAKE = `
select set_config('role', rolname, false)
  from pg_roles
 where rolname = $1 and pg_has_role(oid, 'member')
   and has_table_privilege(oid, to_regclass('approval_requests'), 'update')`;

/**
 * For a pool's connections: each takes the role for its whole session, so not where a pooler in transaction mode shares
 * sessions. Where it cannot, it goes on as the user of its address; the log says so once.
 */
export function takeApiRole(log: Pick<Logger, "warn"> | undefined): (client: pg.ClientBase) => Promise<void> {
  let told = false;
  const tell = (reason: string) => {
    if (!told) log?.warn({ reason }, `the database is used without the role ${API_ROLE}, with all rights of the login`);
    told = true;
  };
  return async (client) => {
    try {
      const { rowCount } = await client.query(TAKE, [API_ROLE]);
      if (rowCount === 0) tell("the role is missing, is not granted to this user, or has no privileges here");
    } catch (error) {
      if (isConnectionError(error)) throw error;
      tell(oneLine(error));
    }
  };
}
