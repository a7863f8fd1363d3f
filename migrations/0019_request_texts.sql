-- The searched text in a table of its own, where a change of a request's status does not touch its index, and in a form
-- in which letters are equal that people take for the same.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (19, 'request_texts');

-- ASCII first: in a Turkish database the lower case of I is a letter without a dot. Both letters without a dot, and the
-- dot that the lower case of İ keeps elsewhere, become a plain i.
create function countersign_search_text(given text) returns text language sql immutable parallel safe
return translate(replace(lower(lower(normalize(given, nfkc) collate "C") collate "default"), U&'i\0307', 'i'), U&'\0131', 'i');
comment on function countersign_search_text(text) is
  'A text as the search compares it: without regard to case, normal form or width of letters.';

create function countersign_search_pattern(wanted text) returns text language sql immutable parallel safe
return '%' || regexp_replace(countersign_search_text(wanted), '([\\%_])', '\\\1', 'g') || '%';
comment on function countersign_search_pattern(text) is 'What a searched text must be LIKE.';

create table approval_request_texts (
  request_id uuid primary key references approval_requests (id) on delete cascade,
  text text not null
);
comment on table approval_request_texts is 'Title and description of each request as the search compares them.';
insert into approval_request_texts (request_id, text)
  select id, countersign_search_text(title || ' ' || coalesce(description, '')) from approval_requests;
create index approval_request_texts_search on approval_request_texts using gin (text gin_trgm_ops)
  with (gin_pending_list_limit = 256);
drop index approval_requests_search;
analyze approval_request_texts;

-- Title and description never change, so that an insert is all there is.
create function approval_requests_write_texts() returns trigger language plpgsql as $$
begin
  insert into approval_request_texts (request_id, text)
    select id, countersign_search_text(title || ' ' || coalesce(description, '')) from created;
  return null;
end $$;
create trigger approval_requests_write_texts after insert on approval_requests
  referencing new table as created for each statement execute function approval_requests_write_texts();

alter table approval_request_texts enable row level security;
create policy api on approval_request_texts to current_user using (true);
-- A later migration that redefines countersign_grant_roles gives the API its rights on the table.

commit;
