-- Ended runs by their end, so that those that are kept for too long are found without reading the others.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (30, 'prune_runs');

create index workflow_runs_ended on workflow_runs (ended_at, id) where status <> 'RUNNING';

commit;
