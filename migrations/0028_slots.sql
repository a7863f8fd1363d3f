-- How many jobs run at once in all processes: rows that jobs claim, in the order of the priorities of their runs.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (28, 'slots');

alter table workflow_runs add column priority integer not null default 0
  constraint workflow_runs_priority_check check (priority between -100 and 100);
comment on column workflow_runs.priority is 'Which of two runs gets a slot first: the one with the higher number, then the older one.';

create table workflow_slots (
  run_id uuid not null,
  job_id text not null,
  pool text not null,
  executor_id uuid not null constraint workflow_slots_executor_fkey references orchestrator_executors on delete cascade,
  claim integer not null,
  is_shared boolean not null,
  total integer not null constraint workflow_slots_total_check check (total >= 1),
  per_process integer constraint workflow_slots_per_process_check check (per_process >= 1),
  priority integer not null,
  run_created_at timestamptz(3) not null,
  position integer not null,
  granted_at timestamptz(3),
  primary key (run_id, job_id, pool),
  constraint workflow_slots_job_fkey foreign key (run_id, job_id) references workflow_run_jobs on delete cascade
);
comment on table workflow_slots is 'Jobs that have a slot or wait for one. A row ends with the attempt, or with the lease of its process.';
comment on column workflow_slots.pool is 'What is limited: a JSON list of the orchestrator''s name, type or workflow, and the name of that.';
comment on column workflow_slots.claim is 'By which its process knows it.';
comment on column workflow_slots.is_shared is 'Whether all jobs of a run together take one slot.';
comment on column workflow_slots.total is 'The slot is granted while fewer than this number of the pool are granted.';
comment on column workflow_slots.per_process is 'The same for the slots of one process; null without a limit.';
comment on column workflow_slots.granted_at is 'Null while the job waits.';
create index workflow_slots_waiting on workflow_slots (pool, priority desc, run_created_at, run_id, position)
  where granted_at is null;
create index workflow_slots_granted on workflow_slots (pool, executor_id) where granted_at is not null;
create unique index workflow_slots_claim on workflow_slots (executor_id, claim);
alter table workflow_slots enable row level security;

-- Grants what a pool has room for: higher priority first, then older run, then place in the document. A job whose process
-- has its share is passed over; a job that finds no room keeps all behind it waiting, so that none of them overtakes it
-- for ever. The caller has the pool's lock. src/orchestrator/slot-order.ts says the same for one process.
-- Returns the claims that were granted.
create function countersign_grant_slots(of_pool text) returns table (executor uuid, claimed integer)
language plpgsql as $$
declare
  taken bigint;
  full_executors uuid[];
  next record;
begin
  loop
    select case when bool_or(s.is_shared) then count(distinct s.run_id) else count(*) end into taken
      from workflow_slots s where s.pool = of_pool and s.granted_at is not null;
    full_executors := array(
      select s.executor_id from workflow_slots s
       where s.pool = of_pool and s.granted_at is not null and s.per_process is not null
       group by s.executor_id having count(*) >= min(s.per_process));
    -- A row that is locked is being deleted. A process without a lease comes last: it is dead, or renews it.
    for living in reverse 1..0 loop
      select s.run_id, s.job_id, s.total, s.is_shared into next
        from workflow_slots s
        join orchestrator_executors e on e.id = s.executor_id
       where s.pool = of_pool and s.granted_at is null and s.executor_id <> all (full_executors)
         and (living = 0 or e.lease_until > clock_timestamp())
       order by s.priority desc, s.run_created_at, s.run_id, s.position
       limit 1 for update of s skip locked;
      exit when found;
    end loop;
    exit when next.run_id is null or next.total <= taken;
    return query
      with all_of_run as materialized (
        select s.job_id from workflow_slots s
         where s.run_id = next.run_id and s.pool = of_pool and s.granted_at is null
           and (next.is_shared or s.job_id = next.job_id)
           for update skip locked)
      update workflow_slots s set granted_at = clock_timestamp() from all_of_run a
       where s.run_id = next.run_id and s.job_id = a.job_id and s.pool = of_pool
      returning s.executor_id, s.claim;
  end loop;
end $$;
revoke all on function countersign_grant_slots(text) from public;

