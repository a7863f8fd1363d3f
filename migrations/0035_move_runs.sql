-- A running run is moved to another version of its document: it continues as its next generation.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (35, 'move_runs');

create table workflow_run_moves (
  run_id uuid not null constraint workflow_run_moves_run_fkey references workflow_runs on delete cascade,
  generation integer not null constraint workflow_run_moves_generation_check check (generation >= 2),
  moved_by text,
  moved_at timestamptz(3) not null default clock_timestamp(),
  from_version integer,
  to_version integer,
  from_definition jsonb not null
    constraint workflow_run_moves_from_definition_check check (jsonb_typeof(from_definition) = 'object'),
  added text[] not null,
  removed text[] not null,
  changed text[] not null,
  primary key (run_id, generation)
);
comment on table workflow_run_moves is 'Each move of a run to another version of its document.';
comment on column workflow_run_moves.generation is 'The generation of the run that the move began.';
comment on column workflow_run_moves.moved_by is 'The person or program that moved the run, where it was named.';
comment on column workflow_run_moves.from_version is 'The registered version that the run had before; null for a document that is not registered.';
comment on column workflow_run_moves.from_definition is 'The document that the run had before.';

create function workflow_run_moves_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'moves of runs are append-only'
    using errcode = 'integrity_constraint_violation', constraint = 'workflow_run_moves_append_only';
end $$;
revoke all on function workflow_run_moves_append_only() from public;
create trigger workflow_run_moves_append_only before update on workflow_run_moves
  for each row execute function workflow_run_moves_append_only();

alter table workflow_run_moves enable row level security;
create policy api on workflow_run_moves to current_user using (true);

-- The same as before, except that a running run gets its next generation together with another document.
create or replace function workflow_runs_before_update() returns trigger language plpgsql as $$
begin
  if old.status <> 'RUNNING' and new.status <> old.status
      and not (new.status = 'RUNNING' and new.generation = old.generation + 1) then
    raise exception 'workflow run % is %, which is final', old.id, old.status
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_runs_final';
  end if;
  if new.generation <> old.generation
      and (new.status <> 'RUNNING'
           or old.status = 'RUNNING' and (new.definition, new.workflow_version)
              is not distinct from (old.definition, old.workflow_version)) then
    raise exception 'the generation of workflow run % changes only when a job of it is retried or it is moved', old.id
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_runs_final';
  end if;
  if new.definition is distinct from old.definition and new.generation = old.generation then
    raise exception 'the document of workflow run % changes only when it is moved', old.id
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_runs_final';
  end if;
  if new.status <> 'RUNNING' then
    new.ended_at := coalesce(new.ended_at, clock_timestamp());
  end if;
  new.id := old.id;
  new.created_at := old.created_at;
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- Moves a run to another document; src/orchestrator/move-plan.ts says which jobs may change. The notification
-- `start:ID:ORCHESTRATOR` has a process go on with it. Who starts runs may not write jobs; hence the rights of the owner.
-- `of_version` is the version of the run that the caller has seen: no job has begun or ended since. Jobs that change are
-- replaced, so that a process that begins one at this moment finds its row gone. Returns whether this call moved the run.
create function countersign_move_run(of_run uuid, of_version integer, to_definition jsonb, to_workflow_version integer,
  job_ids_added text[], job_ids_removed text[], job_ids_changed text[], by_user text) returns boolean
language plpgsql security definer as $$
declare
  run record;
