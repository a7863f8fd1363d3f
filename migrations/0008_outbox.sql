-- The notifications become an outbox: rows are written with what causes them, workers take due ones with a lease, and
-- NOTIFY wakes workers and the people who look at their messages. Reminders, preferences, and endpoints that fail.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (8, 'outbox');

alter table approval_notifications
  add column tx xid8 not null default pg_current_xact_id(),
  add column kind text not null default 'REQUESTED' constraint approval_notifications_kind_check check (kind in (
    'REQUESTED', 'ESCALATED', 'REMINDER', 'URGENT', 'DECIDED', 'TIMED_OUT', 'CANCELLED', 'COMMENTED',
    'ENDPOINT_DISABLED')),
  add column next_attempt_at timestamptz(3),
  add column locked_until timestamptz(3),
  add constraint approval_notifications_in_app_check check (channel <> 'IN_APP' or next_attempt_at is null);
alter table approval_notifications alter column kind drop default;
comment on column approval_notifications.tx is 'The writing transaction: a reader that remembers a horizon misses none.';
comment on column approval_notifications.kind is 'What the message is about.';
comment on column approval_notifications.next_attempt_at is
  'When it is due; null when nothing is left to do, for it was sent, or given up, or is read in the app.';
comment on column approval_notifications.locked_until is 'A worker is at it until then; later another may take it.';

drop index approval_notifications_recipient;
create index approval_notifications_recipient on approval_notifications (recipient, tx, id);
create index approval_notifications_unread on approval_notifications (recipient, tx, id)
  where channel = 'IN_APP' and status <> 'READ';
-- The admins' list: in its order, what failed in its order, and what is rare by what it is.
create index approval_notifications_position on approval_notifications (tx, id);
create index approval_notifications_failed on approval_notifications (tx, id) where status = 'FAILED';
drop index approval_notifications_channel;
create index approval_notifications_channel on approval_notifications (channel, status, kind);
create index approval_notifications_due on approval_notifications (channel, next_attempt_at)
  where next_attempt_at is not null;
-- Whether another message of the same request to the same recipient goes before.
create index approval_notifications_turn on approval_notifications (approval_request_id, channel, recipient, id)
  where next_attempt_at is not null;

alter table approval_requests add column remind_at timestamptz(3);
comment on column approval_requests.remind_at is 'When those who have not decided are reminded. Raises no version.';
create index approval_requests_remind on approval_requests (remind_at) where remind_at is not null;

create index people_email on people (lower(coalesce(email, id)));
alter table people
  add column muted_channels text[] not null default '{}'
    constraint people_muted_channels_check check (muted_channels <@ '{SLACK,EMAIL,IN_APP}'),
  add column admin_seen_at timestamptz(3);
comment on column people.muted_channels is 'Where the person does not want to be told.';
comment on column people.admin_seen_at is 'When a token with approvals:admin was last seen; admins hear of endpoints that fail.';

create table approval_webhook_endpoints (
  url text primary key,
  failing_since timestamptz(3) not null default clock_timestamp(),
  disabled_at timestamptz(3),
  error_message text
);
comment on table approval_webhook_endpoints is 'Addresses of webhooks that fail; one that works has no row.';
alter table approval_webhook_endpoints enable row level security;
create policy api on approval_webhook_endpoints to current_user using (true);

-- `outbox:CHANNEL:DUE`, the earliest due time in ms since 1970; and `told:KEY,…`, a key for each person with news in the
-- app, so that the payload stays below NOTIFY's 8,000 bytes, however long the ids are.
create function approval_notifications_notify_insert() returns trigger language plpgsql as $$
begin
  perform pg_notify('countersign', concat_ws(':', 'outbox', channel,
      (extract(epoch from min(next_attempt_at)) * 1000)::bigint))
    from written where next_attempt_at is not null group by channel;
  perform pg_notify('countersign', 'told:' || string_agg(key, ','))
    from (select key, (row_number() over () - 1) / 400 as chunk
            from (select distinct left(encode(sha256(convert_to(recipient, 'UTF8')), 'hex'), 16) as key
                    from written where channel = 'IN_APP') keys) chunks
   group by chunk;
  return null;
end $$;
create trigger approval_notifications_notify_insert after insert on approval_notifications
  referencing new table as written for each statement execute function approval_notifications_notify_insert();

-- Of a row that is to be sent earlier than was known, and of one in the app that was read.
create function approval_notifications_notify_update() returns trigger language plpgsql as $$
begin
  perform pg_notify('countersign', concat_ws(':', 'outbox', c.channel,
      (extract(epoch from min(c.next_attempt_at)) * 1000)::bigint))
    from changed c join replaced r on r.id = c.id
   where c.locked_until is null and (r.next_attempt_at is null or c.next_attempt_at < r.next_attempt_at
      or r.locked_until is not null and c.status = r.status)
     and c.next_attempt_at is not null
   group by c.channel;
  perform pg_notify('countersign', 'told:' || string_agg(key, ','))
    from (select key, (row_number() over () - 1) / 400 as chunk
            from (select distinct left(encode(sha256(convert_to(c.recipient, 'UTF8')), 'hex'), 16) as key
                    from changed c join replaced r on r.id = c.id
                   where c.channel = 'IN_APP' and c.status <> r.status) keys) chunks
   group by chunk;
  return null;
end $$;
create trigger approval_notifications_notify_update after update on approval_notifications
  referencing old table as replaced new table as changed
  for each statement execute function approval_notifications_notify_update();

-- The fourth field of an entry is when the clock has something to do next: a reminder, or the end of the time.
create or replace function approval_requests_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('countersign', string_agg(entry, ','))
    from (select concat_ws(':', id, version, status, (extract(epoch from least(expires_at, remind_at)) * 1000)::bigint)
                   as entry,
                 (row_number() over () - 1) / 110 as chunk
            from changed) entries
   group by chunk;
  return null;
end $$;
create or replace function approval_requests_notify_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('countersign', string_agg(entry, ','))
    from (select concat_ws(':', c.id, c.version, c.status,
                   (extract(epoch from least(c.expires_at, c.remind_at)) * 1000)::bigint) as entry,
                 (row_number() over () - 1) / 110 as chunk
            from changed c join replaced r on r.id = c.id
           where r.version <> c.version) entries
   group by chunk;
  return null;
end $$;

-- The same as before, with the new table and columns.
create or replace function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_webhook_endpoints, approval_audit_detail';
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
    execute format('revoke all on function countersign_grant_roles(), erase_audit_personal(text, uuid, timestamptz) '
      'from %I', holder);
    continue when holder = 'anon';
    execute format('grant usage on schema %I to %I', current_schema(), holder);
    if holder = 'countersign_api' then
      execute 'grant select, insert, update on approval_requests, approval_notifications, people to countersign_api';
      execute 'grant select, insert on approval_decisions, approval_comments, approval_audit_log to countersign_api';
      execute 'grant select, insert, update, delete on approval_webhook_endpoints to countersign_api';
      execute 'grant select on countersign_migrations to countersign_api';
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
      execute format('grant execute on function countersign_claims(), countersign_claim(text), '
        'countersign_texts(jsonb, text), countersign_user(), countersign_roles(), countersign_scopes(), '
        'countersign_sees_everything(), countersign_is_orchestrator() to %I', holder);
    end if;
  end loop;
end $$;
select countersign_grant_roles();

commit;