-- Claims a slot; the same claim again changes nothing. The notification `slot:EXECUTOR` wakes a process whose waiting jobs
-- were granted slots. `is_held`: the job runs already, so the claim is granted whatever
-- the limit. Returns whether the job has the slot; null where the process has no lease any more, or the job is gone.
create function countersign_claim_slot(of_executor uuid, of_claim integer, of_run uuid, of_job text, of_pool text,
  of_shared boolean, of_total integer, of_per_process integer, is_held boolean) returns boolean
language plpgsql as $$
declare
  job record;
  granted record;
begin
  -- Before the lock of the pool: what deletes them takes the locks in this order.
  perform from orchestrator_executors where id = of_executor for key share;
  if not found then
    return null;
  end if;
  select r.priority, r.created_at, j.position into job
    from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
   where j.run_id = of_run and j.job_id = of_job for key share of j;
  if not found then
    return null;
  end if;
  -- Nothing depends on these rows after a crash of the server: the process compares them when it is connected again.
  perform set_config('synchronous_commit', 'off', true);
  perform pg_advisory_xact_lock(hashtextextended(of_pool, 7232311478));
  insert into workflow_slots as s (run_id, job_id, pool, executor_id, claim, is_shared, total, per_process, priority,
                                   run_created_at, position, granted_at)
  values (of_run, of_job, of_pool, of_executor, of_claim, of_shared, of_total, of_per_process, job.priority,
          job.created_at, job.position, case when is_held then clock_timestamp() end)
  on conflict (run_id, job_id, pool) do update
     set executor_id = excluded.executor_id, claim = excluded.claim, total = excluded.total,
         per_process = excluded.per_process, granted_at = coalesce(s.granted_at, excluded.granted_at);
  if of_shared then
    update workflow_slots s set granted_at = clock_timestamp()
     where s.run_id = of_run and s.job_id = of_job and s.pool = of_pool and s.granted_at is null
       and exists (select from workflow_slots g
                    where g.run_id = of_run and g.pool = of_pool and g.granted_at is not null);
  end if;
  for granted in select * from countersign_grant_slots(of_pool) loop
    if (granted.executor, granted.claimed) <> (of_executor, of_claim) then
      perform pg_notify('countersign', 'slot:' || granted.executor);
    end if;
  end loop;
  return (select s.granted_at is not null from workflow_slots s
           where s.run_id = of_run and s.job_id = of_job and s.pool = of_pool);
end $$;
revoke all on function countersign_claim_slot(uuid, integer, uuid, text, text, boolean, integer, integer, boolean)
  from public;

-- Whatever gives slots back, the end of a job or the end of a lease: those who wait for them get them.
create function workflow_slots_after_delete() returns trigger language plpgsql as $$
declare
  freed record;
  granted record;
begin
  -- In one order, so that two such statements never wait for each other.
  for freed in select distinct pool, hashtextextended(pool, 7232311478) as lock from gone order by 2 loop
    perform pg_advisory_xact_lock(freed.lock);
    for granted in select distinct executor from countersign_grant_slots(freed.pool) loop
      perform pg_notify('countersign', 'slot:' || granted.executor);
    end loop;
  end loop;
  return null;
end $$;
revoke all on function workflow_slots_after_delete() from public;
create trigger workflow_slots_after_delete after delete on workflow_slots
  referencing old table as gone for each statement execute function workflow_slots_after_delete();

-- The same as before, with the new table, which is the orchestrator's alone.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key, '
    'approval_request_texts, workflow_run_attempts, workflow_run_logs, workflow_definitions, workflow_slots';
  secured record;
  updatable record;
  holders text;
  holder text;
