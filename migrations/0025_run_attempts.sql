-- The history of a run: each call of a job's handler, what the job logs, and what an open job waits for.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (25, 'run_attempts');

alter table orchestrator_executors add column types text[] not null default '{}',
                                   add column name text not null default 'countersign';
comment on column orchestrator_executors.types is 'The types of the jobs that this process has handlers for.';
comment on column orchestrator_executors.name is 'Processes with the same name run the same runs.';

alter table workflow_runs add column orchestrator text not null default 'countersign',
                          add column timeout_at timestamptz(3),
                          add column cancelled_by text,
                          add column reason text;
comment on column workflow_runs.orchestrator is 'The name of the processes that may run it.';
comment on column workflow_runs.timeout_at is 'When the run has run out of time; null without a time-out.';
comment on column workflow_runs.cancelled_by is 'The person or program that cancelled it.';
comment on column workflow_runs.reason is 'Why the run ended as it did, where its jobs do not say so.';

alter table workflow_run_jobs add column due_at timestamptz(3),
                              add column timeout_at timestamptz(3),
                              add column waiting_for text constraint workflow_run_jobs_waiting_for_check
                                check (waiting_for in ('HANDLER', 'RETRY', 'TOKEN', 'SLOT', 'CANCELLATION')),
                              add column waiting_reason text;
comment on column workflow_run_jobs.due_at is 'The handler is not called again before this time.';
comment on column workflow_run_jobs.timeout_at is 'When the current try has run out of time; null without a time-out.';
comment on column workflow_run_jobs.waiting_for is 'What an open job waits for, other than jobs before it and people.';
comment on column workflow_run_jobs.waiting_reason is 'The same as a sentence for people.';

create table workflow_run_attempts (
  run_id uuid not null,
  job_id text not null,
  number integer not null constraint workflow_run_attempts_number_check check (number >= 1),
  executor_id text,
  process text,
  started_at timestamptz(3) not null default clock_timestamp(),
  ended_at timestamptz(3),
  outcome text constraint workflow_run_attempts_outcome_check
    check (outcome in ('SUCCEEDED', 'FAILED', 'LOST', 'HANDED_OVER', 'CANCELLED', 'TIMED_OUT')),
  error text,
  primary key (run_id, job_id, number),
  constraint workflow_run_attempts_job_fkey foreign key (run_id, job_id) references workflow_run_jobs on delete cascade,
  constraint workflow_run_attempts_ended_check check ((outcome is null) = (ended_at is null))
);
comment on table workflow_run_attempts is 'Each call of a job''s handler. One without an outcome is under way.';
comment on column workflow_run_attempts.process is 'The host and the process id that called the handler.';
comment on column workflow_run_attempts.outcome is 'LOST: the process died. HANDED_OVER: the process gave the run to another in good order.';
create index workflow_run_attempts_open on workflow_run_attempts (executor_id) where outcome is null;

create table workflow_run_logs (
  run_id uuid not null,
  job_id text not null,
  line integer not null constraint workflow_run_logs_line_check check (line >= 1),
  attempt integer not null,
  level text not null constraint workflow_run_logs_level_check check (level in ('debug', 'info', 'warn', 'error')),
  message text not null,
  fields jsonb,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (run_id, job_id, line),
  constraint workflow_run_logs_job_fkey foreign key (run_id, job_id) references workflow_run_jobs on delete cascade
);
comment on table workflow_run_logs is 'What the handler of a job logged.';

alter table workflow_run_attempts enable row level security;
alter table workflow_run_logs enable row level security;
create policy api on workflow_run_attempts to current_user using (true);
create policy api on workflow_run_logs to current_user using (true);
create policy person on workflow_run_attempts for select to current_user using (
  exists (select from workflow_runs w where w.id = run_id));

-- The same as before, with the new tables. People see when a job was tried, not the error or the process.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key, '
    'approval_request_texts, workflow_run_attempts, workflow_run_logs';
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
      'approval_notifications_notify_update() from %I', holder);
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
        'workflow_run_attempts, workflow_run_logs, countersign_notify_key to countersign_api';
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
        'started_from_checkpoint, created_at, updated_at, ended_at) on workflow_runs to %I', holder);
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
