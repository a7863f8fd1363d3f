/** Counts approvers of open requests who are not in the directory, neither by id nor by address. */

import type { Queryable } from "../query.ts";
import { IS_OPEN } from "./requests.ts";

/** Their number. Each counts once, however many requests name them. */
export async function countUnknownApprovers(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `with named as (
       select distinct countersign_person_key(name) as key
         from approval_requests r
        cross join lateral unnest(
          case when cardinality(r.allowed_approvers) > 0 then r.allowed_approvers else r.notify_users end
          || case when r.escalation_level > 0 then r.escalate_to_users else '{}' end) name
        where ${IS_OPEN} and r.notify_channels @> '{EMAIL}' and name like '%@%')
     select count(*)::int as n from named
      where not exists (select from people p where p.id_key = named.key)
        and not exists (select from people p where p.email_key = named.key)`,
  );
  return rows[0]?.n ?? 0;
}
