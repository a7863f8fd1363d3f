/** The smallest orchestrator that can run a workflow: one job after another, each after those it depends on. */

import type { JobAnswer, JobHandler } from "countersign/handler";

export interface Job {
  id: string;
  type: string;
  dependencies?: readonly string[];
  /** What its handler needs; a function is called when the job's turn comes, with what the jobs before it put out. */
  config: unknown | ((outputs: Readonly<Record<string, unknown>>) => unknown);
}

export interface Workflow {
  id: string;
  jobs: readonly Job[];
}

export type Outcome = (JobAnswer & { skipped?: false }) | { success: false; skipped: true; output?: undefined };

/** Dependencies first. @throws Error for a circle, or a job that is not there */
function inOrder(jobs: readonly Job[]): Job[] {
  const ordered = new Set<Job>();
  const visit = (job: Job, path: readonly string[]): void => {
    if (path.includes(job.id)) throw new Error(`${[...path, job.id].join(" → ")} goes in a circle`);
    for (const id of job.dependencies ?? []) {
      const before = jobs.find((other) => other.id === id);
      if (before === undefined) throw new Error(`${job.id} depends on ${id}, which is not there`);
      visit(before, [...path, job.id]);
    }
    ordered.add(job);
  };
  for (const job of jobs) visit(job, []);
  return [...ordered];
}

/**
 * Runs the workflow; jobs behind one that was no success are skipped.
 * @param ended told of each job as it ends
 * @returns the outcomes by job id
 * @throws what a handler throws, the reason of the aborted signal for example
 */
export async function runWorkflow(
  workflow: Workflow,
  handlers: ReadonlyMap<string, JobHandler>,
  run: { executionId: string; signal: AbortSignal; ended: (job: Job, outcome: Outcome) => void },
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const outputs: Record<string, unknown> = {};
  for (const job of inOrder(workflow.jobs)) {
    const { id: jobId, type, dependencies = [] } = job;
    const handler = handlers.get(type);
    if (handler === undefined) throw new Error(`no handler is registered for jobs of type ${type}`);
    let outcome: Outcome = { success: false, skipped: true };
    if (dependencies.every((id) => outcomes.get(id)?.success)) {
      const config = typeof job.config === "function" ? job.config(outputs) : job.config;
      const { executionId, signal } = run;
      const results = { ...outputs };
      const context = { jobId, workflowId: workflow.id, executionId, type, config, dependencies, results, signal };
      outcome = await handler.execute(context);
      outputs[jobId] = outcome.output;
    }
    outcomes.set(jobId, outcome);
    run.ended(job, outcome);
  }
  return outcomes;
}
