-- Runs of workflows, the jobs of each, what stood before a gate, and who runs them. The engine keeps its own tables in a
-- schema of its own; these are what people and programs look at, and where a job's outcome is written once.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (9, 'workflow_runs');

create table approval_checkpoints (
  id uuid primary key,
  name text not null,
  workflow_id text not null,
  job_id text not null,
  execution_id text not null,
  state jsonb not null constraint approval_checkpoints_state_check check (jsonb_typeof(state) = 'object'),
  created_at timestamptz(3) not null default clock_timestamp(),
  -- The key of the request that was asked after it: that is how the two belong together.
  constraint approval_checkpoints_key unique (workflow_id, job_id, execution_id)
);
comment on table approval_checkpoints is 'The state of a run before it asked; belongs to the request with the same workflow, job and execution.';

create table orchestrator_executors (
  id uuid primary key,
  lease_until timestamptz(3) not null,
  created_at timestamptz(3) not null default clock_timestamp()
);
comment on table orchestrator_executors is 'Processes that run workflows. What an executor whose lease is over was running is for others to go on with.';

create table workflow_runs (
  id uuid primary key,
  version integer not null default 1 constraint workflow_runs_version_check check (version >= 1),
  workflow_id text not null,
  execution_id text not null,
  definition jsonb not null
    constraint workflow_runs_definition_check check (jsonb_typeof(definition) = 'object'),
  status text not null default 'RUNNING'
    constraint workflow_runs_status_check check (status in ('RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  cancel_requested_at timestamptz(3),
  cancel_reason text,
  started_from_checkpoint uuid references approval_checkpoints,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  ended_at timestamptz(3),
  constraint workflow_runs_key unique (workflow_id, execution_id),
  constraint workflow_runs_ended_check check ((status = 'RUNNING') = (ended_at is null))
);
comment on table workflow_runs is 'Runs of workflow documents. The version grows by one with every change of the run or of one of its jobs.';
comment on column workflow_runs.definition is 'The document as it was started.';
create index workflow_runs_created on workflow_runs (created_at, id);
create index workflow_runs_status_created on workflow_runs (status, created_at, id);
create index workflow_runs_execution on workflow_runs (execution_id);
create index workflow_runs_checkpoint on workflow_runs (started_from_checkpoint)
  where started_from_checkpoint is not null;
create index workflow_runs_open on workflow_runs (created_at, id) where status = 'RUNNING';

create table workflow_run_jobs (
  run_id uuid not null references workflow_runs on delete cascade,
  job_id text not null,
  position integer not null,
  type text not null,
  dependencies text[] not null default '{}',
  status text not null default 'PENDING' constraint workflow_run_jobs_status_check
    check (status in ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED')),
  output jsonb,
  error text,
  reason text,
  attempts integer not null default 0 constraint workflow_run_jobs_attempts_check check (attempts >= 0),
  failures integer not null default 0 constraint workflow_run_jobs_failures_check check (failures >= 0),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  request_id uuid references approval_requests on delete set null,
  primary key (run_id, job_id),
  constraint workflow_run_jobs_ended_check check ((status in ('PENDING', 'RUNNING')) = (ended_at is null))
);
comment on table workflow_run_jobs is 'The jobs of a run, each with the request that it has asked.';
comment on column workflow_run_jobs.position is 'The place in the document, from 0.';
comment on column workflow_run_jobs.error is 'Why it was no success, in the words of its handler.';
comment on column workflow_run_jobs.reason is 'Why it was skipped, cancelled or taken over.';
comment on column workflow_run_jobs.attempts is 'How often its handler was called, restarts included.';
comment on column workflow_run_jobs.failures is 'How often its handler failed, which its retries are counted by.';
comment on column workflow_run_jobs.request_id is 'The request that its handler has asked. By its key alone anybody could make one.';
create index workflow_run_jobs_request on workflow_run_jobs (request_id) where request_id is not null;

create function workflow_runs_before_update() returns trigger language plpgsql as $$
begin
  if old.status <> 'RUNNING' and new.status <> old.status then
    raise exception 'workflow run % is %, which is final', old.id, old.status
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_runs_final';
  end if;
  if new.status <> 'RUNNING' then
    new.ended_at := coalesce(new.ended_at, clock_timestamp());
  end if;
  new.id := old.id;
  new.created_at := old.created_at;
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end $$;
create trigger workflow_runs_before_update before update on workflow_runs
  for each row execute function workflow_runs_before_update();

create function workflow_run_jobs_before_update() returns trigger language plpgsql as $$
begin
  if old.status not in ('PENDING', 'RUNNING') and (new.status, new.output, new.error, new.reason)
      is distinct from (old.status, old.output, old.error, old.reason) then
    raise exception 'job % of workflow run % is %, which is final', old.job_id, old.run_id, old.status
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_run_jobs_final';
  end if;
  if new.status not in ('PENDING', 'RUNNING') then
    new.ended_at := coalesce(new.ended_at, clock_timestamp());
  end if;
  return new;
end $$;
create trigger workflow_run_jobs_before_update before update on workflow_run_jobs
  for each row execute function workflow_run_jobs_before_update();

-- A change of a job is a change of its run. In the order of ids, so that two such statements never wait for each other.
create function workflow_run_jobs_touch_runs() returns trigger language plpgsql as $$
begin
  perform from workflow_runs where id in (select run_id from changed) order by id for update;
  update workflow_runs set version = version where id in (select run_id from changed);
  return null;
end $$;
create trigger workflow_run_jobs_touch_runs after update on workflow_run_jobs
  referencing new table as changed for each statement execute function workflow_run_jobs_touch_runs();

-- `run:ID:VERSION:STATUS,…`, with the status CANCELLING while the run goes on and is asked to end. 110 of them stay below
-- NOTIFY's 8,000 bytes.
create function workflow_runs_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('countersign', 'run:' || string_agg(entry, ','))
    from (select concat_ws(':', id, version,
                   case when status = 'RUNNING' and cancel_requested_at is not null then 'CANCELLING' else status end
                 ) as entry,
                 (row_number() over () - 1) / 110 as chunk
            from changed) entries
   group by chunk;
  return null;
end $$;
create trigger workflow_runs_notify_insert after insert on workflow_runs
  referencing new table as changed for each statement execute function workflow_runs_notify();
create trigger workflow_runs_notify_update after update on workflow_runs
  referencing new table as changed for each statement execute function workflow_runs_notify();

-- `lease`, when an executor gives its lease up before its time.
create function orchestrator_executors_notify() returns trigger language plpgsql as $$
begin
  if exists (select from changed where lease_until <= clock_timestamp()) then
    perform pg_notify('countersign', 'lease');
  end if;
  return null;
end $$;
create trigger orchestrator_executors_notify after update on orchestrator_executors
  referencing new table as changed for each statement execute function orchestrator_executors_notify();

alter table approval_checkpoints enable row level security;
alter table orchestrator_executors enable row level security;
alter table workflow_runs enable row level security;
alter table workflow_run_jobs enable row level security;
create policy api on approval_checkpoints to current_user using (true);
create policy api on workflow_runs to current_user using (true);
create policy api on workflow_run_jobs to current_user using (true);
-- The runs of the requests that whoever calls it may see, by what the policy on requests says once more: rows of jobs are
-- seen by those of runs, so that these cannot be seen by those; hence the rights of the owner. All at once, since a
-- function that is asked run by run takes a hundred times as long.
create function countersign_runs_seen() returns setof uuid language sql stable security definer as $$
  select j.run_id
    from workflow_run_jobs j join approval_requests r on r.id = j.request_id
   where r.requested_by = (select countersign_user())
      or r.created_by = (select countersign_user()) and (select countersign_is_orchestrator())
      or r.allowed_approvers @> array[(select countersign_user())]
      or r.notify_users @> array[(select countersign_user())]
      or r.notify_roles && (select countersign_roles()) and (select countersign_user()) is not null
      or r.escalation_level > 0 and r.escalate_to_users @> array[(select countersign_user())]
$$;
do $$ begin
  execute format('alter function countersign_runs_seen() set search_path = %I, pg_temp', current_schema());
end $$;
revoke all on function countersign_runs_seen() from public;
-- Whoever may see one of a run's requests sees how far the run is.
create policy person on workflow_runs for select to current_user using (
  (select countersign_sees_everything()) or id in (select countersign_runs_seen()));
create policy person on workflow_run_jobs for select to current_user using (
  exists (select from workflow_runs w where w.id = run_id));

-- The same as before, with the new tables. People see how far a run is: not its document, nor what its jobs put out, nor
-- why they were no success, which may tell of it.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs';
  secured record;
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
      'countersign_runs_seen() from %I', holder);
    continue when holder = 'anon';
    execute format('grant usage on schema %I to %I', current_schema(), holder);
    if holder = 'countersign_api' then
      execute 'grant select, insert, update on approval_requests, approval_notifications, people to countersign_api';
      execute 'grant select, insert on approval_decisions, approval_comments, approval_audit_log to countersign_api';
      execute 'grant select, insert, update, delete on approval_webhook_endpoints to countersign_api';
      execute 'grant select on countersign_migrations, approval_checkpoints, workflow_runs, workflow_run_jobs '
        'to countersign_api';
      execute 'grant execute on function get_approval_statistics(timestamptz, timestamptz, text) to countersign_api';
    else
      -- Of a request and of the log the columns that the API shows.
      execute format('grant select (id, version, workflow_id, job_id, execution_id, approval_type, title, description, '
        'context, metadata, status, requested_by, decided_by, decision, decision_source, comment, '
        'decided_at, timeout_ms, expires_at, timeout_action, notify_users, notify_channels, notify_roles, '
        'require_min_approvers, allowed_approvers, approvers, require_all_approvers, approvals_required, '
        'auto_approve_conditions, escalate_to_users, escalation_level, created_at, updated_at) '
        'on approval_requests to %I', holder);
      execute format('grant select (tx, seq, id, approval_request_id, action, user_id, user_email, old_status, '
        'new_status, comment, metadata, created_at) on approval_audit_log to %I', holder);
      execute format('grant select (id, approval_request_id, kind, channel, recipient, status, sent_at, read_at, '
        'subject, body, created_at) on approval_notifications to %I', holder);
      execute format('grant select on approval_decisions, approval_comments, people, approval_audit_detail to %I', holder);
      execute format('grant select (id, version, workflow_id, execution_id, status, cancel_requested_at, '
        'started_from_checkpoint, created_at, updated_at, ended_at) on workflow_runs to %I', holder);
      execute format('grant select (run_id, job_id, position, type, dependencies, status, attempts, '
        'failures, started_at, ended_at) on workflow_run_jobs to %I', holder);
      execute format('grant execute on function countersign_claims(), countersign_claim(text), '
        'countersign_texts(jsonb, text), countersign_user(), countersign_roles(), countersign_scopes(), '
        'countersign_sees_everything(), countersign_is_orchestrator(), countersign_runs_seen() to %I', holder);
    end if;
  end loop;
end $$;
select countersign_grant_roles();

commit;
