/** Prints runs, and waits for their end. */

import { Failure, type Options } from "./command.ts";
import { Interrupted, print, printJson, type Remote, say } from "./remote.ts";
import { RunFollowed, type RunToShow } from "./run-documents.ts";
import { printable, tableOf } from "./values.ts";

export const FOLLOW_OPTIONS = {
  wait: { about: "wait until the run has ended" },
  quiet: { about: "no progress on standard error" },
} as const satisfies Options;

/** The exit codes of a command that may wait, for `--help`. */
export const FOLLOW_EXITS =
  "0 on success; with --wait 0 succeeded, 1 failed, 3 cancelled; 4 on an error, 130 or 143 if " +
  "interrupted, which does not affect the run.";

const EXIT_CODES = { SUCCEEDED: 0, FAILED: 1, CANCELLED: 3 } as const;

/** The failure for a run that is unknown, or that the viewer may not see. */
export const unknownRun = (id: string): Failure =>
  new Failure(`ID is ${JSON.stringify(id)}; there is no such run, or this token may not see it`, 4);

/** The state of a run, in one line. */
export function stateOf({ status, jobs, waitingFor, cancelRequestedAt }: RunToShow): string {
  const done = jobs.filter((job) => job.status === "SUCCEEDED").length;
  const gates = waitingFor.map(({ jobId }) => jobId);
  const where =
    status !== "RUNNING"
      ? ""
      : cancelRequestedAt != null
        ? " and being cancelled"
        : gates.length > 0
          ? `, waiting at ${gates.join(", ")}`
          : "";
  return printable(`${status}${where}: ${done} of ${jobs.length} jobs succeeded`);
}

/** The jobs of a run as a table. */
function jobsOf({ jobs }: RunToShow): string {
  const rows = jobs.map(({ id, type, status, attempts, error, reason, waitingFor, waitingReason }) => {
    const waits = waitingReason ?? (waitingFor == null ? null : `waits: ${waitingFor}`);
    return [id, type, status, String(attempts), waits ?? error ?? reason ?? ""].map(printable);
  });
  return tableOf([["JOB", "TYPE", "STATUS", "ATTEMPTS", "WHY"], ...rows]);
}

/** Prints a run with its jobs. */
export function printRun(run: RunToShow): void {
  const { workflowId, workflowVersion, executionId, createdBy, schedule, cancelledBy, cancelReason, reason } = run;
  const version = workflowVersion == null ? "" : ` version ${workflowVersion}`;
  print(printable(`${run.id}: ${workflowId}${version}, execution ${executionId}`));
  print(stateOf(run));
  if (run.parent != null) {
    const { id, workflowId: name, executionId: execution } = run.parent;
    print(printable(`Started by the job ${run.parentJobId} of ${id}: ${name}, execution ${execution}.`));
  }
  if (createdBy != null) print(printable(`Started by ${createdBy}.`));
  if (schedule != null) print(printable(`Started by the schedule ${schedule}.`));
  if (run.isOpen && run.timeoutAt != null) print(`Times out at ${run.timeoutAt}.`);
  if (cancelledBy != null) print(printable(`Cancelled by ${cancelledBy}.`));
  for (const why of [cancelReason, reason]) if (why != null) print(printable(why));
  for (const { jobId, retriedAt, retriedBy } of run.retries) {
    print(printable(`Job ${jobId} was retried at ${retriedAt}${retriedBy == null ? "" : ` by ${retriedBy}`}.`));
  }
  for (const { movedAt, movedBy, toVersion } of run.moves) {
    const where = toVersion == null ? "another document" : `version ${toVersion}`;
    print(printable(`Moved to ${where} at ${movedAt}${movedBy == null ? "" : ` by ${movedBy}`}.`));
  }
  print(jobsOf(run));
  for (const { id, checkpoint, startedRuns, itemCount, itemCounts } of run.jobs) {
    if (itemCount != null) {
      const counts = itemCounts.map(({ status, count }) => `${count} ${status}`).join(", ");
      print(printable(`${id} has ${itemCount} items${counts === "" ? "" : `: ${counts}`}.`));
    }
    for (const { id: started, workflowId: name, status } of startedRuns) {
      print(printable(`${id} has started ${started}: ${name}, ${status}.`));
    }
    if (checkpoint != null) print(printable(`Checkpoint ${checkpoint.id} (${checkpoint.name}) before ${id}.`));
  }
}

/**
 * Prints the result of a command, and with `--wait` the outcome of the run.
 * @returns the exit code
 */
export async function printOutcome(
  remote: Remote,
  run: RunToShow,
  { wait, quiet, json, progress }: { wait: boolean; quiet: boolean; json: boolean; progress: string },
): Promise<number> {
  if (!quiet) say(progress);
  const last = wait && run.isOpen ? await followed(remote, run, quiet) : run;
  if (json) printJson(last);
  else if (wait) printRun(last);
  else print(last.id);
  return wait && last.status !== "RUNNING" ? EXIT_CODES[last.status] : 0;
}

/** Waits until the run has ended, and returns it. */
async function followed(remote: Remote, run: RunToShow, quiet: boolean): Promise<RunToShow> {
  let last = run;
  try {
    await remote.client.subscribe(RunFollowed, () => ({ id: run.id, afterVersion: last.version }), {
      signal: remote.signal,
      next: ({ workflowRunUpdated: update }) => {
        if (!quiet && stateOf(update) !== stateOf(last)) say(stateOf(update));
        last = update;
        return !update.isOpen;
      },
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const again = `countersign runs show ${run.id} --wait`;
    throw new Interrupted(`interrupted; the run continues; wait for it again with: ${again}`, error.exitCode);
  }
  return last;
}
