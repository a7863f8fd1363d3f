/**
 * Reads and writes `approval_webhook_endpoints`: the URLs that fail. The key is the whole URL, which may contain a secret.
 * Outside, an endpoint is identified by its id, a hash.
 */

import type { Queryable } from "../query.ts";
import { allOf, Parameters } from "./parameters.ts";

/** How long an endpoint fails before it is disabled. */
const FAILING_FOR = "interval '72 hours'";
/** After this time without a failure, a new failure does not continue the earlier ones. */
const FORGOTTEN_AFTER = "interval '168 hours'";

export interface WebhookEndpoint {
  id: string;
  /** The whole URL, which must not be displayed. */
  url: string;
  /** The first failure since the last success; without a message, when it was enabled again. */
  failingSince: Date;
  disabledAt: Date | null;
  /** The last error; null if it was enabled again and has not failed since. */
  errorMessage: string | null;
}

/** A position in the list, newest failures first. */
export interface EndpointPosition {
  at: Date;
  id: string;
}

const ID = `'endpoint_' || left(encode(sha256(convert_to(url, 'UTF8')), 'hex'), 32)`;
const COLUMNS = `${ID} as id, url, failing_since as "failingSince", disabled_at as "disabledAt",
  error_message as "errorMessage"`;

/** Without user and password. */
const hostOf = (url: string): string => `split_part(split_part(${url}, '/', 3), '@', -1)`;

/** Whether a text has the form of an endpoint's id. */
export const isEndpointId = (id: string): boolean => /^endpoint_[0-9a-f]{32}$/.test(id);

/** The state of a URL; undefined if it works. */
export async function failingEndpoint(db: Queryable, url: string): Promise<WebhookEndpoint | undefined> {
  const sql = `select ${COLUMNS} from approval_webhook_endpoints where url = $1`;
  return (await db.query<WebhookEndpoint>(sql, [url])).rows[0];
}

/**
 * Stores a failure. An endpoint that has failed for three days is disabled.
 * @param gone whether it is disabled at once
 * @returns if this failure disabled it: when, and whether it is the first of its host in a day; otherwise null
 */
export async function noteEndpointFailure(
  db: Queryable,
  url: string,
  errorMessage: string,
  gone: boolean,
): Promise<{ disabledAt: Date; isFirstOfHost: boolean } | null> {
  const isFirst = `(e.error_message is null or e.failing_since < clock_timestamp() - ${FORGOTTEN_AFTER})`;
  const { rows } = await db.query<{ disabledAt: Date | null; isFirstOfHost: boolean }>(
    `with forgotten as (
       delete from approval_webhook_endpoints where url in (
         select url from approval_webhook_endpoints
          where disabled_at is null and failing_since < clock_timestamp() - ${FORGOTTEN_AFTER} and url <> $1
            for update skip locked))
     insert into approval_webhook_endpoints as e (url, error_message, disabled_at)
     values ($1, $2, case when $3 then clock_timestamp() end)
     on conflict (url) do update
        set error_message = excluded.error_message,
            failing_since = case when ${isFirst} then clock_timestamp() else e.failing_since end,
            disabled_at = case when $3 or not ${isFirst} and e.failing_since <= clock_timestamp() - ${FAILING_FOR}
                               then clock_timestamp() end
      where e.disabled_at is null
     returning disabled_at as "disabledAt", case when disabled_at is not null then not exists (
       select from approval_webhook_endpoints o where o.url <> $1 and ${hostOf("o.url")} = ${hostOf("$1")}
          and o.disabled_at > clock_timestamp() - interval '24 hours') end as "isFirstOfHost"`,
    [url, errorMessage, gone],
  );
  const { disabledAt = null, isFirstOfHost = false } = rows[0] ?? {};
  return disabledAt && { disabledAt, isFirstOfHost };
}

/** Reverses the disabling of an endpoint by a failure, so that the next failure disables it. */
export async function takeBackDisabling(db: Queryable, url: string, disabledAt: Date): Promise<void> {
  const sql = "update approval_webhook_endpoints set disabled_at = null where url = $1 and disabled_at = $2";
  await db.query(sql, [url, disabledAt]);
}

/** Stores a success by deleting the endpoint's row. */
export async function noteEndpointSuccess(db: Queryable, url: string): Promise<void> {
  await db.query("delete from approval_webhook_endpoints where url = $1", [url]);
}

/** Enables an endpoint again. An endpoint that is not disabled stays unchanged. */
export async function enableEndpoint(db: Queryable, id: string): Promise<WebhookEndpoint | undefined> {
  const { rows } = await db.query<WebhookEndpoint>(
    `update approval_webhook_endpoints
        set failing_since = case when disabled_at is null then failing_since else clock_timestamp() end,
            error_message = case when disabled_at is null then error_message end, disabled_at = null
      where ${ID} = $1
     returning ${COLUMNS}`,
    [id],
  );
  return rows[0];
}

/**
 * The endpoints that fail, ordered by their first failure, newest first.
 * @param disabled whether they are disabled;
 * null for all
 */
export async function listEndpoints(
  db: Queryable,
  disabled: boolean | null,
  after: EndpointPosition | null,
  first: number,
): Promise<{ items: WebhookEndpoint[]; hasNextPage: boolean }> {
  const parameters = new Parameters();
  const conditions: string[] = [];
  if (disabled !== null) conditions.push(`disabled_at is ${disabled ? "not null" : "null"}`);
  if (after !== null) {
    conditions.push(`(failing_since, ${ID}) < (${parameters.add(after.at)}, ${parameters.add(after.id)})`);
  }
  const sql = `select ${COLUMNS} from approval_webhook_endpoints where ${allOf(conditions)}
    order by failing_since desc, ${ID} desc limit ${parameters.add(first + 1)}`;
  const { rows } = await db.query<WebhookEndpoint>(sql, parameters.values);
  return { items: rows.slice(0, first), hasNextPage: rows.length > first };
}
