-- The workers of the outbox take turns between the people who cause messages, and what a person may cause is limited by
-- how many addresses outside the app it notifies.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (16, 'askers');

-- A dash where nobody caused it, or where a process of an earlier version wrote the row.
alter table approval_notifications add column asker text not null default '-'
  constraint approval_notifications_asker_check check (asker <> '');
comment on column approval_notifications.asker is
  'Whose request or comment caused the message. Workers take turns between askers.';
update approval_notifications n set asker = r.created_by
  from approval_requests r
 where r.id = n.approval_request_id and n.next_attempt_at is not null and r.created_by <> '';
create index approval_notifications_asker on approval_notifications (channel, asker, next_attempt_at)
  where next_attempt_at is not null;

alter table approval_requests add column outside_recipients integer not null default 0;
comment on column approval_requests.outside_recipients is
  'How many people it notifies outside the app, as far as this counts for its creator.';
create index approval_requests_outside on approval_requests (created_by, created_at) include (outside_recipients)
  where outside_recipients > 0;
-- What somebody's comments have notified is counted by their messages.
create index approval_notifications_commented on approval_notifications (asker, created_at)
  where kind = 'COMMENTED' and channel <> 'IN_APP';

commit;
