/**
 * The settings of a PostgreSQL session that the code relies on. An operator may have changed their defaults for the
 * server, the database or the role, so every session of ours sets them: a pool when it connects, or in BEGIN where a pooler
 * shares the session, and every single connection before its first statement.
 */

import type pg from "pg";
import { type Bounds, TCP, timeoutsOf } from "./bounds.ts";
import { isOutage } from "./outages.ts";

/** What decides how values are read and written, which rows a statement sees, and whether triggers and policies apply. */
const MEANING = {
  // The driver reads timestamps in this form only.
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  array_nulls: "on",
  transform_null_equals: "off",
  // A transaction sees what was committed before it got its locks.
  default_transaction_isolation: "read committed",
  row_security: "on",
};

/** Only a superuser may change it, and with another value no trigger runs: no NOTIFY, no rule of the audit log. */
const TRIGGERS = { session_replication_role: "origin" };

/** Ours are idle between requests and may wait for a whole migration; PostgreSQL before 14 and 17 has no such limits. */
const LIFETIME = { idle_session_timeout: "0", transaction_timeout: "0" };

/** The database refuses a setting that the code relies on. */
export class SessionSettingsError extends Error {
  override readonly name = "SessionSettingsError";
  constructor(reason: string, options?: ErrorOptions) {
    super(`the database refuses the session settings that Countersign needs: ${reason}`, options);
  }
}

/**
 * The schema with Countersign's tables first, then the rest of the path. A table of the same name in another schema cannot
 * hide ours, and a path without our schema does no harm. Before the first migration it is the path itself, or `public`
 * where that leads nowhere.
 */
const SEARCH_PATH = `
  with known as (
    select n.nspname as schema, array_position(current_schemas(false), n.nspname) as place
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relname = 'countersign_migrations' and c.relkind in ('r', 'p')
       and pg_catalog.has_schema_privilege(n.oid, 'usage')
  ), home as (
    select schema from known where place is not null or (select count(*) from known) = 1 order by place limit 1
  ), path as (
    select schema, 0 as place from home
    union all
    select schema, place from unnest(current_schemas(false)) with ordinality as searched (schema, place)
     where schema <> 'pg_catalog' and schema not in (select schema from home)
  )
  select coalesce(string_agg(quote_ident(schema), ', ' order by place), 'public') from path`;

/** BEGIN for a session of ours. The level is explicit, because the session's default may be any. */
export const BEGIN = "begin isolation level read committed";

/** Before all else, which a timeout of the operator's may be too short for. */
const PATIENCE = "set statement_timeout = 0";

const texts = (values: readonly string[]): string => `array[${values.map((value) => `'${value}'`).join(", ")}]`;

// A shorter timeout that the operator has set stays, unless it is too short to work with.
const setting = (exact: Record<string, string>, timeouts: Record<string, string>) => `
select set_config(name, value, false)
  from unnest(${texts(Object.keys(exact))}, ${texts(Object.values(exact))}) as ours (name, value)
 where current_setting(name, true) <> value
union all
select set_config(name, case when reset_val::bigint between value / 10 and value then reset_val else value::text end, false)
  from unnest(${texts(Object.keys(timeouts))}, ${texts(Object.values(timeouts))}::bigint[]) as ours (name, value)
  join pg_settings using (name)
union all
select set_config('search_path', (${SEARCH_PATH}), false)`;

/** Sets everything for a session that must not be shared: one text, for every driver. */
export const settlingText = (bounds: Bounds): string =>
  `${PATIENCE}; ${setting({ ...MEANING, ...TRIGGERS, ...LIFETIME, ...TCP }, timeoutsOf(bounds))}`;

/** @throws SessionSettingsError */
export async function settle(client: Pick<pg.ClientBase, "query">, bounds: Bounds): Promise<void> {
  await client.query(settlingText(bounds)).catch((error: unknown) => {
    throw settingsRefusal(error);
  });
}

/** What only BEGIN can set, where a pooler shares the session. */
export interface SharedSettings {
  searchPath: string;
}

const LOOK = `select current_setting('session_replication_role') as triggers, (${SEARCH_PATH}) as "searchPath"`;

/**
 * Reads what its transactions have to set, and checks what they cannot set.
 * @param also what else is sent in the same round trip
 * @throws SessionSettingsError
 */
export async function lookAtShared<T>(
  client: Pick<pg.ClientBase, "query">,
  { statementMs }: Bounds,
  also: () => Promise<T> | undefined,
): Promise<SharedSettings> {
  const [, { rows }] = await Promise.all([
    client.query(
      // Between two messages the operator's own limit could end the transaction.
      `${BEGIN} read only; set local statement_timeout = ${statementMs};
       set local idle_in_transaction_session_timeout = ${statementMs}`,
    ),
    client.query<{ triggers: string; searchPath: string }>(LOOK),
    also(),
    client.query("commit"),
  ]);
  const { triggers, searchPath } = rows[0] as { triggers: string; searchPath: string };
  if (triggers !== TRIGGERS.session_replication_role) {
    throw new SessionSettingsError(`session_replication_role is ${triggers}, so no trigger runs; reset it`);
  }
  return { searchPath };
}

/** What follows BEGIN in a session that a pooler shares: settings for the transaction, without an extra round trip. */
export function settingsOfTransaction(bounds: Bounds, { searchPath }: SharedSettings): string {
  const { default_transaction_isolation: _, ...meaning } = MEANING;
  const settings = Object.entries({ ...meaning, ...timeoutsOf(bounds) });
  const texts = settings.map(([name, value]) => `set local ${name} = '${value}'`);
  return [...texts, `set local search_path = ${searchPath}`].join("; ");
}

/** The error of a connection that could not be set up; an outage stays what it is. */
export function settingsRefusal(error: unknown): unknown {
  if (isOutage(error) || !(error instanceof Error)) return error;
  const hint = "reset it for the role and the database with ALTER ROLE … RESET and ALTER DATABASE … RESET";
  return new SessionSettingsError(`${error.message}; ${hint}`, { cause: error });
}
