/** People by their e-mail addresses. */

import type { Person } from "../../approvals/model.ts";
import type { Queryable } from "./requests.ts";

/**
 * Everyone whose address this is, whatever its case; of people without one, whose id it is. Two at most, which is one
 * too many for those who ask.
 */
export async function ownersOfEmail(db: Queryable, email: string): Promise<Pick<Person, "id" | "roles">[]> {
  const { rows } = await db.query<Pick<Person, "id" | "roles">>(
    "select id, roles from people where lower(coalesce(email, id)) = lower($1) limit 2",
    [email],
  );
  return rows;
}
