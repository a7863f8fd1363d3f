-- One person may have several names: an id in other letters, or an address that the directory knows. Keys without regard
-- to case say which names are equal. The program writes them (personKey in src/approvals/same-person.ts); the function
-- below comes close and stands in where a row has none. And a newer token without the roles claim takes roles away.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (12, 'one_person');

-- ASCII letters first by "C", so that no locale makes another letter of an I.
create function countersign_person_key(name text) returns text language sql immutable parallel safe
return lower(lower(normalize(name, nfc) collate "C") collate "default");

alter table people
  add column id_key text,
  add column email_key text,
  add column roles_absent_at timestamptz(3);
update people set id_key = countersign_person_key(id), email_key = countersign_person_key(email);
alter table people alter column id_key set not null;
comment on column people.id_key is 'The id without regard to case: NFC, then toLowerCase of JavaScript.';
comment on column people.email_key is 'The address without regard to case, like id_key.';
comment on column people.roles_absent_at is
  'When the newest token without the roles claim was issued. Roles that an older token stated are gone.';
create index people_id_key on people (id_key);
create index people_email_key on people (email_key) where email_key is not null;
drop index people_email;

-- Rows that are written with psql get keys too.
create function people_keys() returns trigger language plpgsql as $$
begin
  new.id_key := coalesce(new.id_key, countersign_person_key(new.id));
  if tg_op = 'INSERT' then
    new.email_key := coalesce(new.email_key, countersign_person_key(new.email));
  elsif new.email is distinct from old.email and new.email_key is not distinct from old.email_key then
    new.email_key := countersign_person_key(new.email);
  end if;
  return new;
end $$;
create trigger people_keys before insert or update of email on people for each row execute function people_keys();

-- Null in a row from before, or written with psql.
alter table approval_requests
  add column requested_by_key text,
  add column created_by_key text;
comment on column approval_requests.requested_by_key is 'requested_by without regard to case, like people.id_key.';
comment on column approval_requests.created_by_key is 'created_by without regard to case, like people.id_key.';
alter table approval_decisions
  add column approver_key text,
  add column roles text[];
comment on column approval_decisions.approver_key is 'The approver without regard to case, like people.id_key.';
comment on column approval_decisions.roles is
  'The approver''s roles at the vote; they count for a person whom the directory does not know.';

-- Every key of the people with these keys: names that are connected through rows of the directory are one person.
create function countersign_person_keys(keys text[]) returns text[] language sql stable parallel safe as $$
  with recursive connected(key) as (
    select unnest(keys)
    union
    select other.key
      from connected c
     cross join lateral (
       select p.id_key, p.email_key from people p where p.id_key = c.key
       union all
       select p.id_key, p.email_key from people p where p.email_key = c.key) p
     cross join lateral (values (p.id_key), (p.email_key)) other(key)
     where other.key is not null)
  select array_agg(key) from connected
$$;

-- Whether the policy lets this user decide: the names give the right, byte for byte; the requester and the creator are
-- excluded under every key of theirs.
create function approval_policy_names(request approval_requests, p_user_id text, p_roles text[], p_keys text[])
returns boolean language sql stable as $$
  select (case when cardinality(request.allowed_approvers) > 0
            then p_user_id = any (request.allowed_approvers)
            else p_user_id = any (request.notify_users) or request.notify_roles && p_roles
          end or (request.escalation_level > 0 and p_user_id = any (request.escalate_to_users)))
     and (request.allow_self_approval
       or not array[coalesce(request.requested_by_key, countersign_person_key(request.requested_by)),
                    coalesce(request.created_by_key, countersign_person_key(request.created_by))] && p_keys)
$$;

-- Every key of the user with this id.
create function countersign_keys_of(p_user_id text) returns text[] language sql stable as $$
  select countersign_person_keys(array[coalesce((select p.id_key from people p where p.id = p_user_id),
                                                countersign_person_key(p_user_id))])
$$;

create or replace function approval_policy_names(request approval_requests, p_user_id text, p_roles text[])
returns boolean language sql stable as $$
  select approval_policy_names(request, p_user_id, p_roles, countersign_keys_of(p_user_id))
$$;

-- Whether one of the approvers who are counted has one of these keys.
create function approval_counts_one_of(request approval_requests, p_keys text[]) returns boolean
language sql stable as $$
  select cardinality(request.approvers) > 0
     and exists (select from approval_decisions d
                  where d.approval_request_id = request.id and d.approver = any (request.approvers)
                    and coalesce(d.approver_key, countersign_person_key(d.approver)) = any (p_keys))
$$;

create or replace function get_user_pending_approvals(p_user_id text, p_roles text[] default null)
returns table (id uuid, workflow_id text, job_id text, title text, description text, requested_by text,
  created_at timestamptz, expires_at timestamptz, status text, can_approve boolean)
language sql stable as $$
  with caller as (
    select coalesce(p_roles, (select people.roles from people where people.id = p_user_id), '{}') as roles,
           countersign_keys_of(p_user_id) as keys
  )
  select r.id, r.workflow_id, r.job_id, r.title, r.description, r.requested_by, r.created_at, r.expires_at, r.status,
         approval_policy_names(r, p_user_id, caller.roles, caller.keys) and not p_user_id = any (r.approvers)
           and not approval_counts_one_of(r, caller.keys)
    from approval_requests r, caller
   where r.status in ('PENDING', 'ESCALATED')
     and r.expires_at > clock_timestamp()
     and (r.notify_users @> array[p_user_id]
       or r.allowed_approvers @> array[p_user_id]
       or r.notify_roles && caller.roles
       or (r.escalation_level > 0 and r.escalate_to_users @> array[p_user_id]))
   order by r.expires_at, r.id
$$;

commit;
