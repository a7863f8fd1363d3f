-- Signing out ends a session in every process. What has ended is a property of the person, so each process learns of it
-- with the person's roles: by the same query at a first use, and by the same notification later.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (20, 'ended_sessions');

alter table people
  add column ended_sessions jsonb not null default '{}'
    constraint people_ended_sessions_check check (jsonb_typeof(ended_sessions) = 'object'),
  add column sessions_ended_at timestamptz(3);
comment on column people.ended_sessions is
  'Sessions that were signed out and have not expired: when each expires, in ms since 1970, by its id.';
comment on column people.sessions_ended_at is
  'Every session that began earlier has ended, because too many were signed out to list them.';

create trigger people_sessions_notify after update of ended_sessions on people
  for each row when (old.ended_sessions is distinct from new.ended_sessions)
  execute function people_roles_notify();

-- The API may update the new columns too.
select countersign_grant_roles();

commit;
