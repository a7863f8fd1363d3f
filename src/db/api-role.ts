/**
 * Switches the API's connections to the role `countersign_api` if `DATABASE_URL` belongs to the owner of the tables. Row
 * level security has a policy for the role. It can neither delete nor alter anything, nor rewrite the audit log.
 */

import type pg from "pg";
import type { Logger } from "../log.ts";
import { oneLine } from "../log.ts";
import { isOutage } from "./outages.ts";

/** Created by migration 0007. */
export const API_ROLE = "countersign_api";

// Returns no row if the role or its privileges in this database are missing. `set role` would continue without them.
const TAKE = `
select set_config('role', rolname, false)
  from pg_roles
 where rolname = $1 and pg_has_role(oid, 'member')
   and has_any_column_privilege(oid, to_regclass('approval_requests'), 'update')`;

// A pooler in transaction mode shares the session with other clients, so it must not be changed.
const LOOK = `
select from pg_class requests join pg_class migrations using (relnamespace)
 where requests.relname = 'approval_requests' and migrations.relname = 'countersign_migrations'
   and not pg_has_role(requests.relowner, 'member')`;

/**
 * Returns a function that a pool calls for each connection, which takes the role for its whole session. If it cannot, the
 * connection continues as its login, and the log has one warning.
 * @param pooled whether a pooler in transaction mode shares the sessions. Then the login itself must own nothing and be a
 *   member of the role. If it is the owner, the log has one warning.
 */
export function takeApiRole(
  log: Pick<Logger, "warn"> | undefined,
  pooled: boolean,
): (client: pg.ClientBase) => Promise<void> {
  let hasWarned = false;
  const warnOnce = (reason: string) => {
    if (!hasWarned)
      log?.warn({ reason }, `the database is used without the role ${API_ROLE}, with all rights of the login`);
    hasWarned = true;
  };
  return async (client) => {
    if (pooled && hasWarned) return;
    try {
      const { rowCount } = await (pooled ? client.query(LOOK) : client.query(TAKE, [API_ROLE]));
      if (rowCount === 0) warnOnce(pooled ? POOLED : MISSING);
    } catch (error) {
      if (isOutage(error)) throw error;
      warnOnce(oneLine(error));
    }
  };
}

const MISSING = "the role is missing, is not granted to this user, or has no privileges here";
const POOLED = "a role cannot be taken behind a pooler, and this user owns the tables";
