-- Schedules: workflows that are started at the times of a cron expression. The engine has a timer for each of them.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (31, 'schedules');

create table workflow_schedules (
  orchestrator text not null,
  name text not null,
  cron text not null,
  timezone text not null,
  workflow_id text not null,
  workflow_version integer constraint workflow_schedules_workflow_version_check check (workflow_version >= 1),
  definition jsonb constraint workflow_schedules_definition_check check (jsonb_typeof(definition) = 'object'),
  input jsonb constraint workflow_schedules_input_check check (jsonb_typeof(input) = 'object'),
  priority integer not null default 0
    constraint workflow_schedules_priority_check check (priority between -100 and 100),
  missed text not null constraint workflow_schedules_missed_check check (missed in ('skip', 'run')),
  paused_at timestamptz(3),
  since timestamptz(3) not null default clock_timestamp(),
  checked_until timestamptz(3) not null default clock_timestamp(),
  last_tick timestamptz(3),
  last_error text,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  primary key (orchestrator, name)
);
comment on table workflow_schedules is 'Workflows that are started at the times of a cron expression.';
comment on column workflow_schedules.orchestrator is 'The name of the processes that run it.';
comment on column workflow_schedules.workflow_version is 'The registered version of each run; null for the newest at the time of the tick, and where there is a document.';
comment on column workflow_schedules.definition is 'The document of each run; null where the workflow is registered.';
comment on column workflow_schedules.missed is 'Whether a tick that is more than a minute late starts a run.';
comment on column workflow_schedules.since is 'No tick before this time counts: the schedule was created, resumed, or got other times.';
comment on column workflow_schedules.checked_until is 'All ticks before this time have reached the engine.';
comment on column workflow_schedules.last_tick is 'The latest tick that started a run, or failed to.';
comment on column workflow_schedules.last_error is 'Why that tick started no run; null where it did.';

alter table workflow_runs add column schedule text;
comment on column workflow_runs.schedule is 'The schedule that started it; null for any other run.';

alter table workflow_schedules enable row level security;
create policy api on workflow_schedules to current_user using (true);

-- The same as before, with the new table.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key, '
    'approval_request_texts, workflow_run_attempts, workflow_run_logs, workflow_definitions, workflow_slots, workflow_schedules';
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
        'workflow_run_attempts, workflow_run_logs, workflow_definitions, workflow_schedules, countersign_notify_key '
        'to countersign_api';
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
