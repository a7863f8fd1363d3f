-- What the database itself sees to: versions, final statuses, the append-only log, and the wake-up by NOTIFY.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (2, 'triggers');

create function countersign_touch() returns trigger language plpgsql as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;
create trigger approval_notifications_touch before update on approval_notifications
  for each row execute function countersign_touch();
create trigger people_touch before update on people
  for each row execute function countersign_touch();

-- A change made by hand names the new status at least; what follows from it is filled in.
create function approval_requests_before_update() returns trigger language plpgsql as $$
begin
  if old.status not in ('PENDING', 'ESCALATED') and (new.status, new.decision, new.decision_source, new.decided_by,
      new.decided_at, new.comment, new.approvers) is distinct from (old.status, old.decision, old.decision_source,
      old.decided_by, old.decided_at, old.comment, old.approvers) then
    raise exception 'approval request % is %, which is final', old.id, old.status
      using errcode = 'integrity_constraint_violation', constraint = 'approval_requests_final';
  end if;
  if new.status not in ('PENDING', 'ESCALATED') then
    new.decided_at := coalesce(new.decided_at, clock_timestamp());
    new.decision := coalesce(new.decision, case new.status when 'APPROVED' then 'APPROVE' when 'REJECTED' then 'REJECT' end);
    new.decision_source := coalesce(new.decision_source,
      case new.status when 'CANCELLED' then 'CANCELLATION' when 'TIMEOUT' then 'TIMEOUT' end);
  end if;
  new.id := old.id;
  new.created_at := old.created_at;
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end $$;
create trigger approval_requests_before_update before update on approval_requests
  for each row execute function approval_requests_before_update();

create function approval_audit_log_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and not exists (select from approval_requests where id = old.approval_request_id) then
    return old;
  end if;
  raise exception 'approval_audit_log is append-only: % refused', tg_op
    using errcode = 'integrity_constraint_violation', constraint = 'approval_audit_log_append_only';
end $$;
create trigger approval_audit_log_append_only before update or delete on approval_audit_log
  for each row execute function approval_audit_log_append_only();
create trigger approval_audit_log_no_truncate before truncate on approval_audit_log
  for each statement execute function approval_audit_log_append_only();

-- One payload of up to 110 entries `id:version:status:expires` (expires in ms since 1970), below NOTIFY's 8,000 bytes.
create function approval_requests_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('countersign', string_agg(entry, ','))
    from (select concat_ws(':', id, version, status, (extract(epoch from expires_at) * 1000)::bigint) as entry,
                 (row_number() over () - 1) / 110 as chunk
            from changed) entries
   group by chunk;
  return null;
end $$;
create trigger approval_requests_notify_insert after insert on approval_requests
  referencing new table as changed for each statement execute function approval_requests_notify();
create trigger approval_requests_notify_update after update on approval_requests
  referencing new table as changed for each statement execute function approval_requests_notify();

-- Comments and notifications are events without a new version; followers of the log are woken as well.
create function approval_audit_log_notify() returns trigger language plpgsql as $$
begin
  if exists (select from written) then
    perform pg_notify('countersign', 'log');
  end if;
  return null;
end $$;
create trigger approval_audit_log_notify after insert on approval_audit_log
  referencing new table as written for each statement execute function approval_audit_log_notify();

commit;
