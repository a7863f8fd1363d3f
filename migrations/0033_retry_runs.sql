-- A failed job of an ended run is retried in place: the run continues as its next generation.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (33, 'retry_runs');

alter table workflow_runs add column generation integer not null default 1
  constraint workflow_runs_generation_check check (generation >= 1);
alter table workflow_run_jobs add column generation integer not null default 1
  constraint workflow_run_jobs_generation_check check (generation >= 1);
alter table workflow_run_attempts add column generation integer not null default 1
  constraint workflow_run_attempts_generation_check check (generation >= 1);
comment on column workflow_runs.generation is 'Grows by one with each retry of a job. The engine runs each generation under an id of its own.';
comment on column workflow_run_jobs.generation is 'The generation of the run that last opened the job.';
comment on column workflow_run_attempts.generation is 'The generation of the job. Losses are counted within one generation.';

create table workflow_run_retries (
  run_id uuid not null constraint workflow_run_retries_run_fkey references workflow_runs on delete cascade,
  generation integer not null constraint workflow_run_retries_generation_check check (generation >= 2),
  job_id text not null,
  retried_by text,
  retried_at timestamptz(3) not null default clock_timestamp(),
  job_error text,
  run_status text not null,
  run_reason text,
  run_ended_at timestamptz(3) not null,
  primary key (run_id, generation)
);
comment on table workflow_run_retries is 'Each retry of a failed job, with how the run and the job stood before.';
comment on column workflow_run_retries.generation is 'The generation of the run that the retry began.';
comment on column workflow_run_retries.retried_by is 'The person or program that retried the job, where it was named.';

create function workflow_run_retries_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'retries of runs are append-only'
    using errcode = 'integrity_constraint_violation', constraint = 'workflow_run_retries_append_only';
end $$;
revoke all on function workflow_run_retries_append_only() from public;
create trigger workflow_run_retries_append_only before update on workflow_run_retries
  for each row execute function workflow_run_retries_append_only();

alter table workflow_run_retries enable row level security;
create policy api on workflow_run_retries to current_user using (true);
create policy person on workflow_run_retries for select to current_user using (
  exists (select from workflow_runs w where w.id = run_id));

-- The same as before, except that the next generation opens a run again.
create or replace function workflow_runs_before_update() returns trigger language plpgsql as $$
begin
  if old.status <> 'RUNNING' and new.status <> old.status
      and not (new.status = 'RUNNING' and new.generation = old.generation + 1) then
    raise exception 'workflow run % is %, which is final', old.id, old.status
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_runs_final';
  end if;
  if new.generation <> old.generation and (old.status = 'RUNNING' or new.status <> 'RUNNING') then
    raise exception 'the generation of workflow run % changes only when a job of it is retried', old.id
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

-- The same as before, except that the current generation of the run opens a job again that an earlier one has ended.
create or replace function workflow_run_jobs_before_update() returns trigger language plpgsql as $$
begin
  if old.status not in ('PENDING', 'RUNNING') and (new.status, new.output, new.error, new.reason)
      is distinct from (old.status, old.output, old.error, old.reason)
      and not (new.status = 'PENDING' and new.generation > old.generation
               and new.generation = (select r.generation from workflow_runs r where r.id = old.run_id)) then
    raise exception 'job % of workflow run % is %, which is final', old.job_id, old.run_id, old.status
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_run_jobs_final';
  end if;
  if new.status not in ('PENDING', 'RUNNING') then
    new.ended_at := coalesce(new.ended_at, clock_timestamp());
  end if;
  return new;
end $$;

-- Opens a failed job again, and those that did not run because of it; src/orchestrator/retry.ts says which these are.
-- The notification `start:ID:ORCHESTRATOR` has a process go on with the run. Who starts runs may not write what came of
-- them; hence the rights of the owner.
-- `of_generation` is the generation that the caller has seen, so of two callers one retries. `keeps_end`: the run stays
-- cancelled or timed out, as a compensation runs in spite of that. Returns whether this call retried the job.
create function countersign_retry_job(of_run uuid, of_generation integer, of_job text, reopened text[],
  keeps_end boolean, by_user text) returns boolean
