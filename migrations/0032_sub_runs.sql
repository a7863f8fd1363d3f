-- Runs that a job of another run has started, and the items of jobs that run once for each entry of a list.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (32, 'sub_runs');

alter table workflow_runs add column parent_run_id uuid,
                          add column parent_job_id text,
                          add constraint workflow_runs_parent_fkey foreign key (parent_run_id, parent_job_id)
                            references workflow_run_jobs (run_id, job_id) on delete set null;
comment on column workflow_runs.parent_run_id is 'The run whose job has started this one; null for a run that was started otherwise.';
comment on column workflow_runs.parent_job_id is 'The job of that run.';
create index workflow_runs_parent on workflow_runs (parent_run_id, parent_job_id) where parent_run_id is not null;

alter table workflow_run_jobs add column item_count integer
                                constraint workflow_run_jobs_item_count_check check (item_count between 0 and 1000),
                              add column item_of text,
                              add column item_index integer
                                constraint workflow_run_jobs_item_index_check check (item_index between 0 and 999),
                              add column item jsonb,
                              add constraint workflow_run_jobs_item_check
                                check ((item_of is null) = (item_index is null) and (item_of is null or item_count is null)),
                              add constraint workflow_run_jobs_item_fkey foreign key (run_id, item_of)
                                references workflow_run_jobs (run_id, job_id) on delete cascade;
comment on column workflow_run_jobs.item_count is 'How many items a job with forEach has, once they are stored; null for any other job.';
comment on column workflow_run_jobs.item_of is 'The job with forEach that this row is an item of; null for a job of the document.';
comment on column workflow_run_jobs.item_index is 'The place of the item in its list, from 0.';
comment on column workflow_run_jobs.item is 'The entry of the list that the item is called with.';
create unique index workflow_run_jobs_item on workflow_run_jobs (run_id, item_of, item_index) where item_of is not null;

commit;
