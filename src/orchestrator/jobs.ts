/** The types with which programs write handlers: the context that a handler gets, and its answer. */

import type {
  JobContext as AnyJobContext,
  JobHandler as AnyJobHandler,
  JobAnswer,
  JobResults,
} from "../handler/job.ts";

/** The fields that a context has only in some calls. This orchestrator always sets all others. */
type InSomeCalls = "request" | "askedBefore" | "item" | "index";

/**
 * The context of a call of a handler. `Config` is the job's configuration, as `validate` has accepted it. `Results` are
 * the outputs of the jobs before it, by job id.
 */
export interface JobContext<Config = unknown, Results = JobResults>
  extends Required<Omit<AnyJobContext<Config, Results>, "result" | InSomeCalls>>,
    Pick<AnyJobContext<Config, Results>, InSomeCalls> {
  /**
   * Loads the output of a direct or indirect dependency: null if the job has no output, undefined if it did not run. Each
   * call reads the database and returns a new copy. The type is that in `Results`, or the one that the call names, as in
   * `result<Build>("build")`.
   * @throws an error with code NOT_FOUND for a job that does not come before this one
   */
  result<Output = never, JobId extends string = string>(jobId: JobId): Promise<ResultOf<Output, JobId, Results>>;
}

type ResultOf<Output, JobId, Results> = [Output] extends [never]
  ? JobId extends keyof Results
    ? Results[JobId]
    : unknown
  : Output;

/** Runs the jobs of one type. */
export interface JobHandler<Config = unknown, Output = unknown, Results = JobResults>
  extends Omit<AnyJobHandler<Config, Output>, "execute"> {
  execute(context: JobContext<Config, Results>): Promise<JobAnswer<Output>>;
}

/**
 * Gives a handler the types of its configuration, of the outputs of earlier jobs and of its own output, and returns it
 * as it is. TypeScript checks `execute`; `validate` must check the configurations in documents.
 *
 * @example
 * const deploy = defineJob<{ region: string }, { build: { image: string } }, string>({
 *   type: "deploy",
 *   async execute({ config, results }) {
 *     return { success: true, output: `${results.build.image} in ${config.region}` };
 *   },
 * });
 */
export const defineJob = <Config = unknown, Results = JobResults, Output = unknown>(
  handler: JobHandler<Config, Output, Results>,
): JobHandler<Config, Output, Results> => handler;
