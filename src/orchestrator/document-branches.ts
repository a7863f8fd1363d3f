/** Checks the fields of a job that make branches: `runIf`, `when`, `compensates` and `allowFailure`. */

import { checkConditions } from "../approvals/validation.ts";
import type { Issue } from "../model/errors.ts";
import { type JobDefinition, RUN_IFS, SUB_WORKFLOW } from "../model/runs.ts";
import { pathsOfItems } from "./document-for-each.ts";
import { excerpt } from "./excerpt.ts";
import { JOB_ROOTS, jobNamedBy } from "./job-conditions.ts";
import { dependenciesOf, findCycles, inOrder } from "./order.ts";
import { pathsOfInput } from "./sub-workflow.ts";

export const BRANCH_FIELDS = ["runIf", "when", "compensates", "allowFailure"] as const;

type UncheckedJob = Record<string, unknown>;

/** The jobs of a document that may have faults, by id. Of several jobs with one id, the first counts. */
export type UncheckedJobs = ReadonlyMap<unknown, UncheckedJob>;

/** Checks these fields of one job, except for the order of the jobs. */
export function checkBranchFields(path: string, job: UncheckedJob, byId: UncheckedJobs, issues: Issue[]): void {
  const { when, allowFailure } = job;
  checkRunIf(`${path}.runIf`, job, issues);
  if (when != null) {
    const before = issues.length;
    checkConditions(`${path}.when`, when, issues, JOB_ROOTS);
    if (issues.length === before) checkNamedJobs(path, pathsOfConditions(when), byId, issues);
  }
  if (allowFailure != null && typeof allowFailure !== "boolean") {
    issues.push({ path: `${path}.allowFailure`, message: `must be true or false, not ${excerpt(allowFailure)}` });
  }
  checkNamedJobs(path, pathsOfItems(job as Pick<JobDefinition, "forEach">), byId, issues);
  if (job.type === SUB_WORKFLOW) checkNamedJobs(path, pathsOfInput(job.config), byId, issues);
  checkCompensates(`${path}.compensates`, job, byId, issues);
  for (const [index, id] of (Array.isArray(job.dependencies) ? job.dependencies : []).entries()) {
    if (byId.get(id)?.compensates == null) continue;
    const message = `${excerpt(id)} compensates another job, so it runs after all jobs that do not`;
    issues.push({ path: `${path}.dependencies.${index}`, message });
  }
}

function checkRunIf(path: string, { runIf, dependencies, compensates }: UncheckedJob, issues: Issue[]): void {
  if (runIf == null) return;
  const allowed: readonly unknown[] = RUN_IFS;
  if (!allowed.includes(runIf)) {
    issues.push({ path, message: `must be one of ${RUN_IFS.join(", ")}, not ${excerpt(runIf)}` });
  } else if (compensates != null) {
    issues.push({ path, message: "cannot be used with compensates, which defines when the job runs" });
  } else if (runIf === "failed" && (!Array.isArray(dependencies) || dependencies.length === 0)) {
    issues.push({ path, message: "cannot be failed without dependencies: no job before this one can fail" });
  }
}

function checkCompensates(path: string, { id, compensates }: UncheckedJob, byId: UncheckedJobs, issues: Issue[]): void {
  if (compensates == null) return;
  const other = byId.get(compensates);
  if (typeof compensates !== "string" || other === undefined) {
    issues.push({ path, message: `there is no job ${excerpt(compensates)}` });
  } else if (compensates === id) issues.push({ path, message: "must name another job" });
  else if (other.compensates != null) {
    issues.push({ path, message: `${excerpt(compensates)} is a compensation, and cannot be compensated` });
  }
}

/** A path that leads to other jobs or to the input, and its place in the job. */
type PathAt = readonly [at: string, path: unknown];

const pathsOfConditions = (when: unknown): PathAt[] =>
  (Array.isArray(when) ? when : []).map((condition, index) => [`when.${index}.field`, condition?.field]);

/** All paths of a job that lead to jobs before it. */
const pathsOf = ({ when, type, config, forEach }: JobDefinition): PathAt[] => [
  ...pathsOfConditions(when),
  ...pathsOfItems({ forEach }),
  ...(type === SUB_WORKFLOW ? pathsOfInput(config) : []),
];

/** The dots of a path separate names, so no path can lead to a job whose id has a dot. */
function checkNamedJobs(job: string, paths: readonly PathAt[], byId: UncheckedJobs, issues: Issue[]): void {
  for (const [place, field] of paths) {
    const at = `${job}.${place}`;
    const id = typeof field === "string" ? jobNamedBy(field) : null;
    if (id === null || typeof field !== "string") continue;
    const [, ...names] = field.split(".");
    const meant = names
      .map((_name, end) => names.slice(0, end + 1).join("."))
      .find((prefix) => prefix !== id && byId.has(prefix));
    if (meant !== undefined) {
      const message =
        `leads to the job ${JSON.stringify(id)} and not to the job ${JSON.stringify(meant)}: the dots of a path ` +
        "separate names; give the job an id without dots";
      issues.push({ path: at, message });
    } else if (!byId.has(id)) issues.push({ path: at, message: `there is no job ${excerpt(id)}` });
    else if (field.startsWith("jobs.") && field !== `jobs.${id}.status`) {
      issues.push({
        path: at,
        message: `must be jobs.${id}.status, the only field of a job, but is ${excerpt(field)}`,
      });
    }
  }
}

/**
 * Checks that the jobs that conditions name come before the job that has the conditions.
 * @param jobs may have other faults, which are reported elsewhere; jobs in a cycle have no order
 * @param places of the jobs in the document, by id
 */
export function checkConditionOrder(
  jobs: readonly JobDefinition[],
  places: ReadonlyMap<unknown, number>,
  issues: Issue[],
): void {
  const named = jobs.map((job) => pathsOf(job));
  if (named.every((paths) => paths.length === 0) || findCycles(jobs, 1).length > 0) return;
  // All jobs before a job, as the bits of a number: a document may have a million pairs of them.
  const before = new Map<string, bigint>();
  const bitOf = (id: string) => 1n << BigInt(places.get(id) ?? 0);
  for (const job of inOrder(jobs)) {
    let bits = 0n;
    for (const id of dependenciesOf(job)) if (places.has(id)) bits |= (before.get(id) ?? 0n) | bitOf(id);
    before.set(job.id, bits);
  }
  for (const [index, job] of jobs.entries()) {
    for (const [at, path] of named[index] ?? []) {
      const id = typeof path === "string" ? jobNamedBy(path) : null;
      if (id === null || !places.has(id) || (before.get(job.id) ?? 0n) & bitOf(id)) continue;
      const message = `${excerpt(id)} does not come before ${excerpt(job.id)}; add it to the dependencies`;
      issues.push({ path: `jobs.${places.get(job.id)}.${at}`, message });
    }
  }
}
