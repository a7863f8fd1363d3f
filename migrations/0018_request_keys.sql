-- A request's key is its creator, workflow, job and execution, so that nobody takes another's key. What a request asks
-- and by which policy stays as it was created: a trigger refuses a change, and the API's role may update only the columns
-- of the outcome. Processes of earlier versions insert with `on conflict (workflow_id, job_id, execution_id)`, which fails
-- from here on: stop them before this migration.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (18, 'request_keys');

-- An index entry takes 2,704 bytes at most, and four names may have more. Such keys are compared by their digests.
alter table approval_requests drop constraint approval_requests_execution_key;
create unique index approval_requests_key on approval_requests (created_by, workflow_id, job_id, execution_id)
  where octet_length(created_by) + octet_length(workflow_id) + octet_length(job_id) + octet_length(execution_id) <= 2600;
create unique index approval_requests_long_key
  on approval_requests (md5(created_by), md5(workflow_id), md5(job_id), md5(execution_id))
  where octet_length(created_by) + octet_length(workflow_id) + octet_length(job_id) + octet_length(execution_id) > 2600;
comment on table approval_checkpoints is
  'The state of a run before one of its jobs asked; belongs to the request that the job asked.';

-- The arguments are the columns that may change. As text, since the type json has no equality. A new id or instant of
-- creation is ignored, as before.
create function approval_requests_frozen() returns trigger language plpgsql as $$
declare
  changed text;
begin
  select string_agg(n.key, ', ' order by n.key) into changed
    from json_each_text(row_to_json(new)) n join json_each_text(row_to_json(old)) o on o.key = n.key
   where n.value is distinct from o.value and n.key <> all (tg_argv);
  if changed is not null then
    raise exception 'approval request %: % cannot change after creation', old.id, changed
      using errcode = 'integrity_constraint_violation', constraint = 'approval_requests_frozen',
            hint = 'Cancel the request and create another one.';
  end if;
  return new;
end $$;
-- For an update that names one of the other columns, which the API never does, so that a decision does not pay for it. A
-- migration that adds a column or changes a column's type drops the trigger and creates it again in this way.
do $$
declare
  changeable constant text[] := '{status,approvers,decided_by,decision,decision_source,comment,decided_at,expires_at,'
    'escalation_level,auto_approve_conditions,remind_at,audit_length,audit_head,version,updated_at}';
begin
  execute format('create trigger approval_requests_frozen before update of %s on approval_requests for each row '
    'execute function approval_requests_frozen(%s)',
    (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
      where attrelid = 'approval_requests'::regclass and attnum > 0 and not attisdropped
        and attname::text <> all (changeable)),
    (select string_agg(quote_literal(name), ', ') from unnest(changeable) name));
end $$;

-- Conditions change only together with the row of the log that says so.
create function approval_requests_conditions_logged() returns trigger language plpgsql as $$
begin
  if (select r.auto_approve_conditions from approval_requests r where r.id = new.id) is distinct from (
      select l.metadata::jsonb -> 'conditions' from approval_audit_log l
       where l.approval_request_id = new.id and l.action = 'CONDITIONS_UPDATED'
       order by l.tx desc, l.seq desc limit 1) then
    raise exception 'approval request %: its log does not have these auto_approve_conditions', new.id
      using errcode = 'integrity_constraint_violation', constraint = 'approval_requests_conditions_logged';
  end if;
  return null;
end $$;
create constraint trigger approval_requests_conditions_logged after update of auto_approve_conditions
  on approval_requests deferrable initially deferred for each row
  when (old.auto_approve_conditions is distinct from new.auto_approve_conditions)
  execute function approval_requests_conditions_logged();

-- The same as before, with the API's right to update given column by column: of a request what becomes of it, of the
-- other tables all but what a row is about.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key';
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
        'approval_comments, approval_audit_log to countersign_api';
      execute 'grant select, insert, delete on approval_webhook_endpoints to countersign_api';
      -- Version and updated_at are the triggers' to set.
      execute 'grant update (status, approvers, decided_by, decision, decision_source, comment, decided_at, expires_at, '
        'escalation_level, auto_approve_conditions, remind_at, audit_length, audit_head) '
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
        'countersign_notify_key to countersign_api';
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
      execute format('grant execute on function countersign_claims(), countersign_claim(text), '
        'countersign_texts(jsonb, text), countersign_user(), countersign_roles(), countersign_scopes(), '
        'countersign_sees_everything(), countersign_is_orchestrator(), countersign_runs_seen() to %I', holder);
    end if;
  end loop;
end $$;
select countersign_grant_roles();

commit;
