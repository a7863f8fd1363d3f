-- Any login of the database may LISTEN. So a payload names a person by a keyed hash of the id: without the key nobody can
-- tell whose it is, nor test a guess.
--
-- The hash is the first 64 bits of SHA-256 over the key and the id. The key has a fixed length, so that no other pair of
-- key and id is the same text, and the rest of the digest stays secret, so that nobody can compute the hash of a longer
-- id from it; HMAC would add nothing. Two people of one hash cost a query that finds nothing new.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (13, 'notify_key');

create table countersign_notify_key (
  singleton boolean primary key default true constraint countersign_notify_key_singleton_check check (singleton),
  key bytea not null constraint countersign_notify_key_length_check check (octet_length(key) = 32)
);
comment on table countersign_notify_key is 'The key of the hashes that stand for people in NOTIFY payloads: for the owner and the API only.';
-- Each of these UUIDs has 122 random bits from the operating system.
insert into countersign_notify_key (key)
  select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
alter table countersign_notify_key enable row level security;
create policy api on countersign_notify_key for select to current_user using (true);

-- These run with the rights of the owner, because a writer need not be allowed to read the key. Nobody may call them or
-- make a trigger of them: on a table with rows of their own they would hash any guess.

-- `person:HASH`, when a newer token changed the person's roles.
create or replace function people_roles_notify() returns trigger language plpgsql security definer as $$
begin
  perform pg_notify('countersign', 'person:' || left(encode(sha256(k.key || convert_to(new.id, 'UTF8')), 'hex'), 16))
    from countersign_notify_key k;
  return null;
end $$;

-- `outbox:CHANNEL:DUE`, the earliest due time in ms since 1970; and `told:HASH,…`, for each person with news in the app,
-- in chunks below NOTIFY's 8,000 bytes.
create or replace function approval_notifications_notify_insert() returns trigger language plpgsql security definer as $$
begin
  perform pg_notify('countersign', concat_ws(':', 'outbox', channel,
      (extract(epoch from min(next_attempt_at)) * 1000)::bigint))
    from written where next_attempt_at is not null group by channel;
  perform pg_notify('countersign', 'told:' || string_agg(hash, ','))
    from (select left(encode(sha256(k.key || convert_to(recipient, 'UTF8')), 'hex'), 16) as hash,
                 (row_number() over () - 1) / 400 as chunk
            from (select distinct recipient from written where channel = 'IN_APP') people, countersign_notify_key k) chunks
   group by chunk;
  return null;
end $$;

-- Of a row that is to be sent earlier than was known, and of one in the app that was read.
create or replace function approval_notifications_notify_update() returns trigger language plpgsql security definer as $$
begin
  perform pg_notify('countersign', concat_ws(':', 'outbox', c.channel,
      (extract(epoch from min(c.next_attempt_at)) * 1000)::bigint))
    from changed c join replaced r on r.id = c.id
   where c.locked_until is null and (r.next_attempt_at is null or c.next_attempt_at < r.next_attempt_at
      or r.locked_until is not null and c.status = r.status)
     and c.next_attempt_at is not null
   group by c.channel;
  perform pg_notify('countersign', 'told:' || string_agg(hash, ','))
    from (select left(encode(sha256(k.key || convert_to(recipient, 'UTF8')), 'hex'), 16) as hash,
                 (row_number() over () - 1) / 400 as chunk
            from (select distinct c.recipient from changed c join replaced r on r.id = c.id
                   where c.channel = 'IN_APP' and c.status <> r.status) people, countersign_notify_key k) chunks
   group by chunk;
  return null;
end $$;

do $$
declare
  keyed text;
begin
  foreach keyed in array '{people_roles_notify,approval_notifications_notify_insert,approval_notifications_notify_update}'::text[] loop
    execute format('alter function %I() set search_path = %I, pg_temp', keyed, current_schema());
    execute format('revoke all on function %I() from public', keyed);
  end loop;
end $$;

-- The same as before, with the key for the API.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail, '
    'approval_checkpoints, orchestrator_executors, workflow_runs, workflow_run_jobs, countersign_notify_key';
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
      'countersign_runs_seen(), people_roles_notify(), approval_notifications_notify_insert(), '
      'approval_notifications_notify_update() from %I', holder);
    continue when holder = 'anon';
    execute format('grant usage on schema %I to %I', current_schema(), holder);
    if holder = 'countersign_api' then
      execute 'grant select, insert, update on approval_requests, approval_notifications, people to countersign_api';
      execute 'grant select, insert on approval_decisions, approval_comments, approval_audit_log to countersign_api';
      execute 'grant select, insert, update, delete on approval_webhook_endpoints to countersign_api';
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
