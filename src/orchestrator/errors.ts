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
