-- Functions for people with psql, and for the statistics of the API.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (4, 'functions');

-- Whether the policy lets this user decide the request: the allowed approvers, or without any the notified people and
-- roles; once escalated the escalation users as well; never the requester or creator unless that was allowed.
create function approval_policy_names(request approval_requests, p_user_id text, p_roles text[]) returns boolean
language sql stable as $$
  select (case when cardinality(request.allowed_approvers) > 0
            then p_user_id = any (request.allowed_approvers)
            else p_user_id = any (request.notify_users) or request.notify_roles && p_roles
          end or (request.escalation_level > 0 and p_user_id = any (request.escalate_to_users)))
     and (request.allow_self_approval or p_user_id not in (request.requested_by, request.created_by))
$$;

-- Open requests that name the user, soonest to expire first; without p_roles the directory's roles apply.
create function get_user_pending_approvals(p_user_id text, p_roles text[] default null)
returns table (id uuid, workflow_id text, job_id text, title text, description text, requested_by text,
  created_at timestamptz, expires_at timestamptz, status text, can_approve boolean)
language sql stable as $$
  with caller as (
    select coalesce(p_roles, (select people.roles from people where people.id = p_user_id), '{}') as roles
  )
  select r.id, r.workflow_id, r.job_id, r.title, r.description, r.requested_by, r.created_at, r.expires_at, r.status,
         approval_policy_names(r, p_user_id, caller.roles) and not p_user_id = any (r.approvers)
    from approval_requests r, caller
   where r.status in ('PENDING', 'ESCALATED')
     and r.expires_at > clock_timestamp()
     and (r.notify_users @> array[p_user_id]
       or r.allowed_approvers @> array[p_user_id]
       or r.notify_roles && caller.roles
       or (r.escalation_level > 0 and r.escalate_to_users @> array[p_user_id]))
   order by r.expires_at, r.id
$$;

-- Whether the request's time is over: true past expires_at, null for an unknown id.
create function check_approval_timeout(request_id uuid) returns boolean
language sql stable as $$
  select clock_timestamp() >= expires_at from approval_requests where id = request_id
$$;

-- Figures on the requests created in [start_date, end_date); null leaves a side open. p_requester limits them to what
-- one person asked for. Decision times are of people's decisions, in milliseconds.
create function get_approval_statistics(start_date timestamptz default null, end_date timestamptz default null,
  p_requester text default null)
returns table (total bigint, pending bigint, approved bigint, rejected bigint, timed_out bigint, escalated bigint,
  cancelled bigint, auto_approved bigint, average_decision_time_ms double precision,
  median_decision_time_ms double precision, p95_decision_time_ms double precision, average_timeout_ms double precision)
language sql stable as $$
  with counted as (
    select status, decision_source, timeout_ms,
           case when decision_source = 'APPROVER' then extract(epoch from decided_at - created_at)::double precision * 1000 end
             as decision_time_ms
      from approval_requests
     where (start_date is null or created_at >= start_date)
       and (end_date is null or created_at < end_date)
       and (p_requester is null or requested_by = p_requester)
  )
  select count(*),
         count(*) filter (where status = 'PENDING'),
         count(*) filter (where status = 'APPROVED'),
         count(*) filter (where status = 'REJECTED'),
         count(*) filter (where status = 'TIMEOUT'),
         count(*) filter (where status = 'ESCALATED'),
         count(*) filter (where status = 'CANCELLED'),
         count(*) filter (where decision_source = 'AUTO'),
         avg(decision_time_ms),
         percentile_cont(0.5) within group (order by decision_time_ms),
         percentile_cont(0.95) within group (order by decision_time_ms),
         avg(timeout_ms)::double precision
    from counted
$$;

commit;
