-- The order of what a requester gives: `jsonb` sorts the keys of an object by length, `json` stores them as they came. Of
-- rows from before the order is lost already. Nothing reads these columns by key in SQL. This rewrites the table under a
-- lock that readers and writers wait for, about a second for 100,000 requests with small contexts.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (15, 'given_order');

do $$
declare
  columns constant int2[] := array(select attnum from pg_attribute
    where attrelid = 'approval_requests'::regclass and attname in ('context', 'metadata'));
  watching record;
  definitions text[] := '{}';
  definition text;
begin
  -- A trigger that names a column in its list keeps the column's type from changing.
  for watching in
    select tgname, pg_get_triggerdef(oid) as definition from pg_trigger
     where tgrelid = 'approval_requests'::regclass and not tgisinternal and tgattr::int2[] && columns loop
    definitions := definitions || watching.definition;
    execute format('drop trigger %I on approval_requests', watching.tgname);
  end loop;

  alter table approval_requests
    drop constraint approval_requests_context_check,
    drop constraint approval_requests_metadata_check,
    alter column context drop default,
    alter column metadata drop default;
  alter table approval_requests
    alter column context type json using context::json,
    alter column metadata type json using metadata::json,
    alter column context set default '{}',
    alter column metadata set default '{}',
    add constraint approval_requests_context_check check (json_typeof(context) = 'object'),
    add constraint approval_requests_metadata_check check (json_typeof(metadata) = 'object');

  foreach definition in array definitions loop
    execute definition;
  end loop;
end $$;

commit;
