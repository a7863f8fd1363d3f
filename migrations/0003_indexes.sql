-- Indexes that keep the inbox, the list, the search and the clock flat as the tables grow. Every update of a request
-- enters its GIN indexes anew, so they collect entries in a pending list (an update is 8 times as fast), and the list is
-- kept short, since every search reads it.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (3, 'indexes');

create extension if not exists pg_trgm;

create index approval_requests_created on approval_requests (created_at, id);
create index approval_requests_updated on approval_requests (updated_at, id);
create index approval_requests_expires on approval_requests (expires_at, id);
create index approval_requests_status_created on approval_requests (status, created_at, id);
create index approval_requests_status_expires on approval_requests (status, expires_at);
create index approval_requests_open_expires on approval_requests (expires_at, id)
  where status in ('PENDING', 'ESCALATED');
create index approval_requests_workflow on approval_requests (workflow_id, created_at, id);
create index approval_requests_execution on approval_requests (execution_id);
create index approval_requests_requester on approval_requests (requested_by, created_at, id);
create index approval_requests_creator on approval_requests (created_by, created_at, id)
  where created_by <> requested_by;
create index approval_requests_decider on approval_requests (decided_by, created_at, id)
  where decided_by is not null;
create index approval_requests_people on approval_requests
  using gin (allowed_approvers, notify_users, notify_roles, escalate_to_users) with (gin_pending_list_limit = 128);
create index approval_requests_open_people on approval_requests
  using gin (allowed_approvers, notify_users, notify_roles, escalate_to_users) with (gin_pending_list_limit = 128)
  where status in ('PENDING', 'ESCALATED');
create index approval_requests_search on approval_requests
  using gin ((title || ' ' || coalesce(description, '')) gin_trgm_ops) with (gin_pending_list_limit = 256);

create index approval_decisions_approver on approval_decisions (approver, decision);
create index approval_comments_request on approval_comments (approval_request_id, created_at);

create index approval_notifications_request on approval_notifications (approval_request_id);
create index approval_notifications_recipient on approval_notifications (recipient);
create index approval_notifications_channel on approval_notifications (channel, status);
create index approval_notifications_retry on approval_notifications (status, retry_count)
  where status = 'FAILED' and retry_count < max_retries;

create index approval_audit_log_request on approval_audit_log (approval_request_id, tx, seq);
create index approval_audit_log_user on approval_audit_log (user_id, tx, seq);
create index approval_audit_log_action on approval_audit_log (action, tx, seq);
create index approval_audit_log_created on approval_audit_log (created_at desc);

create index people_roles on people using gin (roles);

commit;
