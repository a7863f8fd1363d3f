-- The wall for everyone who reaches the database without the API: row level security, driven by the claims of a token
-- that somebody else has verified. The owner of the tables passes, the API as `countersign_api` by policy; people, as
-- `countersign_person` or as PostgREST's `authenticated`, read what the API would show them, and write nothing.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (7, 'row_level_security');

-- Null where there are none, or none that can be read: whoever is nobody sees nothing, and no error tells why.
create function countersign_claims() returns jsonb
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
begin
  return nullif(current_setting('request.jwt.claims', true), '')::jsonb;
exception when others then
  return null;
end $$;

-- The claim at a dotted path; a claim that has the whole path as its name wins.
create function countersign_claim(path text) returns jsonb language sql stable parallel restricted
return (select case when claims ? path then claims -> path else claims #> string_to_array(path, '.') end
          from countersign_claims() claims
         where jsonb_typeof(claims) = 'object');

-- A list of texts, or one text with the given separators; whatever has another form grants nothing.
create function countersign_texts(claim jsonb, separators text) returns text[] language sql immutable parallel safe
return case jsonb_typeof(claim)
  when 'string' then array(select item from regexp_split_to_table(claim #>> '{}', separators) item where item <> '')
  when 'array' then array(select item #>> '{}' from jsonb_array_elements(claim) item
                           where jsonb_typeof(item) = 'string' and item #>> '{}' <> '')
  else '{}' end;

-- Who is asking. These three are the operator's to replace (create or replace): with AUTH_USER_CLAIM or AUTH_ROLES_CLAIM
-- the paths are those; where people log in to the database themselves, who could set any claims, the user is session_user.
create function countersign_user() returns text language sql stable parallel restricted
return (select nullif(claim #>> '{}', '') from countersign_claim('sub') claim where jsonb_typeof(claim) = 'string');
create function countersign_roles() returns text[] language sql stable parallel restricted
return countersign_texts(countersign_claim('roles'), '[\s,]+');
create function countersign_scopes() returns text[] language sql stable parallel restricted
return countersign_texts(countersign_claim('scope'), '\s+');

create function countersign_sees_everything() returns boolean language sql stable parallel restricted
return countersign_user() is not null and countersign_scopes() && '{approvals:read,approvals:admin}';
create function countersign_is_orchestrator() returns boolean language sql stable parallel restricted
return countersign_scopes() && '{approvals:request,approvals:admin}';

-- Not forced: the owner migrates, repairs with psql and checks foreign keys.
alter table approval_requests enable row level security;
alter table approval_decisions enable row level security;
alter table approval_comments enable row level security;
alter table approval_notifications enable row level security;
alter table approval_audit_log enable row level security;
alter table people enable row level security;
alter table countersign_migrations enable row level security;

-- The policies are the owner's, who needs none, until countersign_grant_roles() gives them to the roles that exist.
-- What mayRead says (src/approvals/policy.ts). Each subquery is evaluated once for a query, not once for a row.
create policy person on approval_requests for select to current_user using (
  (select countersign_sees_everything())
  or requested_by = (select countersign_user())
  or created_by = (select countersign_user()) and (select countersign_is_orchestrator())
  or allowed_approvers @> array[(select countersign_user())]
  or notify_users @> array[(select countersign_user())]
  or notify_roles && (select countersign_roles()) and (select countersign_user()) is not null
  or escalation_level > 0 and escalate_to_users @> array[(select countersign_user())]);
-- Whatever is about a request is seen with it: the policy above holds inside these.
create policy person on approval_decisions for select to current_user using (
  exists (select from approval_requests r where r.id = approval_request_id));
create policy person on approval_comments for select to current_user using (
  exists (select from approval_requests r where r.id = approval_request_id));
create policy person on approval_audit_log for select to current_user using (
  exists (select from approval_requests r where r.id = approval_request_id));
create policy person on approval_notifications for select to current_user using (
  (select countersign_sees_everything())
  or recipient = (select countersign_user())
     and exists (select from approval_requests r where r.id = approval_request_id));
create policy person on people for select to current_user using (
  (select countersign_sees_everything()) or id = (select countersign_user()));

-- The API reads across viewers and asks its own function who may see what. A policy that is true costs no index.
create policy api on approval_requests to current_user using (true);
create policy api on approval_decisions to current_user using (true);
create policy api on approval_comments to current_user using (true);
create policy api on approval_notifications to current_user using (true);
create policy api on approval_audit_log to current_user using (true);
create policy api on people to current_user using (true);
create policy api on countersign_migrations for select to current_user using (true);

-- The audit detail, for those who see everything. With the owner's rights, since people have none on these columns.
create view approval_audit_detail with (security_barrier) as
  select id, approval_request_id, ip_address, user_agent
    from approval_audit_log
   where (select countersign_sees_everything());
comment on view approval_audit_detail is 'From where and with what an audit row came about; empty but for those who see everything.';

-- Gives policies and privileges to those of the roles that exist, and takes away what default privileges gave them. To
-- be run again when one was made later.
create function countersign_grant_roles() returns void language plpgsql as $$
declare
  covered constant text := 'approval_requests, approval_decisions, approval_comments, approval_notifications, '
    'approval_audit_log, people, countersign_migrations, approval_audit_detail';
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
      execute format('grant select (id, approval_request_id, channel, recipient, status, sent_at, read_at, subject, '
        'body, created_at) on approval_notifications to %I', holder);
      execute format('grant select on approval_decisions, approval_comments, people, approval_audit_detail to %I', holder);
      execute format('grant execute on function countersign_claims(), countersign_claim(text), '
        'countersign_texts(jsonb, text), countersign_user(), countersign_roles(), countersign_scopes(), '
        'countersign_sees_everything(), countersign_is_orchestrator() to %I', holder);
    end if;
  end loop;
end $$;
revoke execute on function countersign_grant_roles() from public;

-- Roles belong to the whole server: another database's migration may make the same ones at the same moment, and this
-- user may not be allowed to. Without them only the owner passes, and the API works as the owner.
do $$
declare
  role_name text;
begin
  foreach role_name in array '{countersign_person,countersign_api}'::text[] loop
    begin
      if not exists (select from pg_roles where rolname = role_name) then
        execute format('create role %I nologin', role_name);
      end if;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise warning 'the role % is missing and % may not create it', role_name, current_user
          using hint = format('Let a superuser run "create role %I%s", then "select countersign_grant_roles()" as %I.',
            role_name, case role_name when 'countersign_api' then '; grant countersign_api to ' || current_user end,
            current_user);
    end;
  end loop;
  -- So that the API, given the owner's address, can work as its role.
  if exists (select from pg_roles where rolname = 'countersign_api')
      and not (select rolsuper from pg_roles where rolname = current_user) then
    begin
      execute format('grant countersign_api to %I%s', current_user,
        case when current_setting('server_version_num')::integer >= 160000 then ' with inherit false' end);
    exception
      -- The last two: another database's migration grants it at the same moment.
      when insufficient_privilege then
        raise warning '% may not take the role countersign_api', current_user
          using hint = format('Let a superuser run "grant countersign_api to %I".', current_user);
      when unique_violation or internal_error then null;
    end;
  end if;
end $$;
select countersign_grant_roles();

commit;
