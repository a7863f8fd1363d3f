/**
 * Sets the settings of a PostgreSQL session that the code relies on. Their defaults may differ for the server, the
 * database or the role, so each session sets them: a pool when it connects, or in BEGIN if a pooler shares the session, and
 * each single connection before its first statement.
 */

import type pg from "pg";
import { type Bounds, TCP, timeoutsOf } from "./bounds.ts";
import { isOutage } from "./outages.ts";

/** Settings that affect the format of values, which rows a statement sees, and whether triggers and policies apply. */
const MEANING = {
  // The driver parses timestamps in this format only.
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  array_nulls: "on",
  transform_null_equals: "off",
  // A transaction must see what was committed before it got its locks.
  default_transaction_isolation: "read committed",
  row_security: "on",
};

/**
 * Only a superuser may change this setting. With another value no trigger runs: neither NOTIFY nor the rules of the
 * audit log.
 */
const TRIGGERS = { session_replication_role: "origin" };

/**
 * Sessions are idle between requests and may wait for a whole migration. PostgreSQL before 14 and 17 lacks these
 * settings.
 */
const LIFETIME = { idle_session_timeout: "0", transaction_timeout: "0" };

/** The database rejects a setting that the code relies on. */
export class SessionSettingsError extends Error {
  override readonly name = "SessionSettingsError";
  constructor(reason: string, options?: ErrorOptions) {
    super(`the database rejects the session settings that Countersign needs: ${reason}`, options);
  }
}

/**
 * The schema with Countersign's tables first, then the rest of the path. So a table with the same name in another schema
 * cannot hide Countersign's, and the path does not have to contain its schema. Before the first migration it is the path
 * itself, or `public` if that has no schema.
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

/** The BEGIN statement. The isolation level is explicit, because the session may have another default. */
export const BEGIN = "begin isolation level read committed";

/** Comes first, because a timeout that the operator has set may be too short for the other settings. */
const NO_TIMEOUT = "set statement_timeout = 0";

const texts = (values: readonly string[]): string => `array[${values.map((value) => `'${value}'`).join(", ")}]`;

// A shorter timeout that the operator has set stays, unless it is too short to work with.
const setting = (exact: Record<string, string>, timeouts: Record<string, string>) => `
select set_config(name, value, false)
  from unnest(${texts(Object.keys(exact))}, ${texts(Object.values(exact))}) as wanted (name, value)
 where current_setting(name, true) <> value
union all
select set_config(name, case when reset_val::bigint between value / 10 and value then reset_val else value::text end, false)
  from unnest(${texts(Object.keys(timeouts))}, ${texts(Object.values(timeouts))}::bigint[]) as wanted (name, value)
  join pg_settings using (name)
union all
select set_config('search_path', (${SEARCH_PATH}), false)`;

/** The statement that sets everything for a session that is not shared: one text, for every driver. */
export const settingsStatement = (bounds: Bounds): string =>
  `${NO_TIMEOUT}; ${setting({ ...MEANING, ...TRIGGERS, ...LIFETIME, ...TCP }, timeoutsOf(bounds))}`;

/** @throws SessionSettingsError */
export async function applySettings(client: Pick<pg.ClientBase, "query">, bounds: Bounds): Promise<void> {
  await client.query(settingsStatement(bounds)).catch((error: unknown) => {
    throw settingsError(error);
  });
}

/** Settings that only BEGIN can set if a pooler shares the session. */
export interface SharedSettings {
  searchPath: string;
}

const LOOK = `select current_setting('session_replication_role') as triggers, (${SEARCH_PATH}) as "searchPath"`;

/**
 * Reads the settings that transactions must set, and checks those that they cannot set.
 * @param also sends more queries in the same round trip
 * @throws SessionSettingsError
 */
export async function readSharedSettings<T>(
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

/** The statements after BEGIN in a session that a pooler shares. They set the settings without an extra round trip. */
export function settingsOfTransaction(bounds: Bounds, { searchPath }: SharedSettings): string {
  const { default_transaction_isolation: _, ...meaning } = MEANING;
  const settings = Object.entries({ ...meaning, ...timeoutsOf(bounds) });
  const texts = settings.map(([name, value]) => `set local ${name} = '${value}'`);
  return [...texts, `set local search_path = ${searchPath}`].join("; ");
}

/** The error of a connection whose settings failed. Errors that mean an outage are returned unchanged. */
export function settingsError(error: unknown): unknown {
  if (isOutage(error) || !(error instanceof Error)) return error;
  const hint = "reset it for the role and the database with ALTER ROLE … RESET and ALTER DATABASE … RESET";
  return new SessionSettingsError(`${error.message}; ${hint}`, { cause: error });
}
