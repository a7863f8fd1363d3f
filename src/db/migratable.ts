/**
 * Checks before the first migration that the database has everything that the migrations need, because each one commits
 * separately.
 */

import type pg from "pg";
import type { Migration } from "./migration.ts";

/** The oldest version of PostgreSQL that is supported. Older ones lack SQL features that the migrations use. */
const OLDEST_SERVER = 140_000;

/** The database lacks something that the migrations need. The message is one line and includes the fix. */
export class UnfitDatabaseError extends Error {
  override readonly name = "UnfitDatabaseError";
  constructor(faults: readonly string[]) {
    super(`the database cannot be migrated, and nothing was changed: ${faults.join("; ")}`);
  }
}

/** The facts about a database and its user that are checked. */
export interface DatabaseFacts {
  database: string;
  user: string;
  serverVersion: number;
  encoding: string;
  standby: boolean;
  readOnly: boolean;
  /**
   * The schema of new tables: the first one in the search path that the user may use, else `public`; null if there is
   * none.
   */
  schema: string | null;
  searchPath: string;
  mayCreateInSchema: boolean;
  mayCreateInDatabase: boolean;
  hasPlpgsql: boolean;
  /** The schema of the extension pg_trgm; null if it is not installed. */
  trgmSchema: string | null;
  trgmOnPath: boolean;
  trgmAvailable: boolean;
  /** Whether a user without superuser rights may install it. */
  trgmTrusted: boolean;
  superuser: boolean;
  /** Tables of Countersign that belong to another user, with their owners. */
  foreign: readonly { name: string; owner: string }[];
  /** Existing tables that a missing migration would create. */
  taken: readonly string[];
}

/** Returns everything that prevents the migrations, each with the fix. */
export function faultsOf(facts: DatabaseFacts): string[] {
  const { database, user, schema, encoding, trgmSchema } = facts;
  const [name, role] = [quoted(database), quoted(user)];
  const faults: string[] = [];
  if (facts.serverVersion < OLDEST_SERVER) {
    faults.push(`the server is PostgreSQL ${Math.floor(facts.serverVersion / 10_000)}; use 14 or newer`);
  }
  if (encoding !== "UTF8") {
    faults.push(
      `the database ${database} has the encoding ${encoding}, and Countersign needs UTF8; ` +
        "create another one: create database … encoding 'UTF8' template template0",
    );
  }
  if (facts.standby) faults.push("the server is a standby and accepts no writes; use the address of the primary");
  else if (facts.readOnly) {
    faults.push(
      `sessions of ${user} are read-only (default_transaction_read_only); ` +
        `reset it: alter database ${name} reset default_transaction_read_only, and the same for the role`,
    );
  }
  if (schema === null) {
    faults.push(
      `the search_path (${facts.searchPath}) has no existing schema; ` +
        `create the schema public, or set another one: alter role ${role} set search_path = …`,
    );
  } else if (!facts.mayCreateInSchema) {
    faults.push(
      `${user} may not create tables in the schema ${schema}; as its owner: ` +
        `grant usage, create on schema ${quoted(schema)} to ${role}`,
    );
  }
  if (!facts.hasPlpgsql) {
    faults.push(
      `the language plpgsql is missing, or ${user} may not use it; as a superuser: create extension plpgsql, ` +
        `or grant usage on language plpgsql to ${role}`,
    );
  }
  if (trgmSchema !== null && !facts.trgmOnPath) {
    faults.push(
      `the extension pg_trgm is in the schema ${trgmSchema}, outside the search_path (${facts.searchPath}) ` +
        `or not accessible to ${user}; ` +
        `add it: alter role ${role} set search_path = ${quoted(schema ?? "public")}, ${quoted(trgmSchema)}, ` +
        `and grant usage on schema ${quoted(trgmSchema)} to ${role}; ` +
        `or move it: alter extension pg_trgm set schema ${quoted(schema ?? "public")}`,
    );
  }
  if (trgmSchema === null && !facts.trgmAvailable) {
    faults.push("the server does not have the extension pg_trgm; install it (package postgresql-contrib)");
  } else if (trgmSchema === null && !facts.superuser && !(facts.trgmTrusted && facts.mayCreateInDatabase)) {
    faults.push(
      `the extension pg_trgm is missing, and ${user} may not create it; ` +
        `as a superuser, in ${database}: create extension pg_trgm schema ${quoted(schema ?? "public")}`,
    );
  }
  if (facts.foreign.length > 0) {
    const tables = facts.foreign.map((table) => `${table.name} (${table.owner})`).join(", ");
    faults.push(`${user} does not own the tables ${tables}; migrate as their owner, or: grant that owner to ${role}`);
  }
  if (facts.taken.length > 0) {
    faults.push(
      `the schema ${schema} already has other tables with the names of Countersign's tables: ${facts.taken.join(", ")}; ` +
        "use a separate database, or rename them",
    );
  }
  return faults;
}

