/** SQL about the owner of a run: the engine's ids, and the conditions of reads and writes of the execution that owns it. */

import { SUB_WORKFLOW } from "../../model/runs.ts";

/** The schema of the engine's tables. */
export const ENGINE_SCHEMA = "countersign_engine";

/** The writer: the run, and the token of this execution from the engine. */
export interface Writer {
  runId: string;
  token: string;
}

/**
 * The engine's id of a run. Each generation is a separate workflow of the engine, so that nothing of an earlier generation
 * is replayed, and an execution of an earlier generation owns nothing.
 */
export const engineIdOf = (id: string, generation: string) =>
  `(${id}::text || case when ${generation} > 1 then '~' || ${generation} else '' end)`;

/** The engine's id of the current generation. @param run the alias of the runs */
export const ENGINE_ID = (run: string) => engineIdOf(`${run}.id`, `${run}.generation`);

/** Whether the writer $1, $2 owns the run. */
export const OWNED = `exists (select from ${ENGINE_SCHEMA}.workflow_status s
                 where s.workflow_uuid = (select ${ENGINE_ID("w")} from workflow_runs w where w.id = $1::uuid)
                   and s.owner_xid = $2)`;

/** The engine's row of the run as `owner`, if the writer $1, $2 owns it. */
export const OWNER = `owner as materialized (
             select s.workflow_uuid, s.application_name from ${ENGINE_SCHEMA}.workflow_status s
              where s.workflow_uuid = (select ${ENGINE_ID("w")} from workflow_runs w where w.id = $1::uuid)
                and s.owner_xid = $2)`;

/**
 * The same for an update of `workflow_runs`. It uses the updated row, and so its generation after the row was locked: a run
 * that is being moved does not end according to its old document.
 */
export const OWNED_RUN = `exists (select from ${ENGINE_SCHEMA}.workflow_status s
                 where s.workflow_uuid = ${ENGINE_ID("workflow_runs")} and s.owner_xid = $2)`;

/**
 * The reason of a cancellation, up to the length that a request accepts. A running run has its own reason if it has
 * timed out.
 */
export const CANCEL_REASON = "left(coalesce(r.reason, r.cancel_reason), 100000)";

/** ms until the timeout of a row, by the database's clock. */
export const MS_LEFT = (row: string) => `extract(epoch from ${row}.timeout_at - clock_timestamp())::float8 * 1000`;

/**
 * Whether the job `j` waits for something that continues without its process: a request or a run. The end of that process
 * is not a loss of the job.
 */
export const WAITS_OUTSIDE = (j: string): string => `(${j}.request_id is not null or ${j}.type = '${SUB_WORKFLOW}')`;
