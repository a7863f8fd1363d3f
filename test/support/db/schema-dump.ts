/** Dumps the schema as text from the catalogs, for migrations/schema.txt, so that changes are visible in review. */

import type pg from "pg";

const OURS = "n.nspname = 'public'";
const NOT_OF_AN_EXTENSION = (catalog: string, oid: string) =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

const COLUMNS = `
  select c.relname as table, obj_description(c.oid, 'pg_class') as comment,
         '  ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || case when a.attnotnull then ' not null' else '' end
           || case when a.attidentity <> '' then ' generated always as identity' else '' end
           || coalesce(' default ' || pg_get_expr(e.adbin, e.adrelid), '')
           || coalesce(' -- ' || col_description(c.oid, a.attnum), '') as line
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef e on e.adrelid = c.oid and e.adnum = a.attnum
   where ${OURS} and c.relkind = 'r'
   order by c.relname, a.attnum`;

// A column's "not null" stands with the column; only PostgreSQL 18 lists it as a constraint as well.
const CONSTRAINTS = `
  select c.relname as table, '  constraint ' || o.conname || ' ' || pg_get_constraintdef(o.oid) as line
    from pg_constraint o
    join pg_class c on c.oid = o.conrelid
    join pg_namespace n on n.oid = c.relnamespace
   where ${OURS} and o.contype <> 'n'
   order by c.relname, o.conname`;

const INDEXES = `
  select tablename as table, '  ' || indexdef as line
    from pg_indexes where schemaname = 'public' order by tablename, indexname`;

const TRIGGERS = `
  select c.relname as table, '  ' || pg_get_triggerdef(t.oid) as line
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace
   where ${OURS} and not t.tgisinternal
   order by c.relname, t.tgname`;

// Of roles only ours: a server that has Supabase's as well gives them the same as countersign_person.
const POLICIES = `
  select p.tablename as table,
         '  policy ' || p.policyname || ' for ' || lower(p.cmd) || ' to ' || coalesce(h.holders, 'nobody')
           || ' using (' || regexp_replace(p.qual, '\\s+', ' ', 'g') || ')'
           || coalesce(' with check (' || p.with_check || ')', '') as line
    from pg_policies p,
         lateral (select string_agg(r, ', ' order by r) as holders from unnest(p.roles) r where r like 'countersign\\_%') h
   where p.schemaname = 'public'
   order by p.tablename, p.policyname`;

const GRANTS = `
  select c.relname as table,
         '  grant ' || lower(g.privilege) || coalesce(' (' || g.columns || ')', '') || ' to ' || g.rolname as line
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
   cross join lateral (
         select h.rolname, a.privilege_type as privilege, null as columns
           from aclexplode(c.relacl) a join pg_roles h on h.oid = a.grantee
          union all
         select h.rolname, a.privilege_type, string_agg(t.attname, ', ' order by t.attnum)
           from pg_attribute t, aclexplode(t.attacl) a join pg_roles h on h.oid = a.grantee
          where t.attrelid = c.oid
          group by h.rolname, a.privilege_type) g
   where ${OURS} and g.rolname like 'countersign\\_%'
   order by c.relname, g.rolname, g.privilege`;

const SECURED = `
  select c.relname as table, '  row level security' || case when c.relforcerowsecurity then ' forced' else '' end as line
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
   where ${OURS} and c.relrowsecurity`;

// PostgreSQL 15 and older put the table's name before each column.
const VIEWS = `
  select c.relname as table, 'view ' || c.relname || coalesce(' with ' || c.reloptions::text, '') || ' as' || chr(10)
         || regexp_replace(pg_get_viewdef(c.oid), '\\m\\w+\\.(?=\\w)', '', 'g') as line
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
   where ${OURS} and c.relkind = 'v'
   order by c.relname`;

const FUNCTIONS = `
  select pg_get_functiondef(p.oid) as line
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
   where ${OURS} and ${NOT_OF_AN_EXTENSION("pg_proc", "p.oid")}
   order by p.proname, p.oid::regprocedure::text`;

const EXTENSIONS = "select extname as line from pg_extension where extname <> 'plpgsql' order by extname";

interface Line {
  table: string;
  comment?: string | null;
  line: string;
}

/** @returns the tables of the schema `public` with what belongs to each, then views, functions and extensions */
export async function dumpSchema(client: Pick<pg.Pool, "query">): Promise<string> {
  const lines = async (sql: string) => (await client.query<Line>(sql)).rows;
  const columns = await lines(COLUMNS);
  const grants = await lines(GRANTS);
  const parts = [await lines(CONSTRAINTS), await lines(INDEXES), await lines(TRIGGERS), await lines(SECURED)];
  parts.push(await lines(POLICIES), grants);
  const tables = [...new Set(columns.map(({ table }) => table))].map((table) => {
    const own = columns.filter((column) => column.table === table);
    const comment = own[0]?.comment ? [`  -- ${own[0].comment}`] : [];
    const rest = parts.flatMap((part) => part.filter((line) => line.table === table));
    return [`table ${table}`, ...comment, ...[...own, ...rest].map(({ line }) => line)].join("\n");
  });
  const views = (await lines(VIEWS)).map(({ table, line }) =>
    [line, ...grants.filter((grant) => grant.table === table).map((grant) => grant.line)].join("\n"),
  );
  const functions = (await lines(FUNCTIONS)).map(({ line }) => line.trimEnd());
  const extensions = (await lines(EXTENSIONS)).map(({ line }) => `extension ${line}`);
  return `${[...tables, ...views, ...functions, ...extensions].join("\n\n")}\n`;
}
