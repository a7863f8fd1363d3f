-- Workflows that are registered by name and version, and the runs that people and programs start of them.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (26, 'workflow_definitions');

create table workflow_definitions (
  name text not null,
  version integer not null constraint workflow_definitions_version_check check (version >= 1),
  definition jsonb not null
    constraint workflow_definitions_definition_check check (jsonb_typeof(definition) = 'object'),
  input_schema jsonb constraint workflow_definitions_input_schema_check check (jsonb_typeof(input_schema) = 'object'),
  start_roles text[] not null default '{}',
  orchestrator text not null default 'countersign',
  created_by text,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (name, version)
);
comment on table workflow_definitions is 'Workflow documents that can be started by name. A version never changes.';
comment on column workflow_definitions.name is 'The id of the workflow in the document.';
comment on column workflow_definitions.input_schema is 'The JSON Schema of the input of a run; null where any object is taken.';
comment on column workflow_definitions.start_roles is 'The roles whose holders may start a run. Those of the newest version apply to all versions.';
comment on column workflow_definitions.orchestrator is 'The name of the processes that run it.';
comment on column workflow_definitions.created_by is 'The user whose token registered it; null where an orchestrator did.';

create function workflow_definitions_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'workflow definitions are append-only: register a new version'
    using errcode = 'integrity_constraint_violation', constraint = 'workflow_definitions_append_only';
end $$;
create trigger workflow_definitions_append_only before update on workflow_definitions
  for each row execute function workflow_definitions_append_only();

alter table workflow_runs add column created_by text,
                          add column start_roles text[] not null default '{}',
                          add column input jsonb
                            constraint workflow_runs_input_check check (jsonb_typeof(input) = 'object'),
                          add column workflow_version integer
                            constraint workflow_runs_workflow_version_check check (workflow_version >= 1);
comment on column workflow_runs.created_by is 'The user whose token started it; null where an orchestrator did.';
comment on column workflow_runs.start_roles is 'The roles whose holders may see and cancel it: those that could start it.';
comment on column workflow_runs.input is 'The input that it was started with.';
comment on column workflow_runs.workflow_version is 'The registered version of its document; null for a document that is not registered.';
create index workflow_runs_creator on workflow_runs (created_by, created_at, id) where created_by is not null;
create index workflow_runs_start_roles on workflow_runs using gin (start_roles) where start_roles <> '{}';

alter table workflow_definitions enable row level security;
create policy api on workflow_definitions to current_user using (true);

-- The same as before, with the runs that somebody started, or could start. Who may see one of a run's requests sees the
-- run as well.
create or replace function countersign_runs_seen() returns setof uuid language sql stable security definer as $$
  select j.run_id
    from workflow_run_jobs j join approval_requests r on r.id = j.request_id
   where r.requested_by = (select countersign_user())
      or r.created_by = (select countersign_user()) and (select countersign_is_orchestrator())
      or r.allowed_approvers @> array[(select countersign_user())]
      or r.notify_users @> array[(select countersign_user())]
      or r.notify_roles && (select countersign_roles()) and (select countersign_user()) is not null
      or r.escalation_level > 0 and r.escalate_to_users @> array[(select countersign_user())]
      or r.voters @> array[(select countersign_user())]
  union all
  select w.id from workflow_runs w where w.created_by = (select countersign_user())
  union all
  select w.id from workflow_runs w
   where w.start_roles <> '{}' and w.start_roles && (select countersign_roles())
     and (select countersign_user()) is not null
$$;
do $$ begin
  execute format('alter function countersign_runs_seen() set search_path = %I, pg_temp', current_schema());
end $$;

-- The same as before, with the new table and columns.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key, '
    'approval_request_texts, workflow_run_attempts, workflow_run_logs, workflow_definitions';
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
