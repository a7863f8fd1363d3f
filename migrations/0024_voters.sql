-- A request keeps the ids of everyone who has voted on it. A voter may read it for good, also after losing the role that
-- gave the vote: in the API, and by row level security. The list is written by the update that records the vote.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (24, 'voters');

alter table approval_requests add column voters text[] not null default '{}';
comment on column approval_requests.voters is
  'The approvers of its rows in approval_decisions. They may read it, whether or not their votes count.';
-- Without the triggers: no version rises, and nobody is notified.
alter table approval_requests disable trigger user;
update approval_requests r set voters = d.voters
  from (select approval_request_id, array_agg(approver order by decided_at, approver) as voters
          from approval_decisions group by approval_request_id) d
 where d.approval_request_id = r.id;
alter table approval_requests enable trigger user;

-- The same as before, with a new version for a change of the new column too.
drop trigger approval_requests_before_update on approval_requests;
create trigger approval_requests_before_update before update of id, version, workflow_id, job_id, execution_id,
  approval_type, title, description, context, metadata, config, results, status, requested_by, created_by,
  allow_self_approval, decided_by, decision, decision_source, comment, decided_at, timeout_ms, expires_at,
  timeout_action, notify_users, notify_channels, notify_roles, require_min_approvers, allowed_approvers, approvers,
  voters, require_all_approvers, approvals_required, auto_approve_conditions, escalate_to_users, escalation_level,
  callback_url, remind_before_ms, input_digest, created_at, updated_at
  on approval_requests for each row execute function approval_requests_before_update();

-- The same as before, with the new column among those that may change.
drop trigger approval_requests_frozen on approval_requests;
do $$
declare
  changeable constant text[] := '{status,approvers,decided_by,decision,decision_source,comment,decided_at,expires_at,'
    'escalation_level,auto_approve_conditions,remind_at,voters,audit_length,audit_head,version,updated_at}';
begin
  execute format('create trigger approval_requests_frozen before update of %s on approval_requests for each row '
    'execute function approval_requests_frozen(%s)',
    (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
      where attrelid = 'approval_requests'::regclass and attnum > 0 and not attisdropped
        and attname::text <> all (changeable)),
    (select string_agg(quote_literal(name), ', ') from unnest(changeable) name));
end $$;

-- What mayRead says (src/approvals/policy.ts).
alter policy person on approval_requests using (
  (select countersign_sees_everything())
  or requested_by = (select countersign_user())
  or created_by = (select countersign_user()) and (select countersign_is_orchestrator())
  or allowed_approvers @> array[(select countersign_user())]
  or notify_users @> array[(select countersign_user())]
  or notify_roles && (select countersign_roles()) and (select countersign_user()) is not null
  or escalation_level > 0 and escalate_to_users @> array[(select countersign_user())]
  or voters @> array[(select countersign_user())]);
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
$$;
do $$ begin
  execute format('alter function countersign_runs_seen() set search_path = %I, pg_temp', current_schema());
end $$;

-- The same as before. The API may write the new column.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key, '
    'approval_request_texts';
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