begin
  -- Jobs before their run, in the order in which what runs them takes these locks.
  perform from workflow_run_jobs j where j.run_id = of_run order by j.job_id for update;
  select r.* into run from workflow_runs r where r.id = of_run for update;
  if not found or run.status <> 'RUNNING' or run.cancel_requested_at is not null or run.version <> of_version then
    return false;
  end if;
  if exists (select from workflow_run_jobs j
              where j.run_id = of_run and j.job_id = any (job_ids_removed || job_ids_changed)
                and (j.status <> 'PENDING' or j.attempts > 0 or j.request_id is not null)) then
    raise exception 'a job of workflow run % that has begun cannot be changed', of_run
      using errcode = 'integrity_constraint_violation', constraint = 'workflow_run_moves_begun';
  end if;
  insert into workflow_run_moves (run_id, generation, moved_by, from_version, to_version, from_definition,
                                  added, removed, changed)
  values (of_run, run.generation + 1, by_user, run.workflow_version, to_workflow_version, run.definition,
          job_ids_added, job_ids_removed, job_ids_changed);
  delete from workflow_run_jobs j
   where j.run_id = of_run and j.job_id = any (job_ids_removed || job_ids_changed);
  update workflow_runs
     set definition = to_definition, workflow_version = to_workflow_version, generation = run.generation + 1,
         timeout_at = case when to_definition -> 'timeoutMs' is not distinct from run.definition -> 'timeoutMs'
                           then workflow_runs.timeout_at
                           when run.timeout_at is null or to_definition ->> 'timeoutMs' is null
                           then clock_timestamp() + (to_definition ->> 'timeoutMs')::float8 * interval '1 millisecond'
                           else run.timeout_at + ((to_definition ->> 'timeoutMs')::float8
                                  - (run.definition ->> 'timeoutMs')::float8) * interval '1 millisecond' end
   where id = of_run;
  update workflow_run_jobs j set position = n.place
    from (select d.job ->> 'id' as id, d.place - 1 as place
            from jsonb_array_elements(to_definition -> 'jobs') with ordinality d (job, place)) n
   where j.run_id = of_run and j.job_id = n.id and j.position <> n.place;
  insert into workflow_run_jobs (run_id, job_id, position, type, dependencies)
  select of_run, d.job ->> 'id', d.place - 1, d.job ->> 'type',
         array(select jsonb_array_elements_text(case when jsonb_typeof(d.job -> 'dependencies') = 'array'
                                                     then d.job -> 'dependencies' else '[]' end)
               union all
               select d.job ->> 'compensates'
                where d.job ->> 'compensates' is not null
                  and not coalesce(d.job -> 'dependencies', '[]') ? (d.job ->> 'compensates'))
    from jsonb_array_elements(to_definition -> 'jobs') with ordinality d (job, place)
   where d.job ->> 'id' = any (job_ids_added || job_ids_changed);
  perform pg_notify('countersign', concat_ws(':', 'start', of_run, run.orchestrator));
  return true;
end $$;
do $$ begin
  execute format('alter function countersign_move_run(uuid, integer, jsonb, integer, text[], text[], text[], text) '
                 'set search_path = %I, pg_temp', current_schema());
end $$;
revoke all on function countersign_move_run(uuid, integer, jsonb, integer, text[], text[], text[], text) from public;

-- The new table and function are for the API. The rest of the function stays as it is.
do $$
declare
  definition text := pg_get_functiondef('countersign_grant_roles()'::regprocedure);
  before text;
  change text[];
begin
  foreach change slice 1 in array array[
    ['''workflow_run_retries'';', '''workflow_run_retries, workflow_run_moves'';'],
    ['countersign_retry_job(uuid, integer, text, text[], boolean, text) from %I',
     'countersign_retry_job(uuid, integer, text, text[], boolean, text), '
       'countersign_move_run(uuid, integer, jsonb, integer, text[], text[], text[], text) from %I'],
    ['''countersign_notify_key to countersign_api''', '''workflow_run_moves, countersign_notify_key to countersign_api'''],
    ['countersign_retry_job(uuid, integer, text, text[], boolean, text) to countersign_api',
     'countersign_retry_job(uuid, integer, text, text[], boolean, text), '
       'countersign_move_run(uuid, integer, jsonb, integer, text[], text[], text[], text) to countersign_api']
  ] loop
    before := definition;
    definition := replace(before, change[1], change[2]);
    if definition = before then
      raise exception 'countersign_grant_roles() is not as this migration expects: it lacks %', change[1];
    end if;
  end loop;
  execute definition;
end $$;
select countersign_grant_roles();

commit;
