/** Stores a new run, once for its ids. */

import type { Pool } from "../db/pool.ts";
import { earlierDefinitions } from "../db/queries/run-moves.ts";
import { hasInput, hasTaken, insertRun, type NewRun } from "../db/queries/run-starts.ts";
import { runInFull } from "../db/queries/workflow-runs.ts";
import { ConflictError } from "../model/errors.ts";
import { digestOf } from "../model/json.ts";
import type { RunStatus, WorkflowDefinition, WorkflowRun } from "../model/runs.ts";
import { runIdOf } from "./keys.ts";

/**
 * The document of a run that was started with the same ids and the same document, even if it would be refused now: its
 * handlers may no longer exist, or the rules may be stricter. Null if no such run exists.
 */
export async function documentOfRun(
  pool: Pool,
  workflow: unknown,
  executionId: unknown,
): Promise<WorkflowDefinition | null> {
  const given = identityOf(workflow);
  if (given === null || typeof executionId !== "string") return null;
  const run = await runInFull(pool, runIdOf(given.id, executionId));
  if (run === undefined) return null;
  const isSame = digestOf(run.definition) === given.digest || (await hadBefore(pool, run, given.digest));
  return isSame ? run.definition : null;
}

/** Null for a value that cannot be the document of a run. */
function identityOf(workflow: unknown): { id: string; digest: string } | null {
  try {
    const document: unknown = JSON.parse(JSON.stringify(workflow));
    const { id } = document as { id?: unknown };
    return typeof id === "string" ? { id, digest: digestOf(document) } : null;
  } catch {
    return null;
  }
}

/** Whether a run had this document before it was moved to another one. */
async function hadBefore(pool: Pool, { id, generation }: WorkflowRun, digest: string): Promise<boolean> {
  if (generation === 1) return false;
  return (await earlierDefinitions(pool, id)).some((definition) => digestOf(definition) === digest);
}

/** The state of a stored run. */
export interface StoredState {
  status: RunStatus;
  /** Whether this call stored it. */
  isNew: boolean;
}

/**
 * Stores a run, or finds the same one that is already stored.
 * @throws ConflictError if the ids belong to a different run; the message names the difference
 */
export async function storeRun(pool: Pool, run: NewRun): Promise<StoredState> {
  return (await insertRun(pool, run)) ? { status: "RUNNING", isNew: true } : findSameRun(pool, run);
}

/** The state of the run that exists under these ids. @throws ConflictError if it is a different run */
export async function findSameRun(pool: Pool, run: NewRun): Promise<StoredState> {
  const existing = await runInFull(pool, run.id);
  const { definition, executionId } = run;
  const refuse = (other: string) => {
    const names = `execution ${JSON.stringify(executionId)} of workflow ${JSON.stringify(definition.id)}`;
    return new ConflictError(`${names} was started with ${other}; a new run needs a new executionId`);
  };
  if (existing?.startedFromCheckpoint !== run.startedFromCheckpoint) throw refuse("another checkpoint");
  if (
    digestOf(existing.definition) !== digestOf(definition) &&
    !(await hadBefore(pool, existing, digestOf(definition)))
  ) {
    throw refuse("another document");
  }
  if (run.startedFromCheckpoint !== null && !(await hasTaken(pool, run))) throw refuse("other results");
  if (!(await hasInput(pool, run.id, run.origin?.input ?? null))) throw refuse("another input");
  return { status: existing.status, isNew: false };
}
