/**
 * The role that the API works as where it was given the address of the tables' owner: row level security lets it pass by
 * policy, and it may neither delete nor alter anything, nor rewrite the audit log.
 */

import type pg from "pg";
import type { Logger } from "../log.ts";
import { oneLine } from "../log.ts";
import { isOutage } from "./outages.ts";

/** Made by migration 0007. */
export const API_ROLE = "countersign_api";

// No row, where the role or its privileges in this database are missing. `set role` would lead on without them.
const TAKE = `
select set_config('role', rolname, false)
  from pg_roles
 where rolname = $1 and pg_has_role(oid, 'member')
   and has_any_column_privilege(oid, to_regclass('approval_requests'), 'update')`;

// A pooler in transaction mode hands the session to others, who must not find it changed.
const LOOK = `
select from pg_class requests join pg_class migrations using (relnamespace)
 where requests.relname = 'approval_requests' and migrations.relname = 'countersign_migrations'
   and not pg_has_role(requests.relowner, 'member')`;

/**
 * For a pool's connections: each takes the role for its whole session. Where it cannot, it goes on as the user of its
 * address, and the log says so once.
 * @param pooled whether a pooler in transaction mode shares the sessions: then the address itself must be that of a user
 *   who owns nothing and is a member of the role, and the log says so where it is the owner's
 */
export function takeApiRole(
  log: Pick<Logger, "warn"> | undefined,
  pooled: boolean,
): (client: pg.ClientBase) => Promise<void> {
  let told = false;
  const tell = (reason: string) => {
    if (!told) log?.warn({ reason }, `the database is used without the role ${API_ROLE}, with all rights of the login`);
    told = true;
  };
  return async (client) => {
    if (pooled && told) return;
    try {
      const { rowCount } = await (pooled ? client.query(LOOK) : client.query(TAKE, [API_ROLE]));
      if (rowCount === 0) tell(pooled ? POOLED : MISSING);
    } catch (error) {
      if (isOutage(error)) throw error;
      tell(oneLine(error));
    }
  };
}

const MISSING = "the role is missing, is not granted to this user, or has no privileges here";
const POOLED = "behind a pooler no role can be taken, and this user owns the tables";
