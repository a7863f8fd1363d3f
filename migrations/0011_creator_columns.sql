-- The API shows who created a request and whether requester and creator may decide it: a person who may approve their own
-- request must be recognizable. People who read the database directly see the same two columns.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (11, 'creator_columns');

-- The same as before, with created_by and allow_self_approval among the columns of a request.
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
