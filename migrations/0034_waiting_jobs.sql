-- A job's request that was deleted, an index for runs that wait for a handler, and columns that people may read.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (34, 'waiting_jobs');

alter table workflow_run_jobs add column deleted_request uuid;
comment on column workflow_run_jobs.deleted_request is 'The request that its handler has asked, if it was deleted.';

-- By the foreign key, when the request is deleted: the job must not ask again.
create function workflow_run_jobs_note_deleted() returns trigger language plpgsql as $$
begin
  if not exists (select from approval_requests where id = old.request_id) then
    new.deleted_request := old.request_id;
  end if;
  return new;
end $$;
create trigger workflow_run_jobs_note_deleted before update of request_id on workflow_run_jobs for each row
  when (old.request_id is not null and new.request_id is null) execute function workflow_run_jobs_note_deleted();

create index workflow_run_jobs_waits_for_handler on workflow_run_jobs (run_id) where waiting_for = 'HANDLER';

-- People see in SQL when and for what runs and jobs wait, as in the API. The rest of the function stays as it is.
do $$
declare
  old constant text := pg_get_functiondef('countersign_grant_roles()'::regprocedure);
  runs constant text := regexp_replace(old, '(ended_at)(\) ''\s*''on workflow_runs to)', '\1, timeout_at, priority\2');
  jobs constant text := regexp_replace(runs, '(ended_at)(\) on workflow_run_jobs to)',
                                       '\1, due_at, timeout_at, waiting_for\2');
begin
  if runs = old or jobs = runs then
    raise exception 'countersign_grant_roles() is not as this migration expects';
  end if;
  execute jobs;
end $$;
select countersign_grant_roles();

commit;
