/** Where a job's state is kept before people are asked, so that a later step can go back to it. */

import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Checkpoint {
  /** The configuration's `checkpointName`; by default the workflow's and the job's ids. */
  name: string;
  workflowId: string;
  jobId: string;
  executionId: string;
  /** What the job was given: its configuration, its dependencies and their results. */
  state: { config: unknown; dependencies: readonly string[]; results: Readonly<Record<string, unknown>> };
}

export interface CheckpointStore {
  /** Keeps a checkpoint; saving it again must be harmless, as a restarted orchestrator does. */
  save(checkpoint: Checkpoint): Promise<{ id: string }>;
  /**
   * The checkpoint of a job that has asked already; null where there is none. Without it the checkpoint is saved once
   * more.
   */
  find?(job: Pick<Checkpoint, "workflowId" | "jobId" | "executionId">): Promise<{ id: string } | null>;
}

/**
 * Keeps each checkpoint as one JSON file named by its id, which is the same whenever the same one is saved.
 * @param directory made if there is none
 */
export function fileCheckpoints(directory: string): CheckpointStore {
  return {
    async save(checkpoint) {
      const { name, workflowId, jobId, executionId } = checkpoint;
      const key = JSON.stringify([name, workflowId, jobId, executionId]);
      const id = createHash("sha256").update(key).digest("hex").slice(0, 32);
      const file = join(directory, `${id}.json`);
      await mkdir(directory, { recursive: true });
      // Written aside and renamed, so that a killed process leaves no half of one.
      const draft = `${file}.${process.pid}`;
      await writeFile(draft, `${JSON.stringify(checkpoint, null, 2)}\n`, { flush: true });
      await rename(draft, file);
      return { id };
    },
  };
}
