/** Stores a job's state before its request is created, so that a later step can return to it. */

import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The input of a job, as it was before its request was created. */
export interface Checkpoint {
  /** The configuration's `checkpointName`. Default: the workflow's and the job's ids. */
  name: string;
  workflowId: string;
  jobId: string;
  executionId: string;
  /** The input of the job: its configuration, its dependencies and their results. */
  state: { config: unknown; dependencies: readonly string[]; results: Readonly<Record<string, unknown>> };
}

/** Stores checkpoints. */
export interface CheckpointStore {
  /** Stores a checkpoint. Must be idempotent, because a restarted orchestrator saves it again. */
  save(checkpoint: Checkpoint): Promise<{ id: string }>;
  /**
   * The checkpoint of a job that has already created its request; null if there is none. Without this method the
   * checkpoint is saved again.
   */
  find?(job: Pick<Checkpoint, "workflowId" | "jobId" | "executionId">): Promise<{ id: string } | null>;
}

/**
 * Stores each checkpoint as one JSON file. The file name is the checkpoint's id, which depends only on its name and
 * ids.
 * @param directory created if it does not exist
 *
 * @example
 * new ApprovalHandler({ url, token, checkpoints: fileCheckpoints("/var/lib/release/checkpoints") });
 */
export function fileCheckpoints(directory: string): CheckpointStore {
  return {
    async save(checkpoint) {
      const { name, workflowId, jobId, executionId } = checkpoint;
      const key = JSON.stringify([name, workflowId, jobId, executionId]);
      const id = createHash("sha256").update(key).digest("hex").slice(0, 32);
      const file = join(directory, `${id}.json`);
      await mkdir(directory, { recursive: true });
      // Written to a temporary file and renamed, so that a killed process leaves no partial file.
      const draft = `${file}.${process.pid}`;
      await writeFile(draft, `${JSON.stringify(checkpoint, null, 2)}\n`, { flush: true });
      await rename(draft, file);
      return { id };
    },
  };
}
