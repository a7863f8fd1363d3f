-- What a list needs to know of a request's content without reading it: how long it is, and its digest. Both are written
-- with the request; of older requests they are null, and are worked out whenever they are needed.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (14, 'request_sizes');

alter table approval_requests
  add column content_bytes integer
    constraint approval_requests_content_bytes_check check (content_bytes >= 0),
  add column context_digest text
    constraint approval_requests_context_digest_check check (context_digest ~ '^[0-9a-f]{64}$');
comment on column approval_requests.content_bytes is 'Bytes of description, context and metadata as JSON; null: from before this column.';
comment on column approval_requests.context_digest is 'The digest of title, description, context and metadata that the API shows; null: from before this column.';

commit;
