-- When the token was issued that told a person's roles, so that an older token, seen later, neither brings a lost role
-- back into the directory nor keeps what only that role shows. Processes tell each other through the hub's channel.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (5, 'people_roles');

alter table people add column roles_issued_at timestamptz(3);
comment on column people.roles_issued_at is 'When the newest token that states the roles was issued; null where they come from elsewhere.';

-- `person:ID`, and nothing for an id that is too long for NOTIFY: its other processes learn when they see the token.
create function people_roles_notify() returns trigger language plpgsql as $$
begin
  if octet_length(new.id) <= 7000 then
    perform pg_notify('countersign', 'person:' || new.id);
  end if;
  return null;
end $$;
create trigger people_roles_notify after update of roles, roles_issued_at on people
  for each row when (new.roles_issued_at is not null and old.roles is distinct from new.roles)
  execute function people_roles_notify();

commit;
