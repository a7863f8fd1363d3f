-- The audit log as chains, one for each request: every row carries the SHA-256 of its content and of the row before it.
-- New rows are hashed by the program that writes them (src/approvals/audit-chain.ts gives the rule); those that are
-- there already are chained here.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (6, 'audit_chain');

alter table approval_audit_log
  add column chain_position integer,
  add column previous_hash bytea,
  add column hash bytea,
  add column personal_digest bytea,
  add column personal_salt uuid;
comment on column approval_audit_log.chain_position is 'From 1 within the request; null in a row that was not written by the API.';
comment on column approval_audit_log.hash is 'SHA-256 of the row''s content, previous_hash included, as RFC 8785 JSON.';
comment on column approval_audit_log.personal_digest is
  'SHA-256 of user_email, ip_address, user_agent and personal_salt; the hash covers this in their place.';
comment on column approval_audit_log.personal_salt is 'Random; goes with the personal fields when they are erased.';

alter table approval_requests
  add column audit_length integer not null default 0,
  add column audit_head bytea,
  add constraint approval_requests_audit_head_check check (audit_length >= 0 and (audit_length = 0) = (audit_head is null));
comment on column approval_requests.audit_length is 'Rows in the request''s chain of the audit log. Raises no version.';
comment on column approval_requests.audit_head is 'The hash of the last of them. Raises no version.';

-- An update that sets nothing but the chain's length and head is none to anyone who waits: it fires no row trigger.
drop trigger approval_requests_before_update on approval_requests;
create trigger approval_requests_before_update before update of id, version, workflow_id, job_id, execution_id,
  approval_type, title, description, context, metadata, config, results, status, requested_by, created_by,
  allow_self_approval, decided_by, decision, decision_source, comment, decided_at, timeout_ms, expires_at,
  timeout_action, notify_users, notify_channels, notify_roles, require_min_approvers, allowed_approvers, approvers,
  require_all_approvers, approvals_required, auto_approve_conditions, escalate_to_users, escalation_level,
  callback_url, remind_before_ms, input_digest, created_at, updated_at
  on approval_requests for each row execute function approval_requests_before_update();

-- A trigger with a transition table sees every update, so this one leaves out those without a new version.
create function approval_requests_notify_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('countersign', string_agg(entry, ','))
    from (select concat_ws(':', c.id, c.version, c.status, (extract(epoch from c.expires_at) * 1000)::bigint) as entry,
                 (row_number() over () - 1) / 110 as chunk
            from changed c join replaced r on r.id = c.id
           where r.version <> c.version) entries
   group by chunk;
  return null;
end $$;
drop trigger approval_requests_notify_update on approval_requests;
create trigger approval_requests_notify_update after update on approval_requests
  referencing old table as replaced new table as changed
  for each statement execute function approval_requests_notify_changed();

-- RFC 8785, for the rows that are there already.
set local extra_float_digits = 1;
create function countersign_canonical_json(value jsonb) returns text language plpgsql immutable as $$
declare
  exact numeric;
  number double precision;
