-- Tables of the approval gate. Runs with `npm run migrate` and with `psql -f`; each migration is one transaction,
-- takes the same lock as the others and records itself, so that a second run changes nothing.
begin;
select pg_advisory_xact_lock(7232311478);

create table if not exists countersign_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default clock_timestamp()
);
insert into countersign_migrations (version, name) values (1, 'tables');

create table approval_requests (
  id uuid primary key default gen_random_uuid(),
  version integer not null default 1 constraint approval_requests_version_check check (version >= 1),
  workflow_id text not null,
  job_id text not null,
  execution_id text not null,
  approval_type text not null default 'MANUAL'
    constraint approval_requests_approval_type_check check (approval_type in ('MANUAL', 'AUTO', 'CONDITIONAL')),
  title text not null constraint approval_requests_title_check check (char_length(title) between 1 and 300),
  description text,
  context jsonb not null default '{}'
    constraint approval_requests_context_check check (jsonb_typeof(context) = 'object'),
  metadata jsonb not null default '{}'
    constraint approval_requests_metadata_check check (jsonb_typeof(metadata) = 'object'),
  config jsonb not null default '{}'
    constraint approval_requests_config_check check (jsonb_typeof(config) = 'object'),
  results jsonb not null default '{}'
    constraint approval_requests_results_check check (jsonb_typeof(results) = 'object'),
  status text not null default 'PENDING' constraint approval_requests_status_check
    check (status in ('PENDING', 'APPROVED', 'REJECTED', 'TIMEOUT', 'ESCALATED', 'CANCELLED')),
  requested_by text not null,
  created_by text not null,
  allow_self_approval boolean not null default false,
  decided_by text,
  decision text constraint approval_requests_decision_check check (decision in ('APPROVE', 'REJECT')),
  decision_source text constraint approval_requests_decision_source_check
    check (decision_source in ('APPROVER', 'AUTO', 'TIMEOUT', 'CANCELLATION')),
  comment text,
  decided_at timestamptz(3),
  timeout_ms bigint not null
    constraint approval_requests_timeout_ms_check check (timeout_ms between 1 and 315576000000),
  expires_at timestamptz(3) not null,
  timeout_action text not null default 'REJECT' constraint approval_requests_timeout_action_check
    check (timeout_action in ('APPROVE', 'REJECT', 'ESCALATE')),
  notify_users text[] not null default '{}',
  notify_channels text[] not null default '{IN_APP}' constraint approval_requests_notify_channels_check
    check (notify_channels <@ '{SLACK,EMAIL,WEBHOOK,IN_APP}'),
  notify_roles text[] not null default '{}',
  require_min_approvers integer not null default 1
    constraint approval_requests_require_min_approvers_check check (require_min_approvers >= 1),
  allowed_approvers text[] not null default '{}',
  approvers text[] not null default '{}',
  require_all_approvers boolean not null default false,
  approvals_required integer not null default 1
    constraint approval_requests_approvals_required_check check (approvals_required >= 1),
  auto_approve_conditions jsonb not null default '[]'
    constraint approval_requests_auto_approve_conditions_check check (jsonb_typeof(auto_approve_conditions) = 'array'),
  escalate_to_users text[] not null default '{}',
  escalation_level integer not null default 0
    constraint approval_requests_escalation_level_check check (escalation_level >= 0),
  callback_url text,
  remind_before_ms bigint constraint approval_requests_remind_before_ms_check check (remind_before_ms >= 1),
  input_digest text,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  constraint approval_requests_execution_key unique (workflow_id, job_id, execution_id),
  constraint approval_requests_outcome_check check (
    case when status in ('PENDING', 'ESCALATED')
      then decision is null and decision_source is null and decided_at is null and decided_by is null
      else decision_source is not null and decided_at is not null
    end),
  constraint approval_requests_decision_matches_status_check check (
    decision is not distinct from case status when 'APPROVED' then 'APPROVE' when 'REJECTED' then 'REJECT' end),
  constraint approval_requests_source_matches_status_check check (
    decision_source is null or decision_source = any (case status
      when 'APPROVED' then '{APPROVER,AUTO,TIMEOUT}'::text[]
      when 'REJECTED' then '{APPROVER}'
      when 'TIMEOUT' then '{TIMEOUT}'
      when 'CANCELLED' then '{CANCELLATION}'
    end)),
  constraint approval_requests_quorum_check check (
    status <> 'APPROVED' or decision_source <> 'APPROVER' or cardinality(approvers) >= approvals_required),
  constraint approval_requests_escalated_check check (status <> 'ESCALATED' or escalation_level >= 1)
);
comment on table approval_requests is 'One row for each approval request: what is asked, the policy, and the outcome.';
comment on column approval_requests.version is 'Grows by one with every UPDATE (by trigger); waiters remember only this.';
comment on column approval_requests.config is 'Configuration of the job that asks; only conditions look at it.';
comment on column approval_requests.results is 'Results of the jobs before this one; only conditions look at them.';
comment on column approval_requests.created_by is 'The user whose token created the request; requested_by may name another.';
comment on column approval_requests.approvers is 'Users who have approved, in order.';
comment on column approval_requests.approvals_required is 'Fixed at creation from the policy.';
comment on column approval_requests.input_digest is 'SHA-256 of the input as first received; tells a repeat from a conflict.';

