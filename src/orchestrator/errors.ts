/** Why an execution stops without a result. */

/** The run is to be left to others: this process stops, or was taken for dead and somebody else runs it. */
export class NotOursError extends Error {
  override readonly name = "NotOursError";
  constructor(why = "the run is another process's to go on with") {
    super(why);
  }
}

/** The reason of a job's aborted signal when its run was cancelled. */
export class RunCancelledError extends Error {
  override readonly name = "RunCancelledError";
}

/** The reason of a job's aborted signal when its time-out has passed. */
export class JobTimedOutError extends Error {
  override readonly name = "JobTimedOutError";
}

/**
 * The request under a job's ids is that of an earlier run with the same ids, which was deleted since. What was decided
 * then says nothing about this run.
 */
export class DecidedBeforeError extends Error {
  override readonly name = "DecidedBeforeError";
  readonly code = "CONFLICT";
  readonly retryable = false;
  constructor(requestId: string) {
    super(
      `The request ${requestId} has the ids of this job and was decided before this run began, in an earlier run with ` +
        "the same execution id. Start a run with another execution id.",
    );
  }
}
