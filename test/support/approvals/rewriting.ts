/** Changes the content or policy of requests, as only the owner of the tables can. */

import type { Pool } from "../../../src/db/pool.ts";

/**
 * Lets updates rewrite what a request asks: the trigger that refuses this is gone from the test's database, and what is
 * stored about the content is forgotten with it.
 */
export const allowRewriting = (pool: Pick<Pool, "query">) =>
  pool.query(`drop trigger approval_requests_frozen on approval_requests;
    create function forget_content() returns trigger language plpgsql as $$
    begin
      new.content_bytes := null;
      new.context_digest := null;
      return new;
    end $$;
    create trigger forget_content before update of title, description, context, metadata on approval_requests
      for each row execute function forget_content()`);