create table approval_decisions (
  approval_request_id uuid not null references approval_requests (id) on delete cascade,
  approver text not null,
  decision text not null constraint approval_decisions_decision_check check (decision in ('APPROVE', 'REJECT')),
  comment text,
  reason text,
  decided_at timestamptz(3) not null default clock_timestamp(),
  constraint approval_decisions_pkey primary key (approval_request_id, approver)
);
comment on table approval_decisions is 'One row for each approver who decided a request, with the approver''s own comment.';

create table approval_comments (
  id uuid primary key default gen_random_uuid(),
  approval_request_id uuid not null references approval_requests (id) on delete cascade,
  author text not null,
  body text not null constraint approval_comments_body_check check (body <> ''),
  created_at timestamptz(3) not null default clock_timestamp()
);
comment on table approval_comments is 'The conversation about a request.';

create table approval_notifications (
  id uuid primary key default gen_random_uuid(),
  approval_request_id uuid not null references approval_requests (id) on delete cascade,
  channel text not null constraint approval_notifications_channel_check
    check (channel in ('SLACK', 'EMAIL', 'WEBHOOK', 'IN_APP')),
  recipient text not null,
  status text not null default 'PENDING' constraint approval_notifications_status_check
    check (status in ('PENDING', 'SENT', 'FAILED', 'READ')),
  sent_at timestamptz(3),
  read_at timestamptz(3),
  failed_at timestamptz(3),
  retry_count integer not null default 0 constraint approval_notifications_retry_count_check check (retry_count >= 0),
  max_retries integer not null default 5 constraint approval_notifications_max_retries_check check (max_retries >= 0),
  error_message text,
  subject text,
  body text,
  metadata jsonb not null default '{}',
  external_id text,
  external_url text,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
comment on table approval_notifications is 'The outbox: one row for each message to one recipient on one channel.';

create table approval_audit_log (
  tx xid8 not null default pg_current_xact_id(),
  seq bigint generated always as identity,
  id uuid primary key default gen_random_uuid(),
  approval_request_id uuid not null references approval_requests (id) on delete cascade,
  action text not null constraint approval_audit_log_action_check check (action in (
    'CREATED', 'APPROVED', 'REJECTED', 'TIMEOUT', 'ESCALATED', 'CANCELLED', 'COMMENTED', 'NOTIFIED', 'EXTENDED',
    'CONDITIONS_UPDATED')),
  user_id text,
  user_email text,
  ip_address text,
  user_agent text,
  old_status text constraint approval_audit_log_old_status_check
    check (old_status in ('PENDING', 'APPROVED', 'REJECTED', 'TIMEOUT', 'ESCALATED', 'CANCELLED')),
  new_status text constraint approval_audit_log_new_status_check
    check (new_status in ('PENDING', 'APPROVED', 'REJECTED', 'TIMEOUT', 'ESCALATED', 'CANCELLED')),
  comment text,
  metadata jsonb not null default '{}',
  created_at timestamptz(3) not null default clock_timestamp(),
  constraint approval_audit_log_position_key unique (tx, seq)
);
comment on table approval_audit_log is 'What every command did. Append-only: rows go only with their request.';
comment on column approval_audit_log.tx is
  'The writing transaction, or the request''s latest event''s where that is higher: (tx, seq) orders the log so that it '
  'can be followed without a gap and keeps the versions of each request ascending.';

create table people (
  id text primary key,
  email text,
  roles text[] not null default '{}',
  locale text,
  zone text,
  seen_at timestamptz(3),
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
comment on table people is 'People known from their tokens and from PEOPLE_FILE; addresses messages, never grants rights.';

commit;
