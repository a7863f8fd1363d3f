-- A request that a job of a run asks, and everything that happens to it, is a change of the run that waits at it: whoever
-- follows the run is told by its version, and misses no gate.
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
  -- Looked up request by request: whatever the planner thinks of the tables, each is found by its keys.
  if tg_op = 'INSERT' then
    select array_agg(w.id order by w.id) into touched
      from changed c, lateral (select r.id from workflow_runs r
                                where r.workflow_id = c.workflow_id and r.execution_id = c.execution_id
                                  and r.status = 'RUNNING' offset 0) w
     where exists (select from workflow_run_jobs j where j.run_id = w.id and j.job_id = c.job_id);
  else
    -- What is kept beside a request, such as the head of its log, is no change of it.
    select array_agg(w.id order by w.id) into touched
      from changed c join earlier e on e.id = c.id and e.version < c.version,
           lateral (select r.id from workflow_runs r
                     where r.workflow_id = c.workflow_id and r.execution_id = c.execution_id
                       and r.status = 'RUNNING' offset 0) w
     where exists (select from workflow_run_jobs j where j.run_id = w.id and j.job_id = c.job_id);
  end if;
  if touched is not null then
    -- One statement may make requests and change others, which are told of one after the other: two that touch the same
    -- runs the other way round would wait for each other.
    perform pg_advisory_xact_lock(7232311480);
    perform from workflow_runs where id = any (touched) order by id for update;
    update workflow_runs set version = version where id = any (touched) and status = 'RUNNING';
  end if;
  return null;
end $$;
do $$ begin
  execute format('alter function approval_requests_touch_runs() set search_path = %I, pg_temp', current_schema());
end $$;
create trigger approval_requests_touch_runs_insert after insert on approval_requests
  referencing new table as changed for each statement execute function approval_requests_touch_runs();
create trigger approval_requests_touch_runs_update after update on approval_requests
  referencing old table as earlier new table as changed for each statement
  execute function approval_requests_touch_runs();
-- Whether a job that has begun asked this request: under the key of one that has not anybody can ask. Rows of jobs are
-- seen by those of runs, so that these cannot be seen by those; hence the rights of the owner.
create function countersign_run_asked(run uuid, request uuid) returns boolean
  language sql stable security definer as $$
  select exists (select from approval_requests r join workflow_run_jobs j on j.job_id = r.job_id
                  where r.id = request and j.run_id = run and j.status <> 'PENDING')
$$;
do $$ begin
  execute format('alter function countersign_run_asked(uuid, uuid) set search_path = %I, pg_temp', current_schema());
end $$;
alter policy person on workflow_runs using (
  (select countersign_sees_everything())
  or exists (select from approval_requests r
              where r.workflow_id = workflow_runs.workflow_id and r.execution_id = workflow_runs.execution_id
                and countersign_run_asked(workflow_runs.id, r.id)));

-- A list of one workflow's runs, newest first.
create index workflow_runs_workflow_created on workflow_runs (workflow_id, created_at, id);
comment on table workflow_runs is 'Runs of workflow documents. The version grows by one with every change of the run, of one of its jobs or of a request that one of them asked.';

commit;
