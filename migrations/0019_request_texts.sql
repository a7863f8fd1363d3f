-- The searched text in a table of its own, where a change of a request's status does not touch its index, and in a form
-- in which letters are equal that people take for the same.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (19, 'request_texts');

-- ASCII first: in a Turkish database the lower case of I is a letter without a dot. Both letters without a dot, and the
-- dot that the lower case of İ keeps elsewhere, become a plain i.
create function countersign_search_text(given text) returns text language sql immutable parallel safe
return translate(replace(lower(lower(normalize(given, nfkc) collate "C") collate "default"), U&'i\0307', 'i'), U&'\0131', 'i');
comment on function countersign_search_text(text) is
  'A text as the search compares it: without regard to case, normal form or width of letters.';

create function countersign_search_pattern(wanted text) returns text language sql immutable parallel safe
return '%' || regexp_replace(countersign_search_text(wanted), '([\\%_])', '\\\1', 'g') || '%';
comment on function countersign_search_pattern(text) is 'What a searched text must be LIKE.';

create table approval_request_texts (
  request_id uuid primary key references approval_requests (id) on delete cascade,
  text text not null
);
comment on table approval_request_texts is 'Title and description of each request as the search compares them.';
insert into approval_request_texts (request_id, text)
  select id, countersign_search_text(title || ' ' || coalesce(description, '')) from approval_requests;
create index approval_request_texts_search on approval_request_texts using gin (text gin_trgm_ops)
  with (gin_pending_list_limit = 256);
drop index approval_requests_search;
analyze approval_request_texts;

-- Title and description never change, so that an insert is all there is.
create function approval_requests_write_texts() returns trigger language plpgsql as $$
begin
  insert into approval_request_texts (request_id, text)
    select id, countersign_search_text(title || ' ' || coalesce(description, '')) from created;
  return null;
end $$;
create trigger approval_requests_write_texts after insert on approval_requests
  referencing new table as created for each statement execute function approval_requests_write_texts();

alter table approval_request_texts enable row level security;
create policy api on approval_request_texts to current_user using (true);

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