language plpgsql security definer as $$
declare
  run record;
begin
  select r.* into run from workflow_runs r where r.id = of_run for update;
  if not found or run.status = 'RUNNING' or run.generation <> of_generation then
    return false;
  end if;
  insert into workflow_run_retries (run_id, generation, job_id, retried_by, job_error, run_status, run_reason, run_ended_at)
  select j.run_id, run.generation + 1, j.job_id, by_user, j.error, run.status,
         coalesce(run.reason, run.cancel_reason), run.ended_at
    from workflow_run_jobs j where j.run_id = of_run and j.job_id = of_job and j.status = 'FAILED';
  if not found then
    return false;
  end if;
  update workflow_runs
     set status = 'RUNNING', generation = run.generation + 1, ended_at = null,
         timeout_at = clock_timestamp() + (definition ->> 'timeoutMs')::float8 * interval '1 millisecond',
         cancel_requested_at = case when keeps_end then cancel_requested_at end,
         cancel_reason = case when keeps_end then cancel_reason end,
         cancelled_by = case when keeps_end then cancelled_by end,
         reason = case when keeps_end then workflow_runs.reason end
   where id = of_run;
  update workflow_run_jobs
     set status = 'PENDING', generation = run.generation + 1, failures = 0, output = null, error = null, reason = null,
         ended_at = null, due_at = null, timeout_at = null, waiting_for = null, waiting_reason = null
   where run_id = of_run
     and (job_id = of_job or job_id = any (reopened) and status in ('SKIPPED', 'CANCELLED')
          -- Items that have succeeded keep their results.
          or (item_of = of_job or item_of = any (reopened)) and status in ('FAILED', 'SKIPPED', 'CANCELLED'));
  perform pg_notify('countersign', concat_ws(':', 'start', of_run, run.orchestrator));
  return true;
end $$;
do $$ begin
  execute format('alter function countersign_retry_job(uuid, integer, text, text[], boolean, text) '
                 'set search_path = %I, pg_temp', current_schema());
end $$;
revoke all on function countersign_retry_job(uuid, integer, text, text[], boolean, text) from public;

-- The same as before, with the new table, columns and function. People see which job was retried, and when.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key, '
    'approval_request_texts, workflow_run_attempts, workflow_run_logs, workflow_definitions, workflow_slots, workflow_schedules, '
    'workflow_run_retries';
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
      'workflow_slots_after_delete(), countersign_retry_job(uuid, integer, text, text[], boolean, text) from %I', holder);
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
        'workflow_run_attempts, workflow_run_logs, workflow_definitions, workflow_schedules, workflow_run_retries, '
        'countersign_notify_key to countersign_api';
      -- The API starts runs and asks them to end. Everything else about a run is for orchestrators to write.
      execute 'grant insert on workflow_definitions, workflow_runs, workflow_run_jobs to countersign_api';
      execute 'grant update (cancel_requested_at, cancel_reason, cancelled_by) on workflow_runs to countersign_api';
      -- The function reopens what has ended, and checks that it has.
      execute 'grant execute on function get_approval_statistics(timestamptz, timestamptz, text), '
        'countersign_retry_job(uuid, integer, text, text[], boolean, text) to countersign_api';
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
        'started_from_checkpoint, created_by, workflow_version, generation, created_at, updated_at, ended_at) '
        'on workflow_runs to %I', holder);
      execute format('grant select (run_id, job_id, position, type, dependencies, status, attempts, '
        'failures, generation, started_at, ended_at) on workflow_run_jobs to %I', holder);
      execute format('grant select (run_id, job_id, number, generation, started_at, ended_at, outcome) '
        'on workflow_run_attempts to %I', holder);
      execute format('grant select (run_id, generation, job_id, retried_at, run_status, run_ended_at) '
        'on workflow_run_retries to %I', holder);
      execute format('grant execute on function countersign_claims(), countersign_claim(text), '
        'countersign_texts(jsonb, text), countersign_user(), countersign_roles(), countersign_scopes(), '
        'countersign_sees_everything(), countersign_is_orchestrator(), countersign_runs_seen() to %I', holder);
    end if;
  end loop;
end $$;
select countersign_grant_roles();

commit;
