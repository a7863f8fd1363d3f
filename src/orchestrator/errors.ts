/** The errors with which an execution or a job stops. */

/** This process no longer runs the run: it stops, or its lease expired and another process has taken over the run. */
export class RunNotOwnedError extends Error {
  override readonly name = "RunNotOwnedError";
  constructor(why = "another process owns the run") {
    super(why);
  }
}

/** The reason of a job's aborted signal if its run was cancelled. */
export class RunCancelledError extends Error {
  override readonly name = "RunCancelledError";
}

/** The reason of a job's aborted signal if the job timed out. */
export class JobTimedOutError extends Error {
  override readonly name = "JobTimedOutError";
}

/**
 * The request under a job's ids belongs to an earlier run with the same ids, which was deleted. Its decision does not
 * count for this run.
 */
export class DecidedBeforeError extends Error {
  override readonly name = "DecidedBeforeError";
  readonly code = "CONFLICT";
  readonly retryable = false;
  constructor(requestId: string) {
    super(
      `The request ${requestId} has the ids of this job and was decided before this run started, in an earlier run with ` +
        "the same execution id. Start a run with another execution id.",
    );
  }
}
