/** The types of jobs as programs write them: what a handler is given by this orchestrator, and what it answers. */

import type {
  JobContext as AnyJobContext,
  JobHandler as AnyJobHandler,
  JobAnswer,
  JobResults,
} from "../handler/job.ts";

/** What is there in some calls only: everything else that a context may have, this orchestrator always gives. */
type InSomeCalls = "request" | "askedBefore" | "item" | "index";

/**
 * What a handler is given. `Config` is the job's configuration, as `validate` has accepted it; `Results` are the outputs
 * of the jobs before it, by job id.
 */
export interface JobContext<Config = unknown, Results = JobResults>
  extends Required<Omit<AnyJobContext<Config, Results>, "result" | InSomeCalls>>,
    Pick<AnyJobContext<Config, Results>, InSomeCalls> {
  /**
   * Loads the output of a job before this one, near or far: null where the job has no output, undefined where it was
   * not run. Each call reads the database and returns a copy of its own. Its type is that in `Results`, or the one that
   * the call names, as in `result<Build>("build")`.
   * @throws an error with code NOT_FOUND for a job that does not come before this one
   */
  result<Output = never, JobId extends string = string>(jobId: JobId): Promise<ResultOf<Output, JobId, Results>>;
}

type ResultOf<Output, JobId, Results> = [Output] extends [never]
  ? JobId extends keyof Results
    ? Results[JobId]
    : unknown
  : Output;

/** What runs the jobs of a type. */
export interface JobHandler<Config = unknown, Output = unknown, Results = JobResults>
  extends Omit<AnyJobHandler<Config, Output>, "execute"> {
  execute(context: JobContext<Config, Results>): Promise<JobAnswer<Output>>;
}

/**
 * A handler with the types of its configuration, of the outputs of earlier jobs and of its own output. It returns the
 * handler as it is. TypeScript checks what `execute` does; `validate` must check what documents bring.
 */
export const defineJob = <Config = unknown, Results = JobResults, Output = unknown>(
  handler: JobHandler<Config, Output, Results>,
): JobHandler<Config, Output, Results> => handler;
