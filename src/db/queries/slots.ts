/** Reads and writes `workflow_slots`: the jobs that have a slot or wait for one, in all processes. */

import type { Queryable } from "../query.ts";
import { OWNED, type Writer } from "./run-owner.ts";

/** A claim of a job to a slot that is counted in all processes. */
export interface SlotClaim {
  executorId: string;
  /** The id of the claim in its process, unique for each claim. */
  claim: number;
  jobId: string;
  /** What is limited. */
  pool: string;
  /** Whether all jobs of the run together take one slot. */
  isShared: boolean;
  total: number;
  /** Null without a limit. */
  perProcess: number | null;
  /** Whether the job already runs, and so has the slot regardless of the limit. */
  isHeld: boolean;
}

/**
 * Claims a slot. A second call changes nothing.
 * @returns true if the job has it, false if it waits; null if the process has no lease; undefined if another process owns the
 * run
 */
export async function claimSlot(
  db: Queryable,
  { runId, token }: Writer,
  slot: SlotClaim,
): Promise<boolean | null | undefined> {
  const { executorId, claim, jobId, pool, isShared, total, perProcess, isHeld } = slot;
  const { rows } = await db.query<{ granted: boolean | null }>({
    name: "claim-slot",
    text: `select countersign_claim_slot($3, $4, $1, $5, $6, $7, $8, $9, $10) as granted where ${OWNED}`,
    values: [runId, token, executorId, claim, jobId, pool, isShared, total, perProcess, isHeld],
  });
  return rows[0]?.granted;
}

/** Releases slots and places in the queue. The next jobs get them. */
export async function releaseSlots(db: Queryable, executorId: string, claims: readonly number[]): Promise<void> {
  await db.query({
    name: "release-slots",
    // A release that is lost in a crash of the server is repeated when the process has reconnected.
    text: `with lazily as materialized (select set_config('synchronous_commit', 'off', true))
           delete from workflow_slots s using lazily where s.executor_id = $1 and s.claim = any ($2::integer[])`,
    values: [executorId, claims],
  });
}

/** Releases all slots of a process. */
export async function releaseAllSlots(db: Queryable, executorId: string): Promise<void> {
  await db.query("delete from workflow_slots where executor_id = $1", [executorId]);
}

/** The stored claims of a process. */
export async function claimsOf(db: Queryable, executorId: string): Promise<{ claim: number; isGranted: boolean }[]> {
  const text = `select claim, granted_at is not null as "isGranted" from workflow_slots where executor_id = $1`;
  return (await db.query<{ claim: number; isGranted: boolean }>(text, [executorId])).rows;
}

/** The claims of a process that were granted. */
export async function grantedClaims(db: Queryable, executorId: string): Promise<number[]> {
  const { rows } = await db.query<{ claim: number }>({
    name: "granted-claims",
    text: "select claim from workflow_slots where executor_id = $1 and granted_at is not null",
    values: [executorId],
  });
  return rows.map(({ claim }) => claim);
}

/** A job that waits for a slot, with the reason as a sentence for people. */
export interface SlotWait {
  runId: string;
  jobId: string;
  reason: string;
}

/** Stores what jobs wait for. It is only displayed, and nothing depends on it. */
export async function noteSlotWaits(db: Queryable, waits: readonly SlotWait[]): Promise<void> {
  await db.query({
    name: "note-slot-waits",
    text: `update workflow_run_jobs j set waiting_for = 'SLOT', waiting_reason = w.reason
             from unnest($1::uuid[], $2::text[], $3::text[]) w(run_id, job_id, reason)
            where j.run_id = w.run_id and j.job_id = w.job_id and j.status in ('PENDING', 'RUNNING')`,
    values: [waits.map(({ runId }) => runId), waits.map(({ jobId }) => jobId), waits.map(({ reason }) => reason)],
  });
}