begin
  case jsonb_typeof(value)
    when 'object' then
      -- Keys are ordered by UTF-16: characters beyond U+FFFF stand behind U+D7FF, before U+E000.
      return '{' || coalesce((select string_agg(to_jsonb(key)::text || ':' || countersign_canonical_json(item), ','
          order by regexp_replace(key, '([\U00010000-\U0010FFFF])', chr(55295) || '\1', 'g') collate "C")
        from jsonb_each(value) as member(key, item)), '') || '}';
    when 'array' then
      return '[' || coalesce((select string_agg(countersign_canonical_json(item), ',' order by place)
        from jsonb_array_elements(value) with ordinality as element(item, place)), '') || ']';
    when 'number' then
      exact := (value #>> '{}')::numeric;
      -- What no double holds cannot have come from the API.
      if abs(exact) not between 5e-324 and 1.7976931348623157e308 then return '0'; end if;
      number := exact::text::double precision;
      return case when abs(number) >= 1e-6 and abs(number) < 1e21 then trim_scale(number::text::numeric)::text
             else regexp_replace(number::text, 'e([+-])0*', 'e\1') end;
    else
      return value::text;
  end case;
end $$;

alter table approval_audit_log disable trigger approval_audit_log_append_only;
do $$
declare
  entry approval_audit_log;
  request uuid;
  place integer;
  previous bytea;
begin
  for entry in select * from approval_audit_log order by approval_request_id, tx, seq loop
    if entry.approval_request_id is distinct from request then
      request := entry.approval_request_id;
      place := 0;
      previous := null;
    end if;
    place := place + 1;
    entry.personal_salt := case when num_nonnulls(entry.user_email, entry.ip_address, entry.user_agent) > 0
      then gen_random_uuid() end;
    entry.personal_digest := case when entry.personal_salt is not null then sha256(convert_to(concat(
      '{"ipAddress":', coalesce(to_json(entry.ip_address)::text, 'null'),
      ',"salt":', to_json(entry.personal_salt::text),
      ',"userAgent":', coalesce(to_json(entry.user_agent)::text, 'null'),
      ',"userEmail":', coalesce(to_json(entry.user_email)::text, 'null'), '}'), 'UTF8')) end;
    entry.hash := sha256(convert_to(concat(
      '{"action":', to_json(entry.action),
      ',"comment":', coalesce(to_json(entry.comment)::text, 'null'),
      ',"createdAt":', to_json(to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
      ',"id":', to_json(entry.id::text),
      ',"metadata":', case entry.metadata when '{}' then '{}' else countersign_canonical_json(entry.metadata) end,
      ',"newStatus":', coalesce(to_json(entry.new_status)::text, 'null'),
      ',"oldStatus":', coalesce(to_json(entry.old_status)::text, 'null'),
      ',"personalDigest":', coalesce(to_json(encode(entry.personal_digest, 'hex'))::text, 'null'),
      ',"position":', place,
      ',"previousHash":', coalesce(to_json(encode(previous, 'hex'))::text, 'null'),
      ',"requestId":', to_json(entry.approval_request_id::text),
      ',"userId":', coalesce(to_json(entry.user_id)::text, 'null'), '}'), 'UTF8'));
    update approval_audit_log
       set chain_position = place, previous_hash = previous, hash = entry.hash,
           personal_digest = entry.personal_digest, personal_salt = entry.personal_salt
     where id = entry.id;
    previous := entry.hash;
  end loop;
end $$;
update approval_requests r
   set audit_length = chain.length, audit_head = chain.head
  from (select approval_request_id, count(*) as length, (array_agg(hash order by chain_position desc))[1] as head
          from approval_audit_log group by approval_request_id) chain
 where r.id = chain.approval_request_id;
alter table approval_audit_log enable trigger approval_audit_log_append_only;
drop function countersign_canonical_json(jsonb);

-- The one change that a row of the log takes: its personal fields go, with the salt that could prove a guess.
create or replace function approval_audit_log_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and not exists (select from approval_requests where id = old.approval_request_id) then
    return old;
  end if;
  if tg_op = 'UPDATE' and current_setting('countersign.erasing', true) = 'on' then
    if num_nonnulls(new.user_email, new.ip_address, new.user_agent, new.personal_salt) = 0
        and to_jsonb(new) - '{user_email,ip_address,user_agent,personal_salt}'::text[]
          = to_jsonb(old) - '{user_email,ip_address,user_agent,personal_salt}'::text[] then
      return new;
    end if;
  end if;
  raise exception 'approval_audit_log is append-only: % refused', tg_op
    using errcode = 'integrity_constraint_violation', constraint = 'approval_audit_log_append_only';
end $$;

-- Erases e-mail, IP address and user agent from the audit rows of one person, of one request, or from before an
-- instant; where several are given all must fit. The chains still hold. Returns how many rows were changed.
create function erase_audit_personal(p_user_id text default null, p_request_id uuid default null,
  p_before timestamptz default null) returns bigint language plpgsql as $$
declare
  erased bigint;
begin
  if num_nonnulls(p_user_id, p_request_id, p_before) = 0 then
    raise exception 'erase_audit_personal needs a user, a request or an instant'
      using errcode = 'invalid_parameter_value';
  end if;
  perform set_config('countersign.erasing', 'on', true);
  update approval_audit_log
     set user_email = null, ip_address = null, user_agent = null, personal_salt = null
   where num_nonnulls(user_email, ip_address, user_agent, personal_salt) > 0
     and (p_user_id is null or user_id = p_user_id)
     and (p_request_id is null or approval_request_id = p_request_id)
     and (p_before is null or created_at < p_before);
  get diagnostics erased = row_count;
  perform set_config('countersign.erasing', '', true);
  return erased;
end $$;
revoke execute on function erase_audit_personal(text, uuid, timestamptz) from public;

commit;