const FACTS = `
select current_database() as database, current_user as user, current_setting('server_version_num')::int as "serverVersion",
       current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
       current_setting('transaction_read_only') = 'on' as "readOnly", s.schema,
       current_setting('search_path') as "searchPath",
       coalesce(has_schema_privilege(s.schema, 'create') and has_schema_privilege(s.schema, 'usage'), false)
         as "mayCreateInSchema",
       has_database_privilege(current_database(), 'create') as "mayCreateInDatabase",
       exists (select from pg_language where lanname = 'plpgsql' and has_language_privilege(oid, 'usage')) as "hasPlpgsql",
       e.schema as "trgmSchema", coalesce(e.schema = any(current_schemas(true)), false) as "trgmOnPath",
       exists (select from pg_available_extensions where name = 'pg_trgm') as "trgmAvailable",
       exists (select from pg_available_extension_versions where name = 'pg_trgm' and trusted) as "trgmTrusted",
       (select rolsuper from pg_roles where rolname = current_user) as superuser,
       array(select jsonb_build_object('name', relname, 'owner', pg_get_userbyid(relowner)) from pg_class
              where relnamespace = s.oid and relkind in ('r', 'p', 'v') and not pg_has_role(relowner, 'usage')
                and relname = any($2) order by relname) as foreign,
       array(select relname::text from pg_class
              where relnamespace = s.oid and relname = any($1) order by relname) as taken
  from (select coalesce(current_schema()::text, 'public') as schema) as path
  left join lateral (select n.oid, n.nspname::text as schema from pg_namespace n where n.nspname = path.schema) s on true
  left join (select n.nspname::text as schema from pg_extension x join pg_namespace n on n.oid = x.extnamespace
              where x.extname = 'pg_trgm') e on true`;

const CREATED = /^create (?:table|view) (?!if not exists)(\w+)/gm;
const tablesOf = (migrations: readonly Migration[]): string[] =>
  migrations.flatMap(({ sql }) => [...sql.matchAll(CREATED)].map(([, table]) => table as string));

/**
 * @param all the migrations of this code
 * @param missing those of them that are about to run
 * @throws UnfitDatabaseError with every fault at once
 */
export async function checkMigratable(
  session: Pick<pg.ClientBase, "query">,
  all: readonly Migration[],
  missing: readonly Migration[],
): Promise<void> {
  const applied = all.filter(({ version }) => !missing.some((migration) => migration.version === version));
  const newest = applied.at(-1)?.version ?? 0;
  const created = tablesOf(missing.filter(({ version }) => version > newest));
  const { rows } = await session.query<DatabaseFacts>(FACTS, [created, tablesOf(applied)]);
  const faults = faultsOf(rows[0] as DatabaseFacts);
  if (faults.length > 0) throw new UnfitDatabaseError(faults);
}

/** Quotes a name as an SQL identifier. */
const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
