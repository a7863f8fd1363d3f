-- Everything that happens to a request is a change of the run that waits at it: whoever follows the run is told by its
-- version, and misses no gate. That a job asks one is a change of the job.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (10, 'run_gates');

-- Who writes requests may not write runs; hence the rights of the owner.
create function approval_requests_touch_runs() returns trigger language plpgsql security definer as $$
declare
  touched uuid[];
begin
  -- What every write pays where no run goes on.
  if not exists (select from workflow_runs where status = 'RUNNING') then
    return null;
  end if;
  -- What is kept beside a request, such as the head of its log, is no change of it. Looked up request by request:
  -- whatever the planner thinks of the tables, each is found by its id.
  select array_agg(distinct j.run_id) into touched
    from changed c join earlier e on e.id = c.id and e.version < c.version,
         lateral (select asked.run_id from workflow_run_jobs asked where asked.request_id = c.id offset 0) j;
  if touched is not null then
    -- In the order of ids, so that two such statements never wait for each other.
    perform from workflow_runs where id = any (touched) and status = 'RUNNING' order by id for update;
    update workflow_runs set version = version where id = any (touched) and status = 'RUNNING';
  end if;
  return null;
end $$;
do $$ begin
  execute format('alter function approval_requests_touch_runs() set search_path = %I, pg_temp', current_schema());
end $$;
revoke all on function approval_requests_touch_runs() from public;
create trigger approval_requests_touch_runs after update on approval_requests
  referencing old table as earlier new table as changed for each statement
  execute function approval_requests_touch_runs();

-- A list of one workflow's runs, newest first.
create index workflow_runs_workflow_created on workflow_runs (workflow_id, created_at, id);
comment on table workflow_runs is 'Runs of workflow documents. The version grows by one with every change of the run, of one of its jobs or of a request that one of them asked.';

commit;