begin
  execute format('revoke all on %s from public', covered);
  for secured in select tablename, policyname from pg_policies
                  where schemaname = current_schema() and tablename = any (string_to_array(covered, ', '))
                    and policyname in ('person', 'api') loop
    select string_agg(quote_ident(rolname), ', ') into holders from pg_roles
     where rolname = any (case secured.policyname when 'api' then '{countersign_api}'::name[]
                          else '{countersign_person,authenticated}' end);
    if holders is not null then
      execute format('alter policy %I on %I to %s', secured.policyname, secured.tablename, holders);
    end if;
  end loop;

  for holder in select rolname from pg_roles
                 where rolname in ('countersign_person', 'countersign_api', 'authenticated', 'anon') loop
    execute format('revoke all on %s from %I', covered, holder);
    execute format('revoke all on function countersign_grant_roles(), erase_audit_personal(text, uuid, timestamptz), '
      'countersign_runs_seen(), people_roles_notify(), approval_notifications_notify_insert(), '
      'approval_notifications_notify_update(), '
      'countersign_grant_slots(text), countersign_claim_slot(uuid, integer, uuid, text, text, boolean, integer, integer, boolean), '
      'workflow_slots_after_delete() from %I', holder);
    continue when holder = 'anon';
    execute format('grant usage on schema %I to %I', current_schema(), holder);
    if holder = 'countersign_api' then
      execute 'grant select, insert on approval_requests, approval_notifications, people, approval_decisions, '
        'approval_comments, approval_audit_log, approval_request_texts to countersign_api';
      execute 'grant select, insert, delete on approval_webhook_endpoints to countersign_api';
      -- Version and updated_at are the triggers' to set.
      execute 'grant update (status, approvers, decided_by, decision, decision_source, comment, decided_at, expires_at, '
        'escalation_level, auto_approve_conditions, remind_at, voters, audit_length, audit_head) '
        'on approval_requests to countersign_api';
      for updatable in
        select t.name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
          from (values ('approval_notifications', '{id,approval_request_id,kind,channel,recipient,metadata,max_retries,'
                          'tx,created_at}'::text[]),
                       ('people', '{id,created_at}'),
                       ('approval_webhook_endpoints', '{url}')) t(name, fixed)
          join pg_attribute a on a.attrelid = t.name::regclass and a.attnum > 0 and not a.attisdropped
                             and a.attname::text <> all (t.fixed)
         group by t.name loop
        execute format('grant update (%s) on %I to countersign_api', updatable.columns, updatable.name);
      end loop;
      execute 'grant select on countersign_migrations, approval_checkpoints, workflow_runs, workflow_run_jobs, '
        'workflow_run_attempts, workflow_run_logs, workflow_definitions, countersign_notify_key to countersign_api';
      -- The API starts runs and asks them to end. Everything else about a run is for orchestrators to write.
      execute 'grant insert on workflow_definitions, workflow_runs, workflow_run_jobs to countersign_api';
      execute 'grant update (cancel_requested_at, cancel_reason, cancelled_by) on workflow_runs to countersign_api';
      execute 'grant execute on function get_approval_statistics(timestamptz, timestamptz, text) to countersign_api';
    else
      -- Of a request and of the log the columns that the API shows.
      execute format('grant select (id, version, workflow_id, job_id, execution_id, approval_type, title, description, '
        'context, metadata, status, requested_by, created_by, allow_self_approval, decided_by, decision, '
        'decision_source, comment, decided_at, timeout_ms, expires_at, timeout_action, notify_users, '
        'notify_channels, notify_roles, require_min_approvers, allowed_approvers, approvers, '
        'require_all_approvers, approvals_required, auto_approve_conditions, escalate_to_users, '
        'escalation_level, created_at, updated_at) '
        'on approval_requests to %I', holder);
      execute format('grant select (tx, seq, id, approval_request_id, action, user_id, user_email, old_status, '
        'new_status, comment, metadata, created_at) on approval_audit_log to %I', holder);
      execute format('grant select (id, approval_request_id, kind, channel, recipient, status, sent_at, read_at, '
        'subject, body, created_at) on approval_notifications to %I', holder);
      -- A voter's roles are the API's to know.
      execute format('grant select (approval_request_id, approver, approver_key, decision, comment, reason, decided_at) '
        'on approval_decisions to %I', holder);
      execute format('grant select on approval_comments, people, approval_audit_detail to %I', holder);
      execute format('grant select (id, version, workflow_id, execution_id, status, cancel_requested_at, '
        'started_from_checkpoint, created_by, workflow_version, created_at, updated_at, ended_at) '
        'on workflow_runs to %I', holder);
      execute format('grant select (run_id, job_id, position, type, dependencies, status, attempts, '
        'failures, started_at, ended_at) on workflow_run_jobs to %I', holder);
      execute format('grant select (run_id, job_id, number, started_at, ended_at, outcome) '
        'on workflow_run_attempts to %I', holder);
      execute format('grant execute on function countersign_claims(), countersign_claim(text), '
        'countersign_texts(jsonb, text), countersign_user(), countersign_roles(), countersign_scopes(), '
        'countersign_sees_everything(), countersign_is_orchestrator(), countersign_runs_seen() to %I', holder);
    end if;
  end loop;
end $$;
select countersign_grant_roles();

commit;
