/** Moving a run to another registered version of its document. */

import { mayMoveRun } from "../approvals/policy.ts";
import { runToMove } from "../db/queries/run-moves.ts";
import { isRunOpen, type VisibleRun } from "../live/visible-run.ts";
import { ForbiddenError, NotFoundError } from "../model/errors.ts";
import type { MovePlan, RunMove } from "../model/runs.ts";
import { hasDocument, moveRun, plannedMove, registeredTarget } from "../orchestrator/move.ts";
import type { Context } from "./context.ts";
import { type RunPayload, runToChange } from "./run-commands.ts";
import { detailOf } from "./runs.ts";

/** Moves a run. A run that already has the version is returned unchanged. */
export async function moveWorkflowRun(
  { runId, version = null }: { runId: string; version?: number | null },
  context: Context,
): Promise<RunPayload> {
  const { services, caller } = context;
  const { pool } = services;
  const run = await runToChange(runId, context);
  if (!mayMoveRun(run, caller.viewer)) {
    throw new ForbiddenError(
      "Only the people who started the run or could start it, the program behind it, and admins may move it.",
    );
  }
  await moveRun(pool, run.id, () => registeredTarget(pool, run.workflowId, version), caller.viewer.userId);
  return { run: await runToChange(run.id, context) };
}

/** The changes of a move, or the reason why it is refused. */
export interface VisibleMovePlan extends MovePlan {
  version: number;
  refusal: string | null;
}

/** The plan of `moveWorkflowRun`; null if there is no other version, or the viewer may not move the run. */
export async function movePlanOf(
  run: VisibleRun,
  version: number | null,
  { services, caller, budget }: Context,
): Promise<VisibleMovePlan | null> {
  if (!isRunOpen(run) || !mayMoveRun(run, caller.viewer)) return null;
  const { pool, loaders } = services;
  const read = async (): Promise<VisibleMovePlan | null> => {
    const stored = await runToMove(pool, run.id);
    const target = await registeredTarget(pool, run.workflowId, version).catch((error) => {
      if (error instanceof NotFoundError) return null;
      throw error;
    });
    if (stored === undefined || target === null || hasDocument(stored, target)) return null;
    const { plan, refusal } = await plannedMove(stored, target);
    return { ...plan, version: target.workflowVersion ?? 0, refusal };
  };
  if (budget === undefined) return read();
  // Two documents are read, which are mostly about as long as each other.
  const { bytes = 0 } = (await loaders.runDefinitionBytes.load(run.id)) ?? {};
  return budget.once(`move ${run.id} ${version}`, 2 * bytes, read);
}

/** A move, for the schema. */
export interface VisibleMove extends RunMove {
  run: VisibleRun;
}

/** The moves of a run, in their order. */
export async function movesOf(run: VisibleRun, { services }: Context): Promise<VisibleMove[]> {
  if (run.generation === 1) return [];
  return (await services.loaders.runMoves.load(run.id)).map((move) => ({ ...move, run }));
}

/** A part of a move that only some viewers may see; null for others. */
export const detailOfMove = <T>({ run }: VisibleMove, part: T, context: Context): T | null =>
  detailOf(run, part, context);
