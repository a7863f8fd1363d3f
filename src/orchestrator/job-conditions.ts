/** Evaluates the conditions of a job (`when`). They fail closed. Pure. */

import { firstToFail, valueAt } from "../approvals/conditions.ts";
import { completeConditions } from "../approvals/validation.ts";
import type { ApprovalCondition, JsonObject } from "../model/approvals.ts";
import { oneLine } from "../model/one-line.ts";
import type { JobCondition, JobDefinition, JobRunStatus } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";

/** Where the paths of a job's conditions start. */
export const JOB_ROOTS: readonly string[] = ["results", "jobs", "input"];

/** A job as conditions see it. */
export interface JobView {
  status: JobRunStatus;
  /** Null without an output. */
  output: unknown;
}

const conditionsOf = (when: readonly JobCondition[]): ApprovalCondition[] =>
  completeConditions(when as readonly ApprovalCondition[]);

/** The job that a path leads to: its dots separate names. Null for a path that leads to no job, such as one into the run's input. */
export function jobNamedBy(field: string): string | null {
  const [root, id = ""] = field.split(".");
  return root === "results" || root === "jobs" ? id : null;
}

/** The ids of the jobs that the conditions name. */
export const jobsNamedBy = (when: readonly JobCondition[]): string[] => [
  ...new Set(when.flatMap(({ field }) => jobNamedBy(field) ?? [])),
];

const NONE: ReadonlySet<string> = new Set();

/**
 * The jobs whose failure the conditions expect: a condition is on the job's status, and does not hold for a success.
 * These jobs need not succeed. A condition that holds for a success tolerates no failure.
 */
export function toleratedBy({ when }: JobDefinition): ReadonlySet<string> {
  if (when == null || !Array.isArray(when)) return NONE;
  return new Set(
    conditionsOf(when).flatMap((condition) => {
      const id = jobNamedBy(condition.field) ?? "";
      const success = { results: { [id]: { status: "APPROVED" } }, jobs: { [id]: { status: "SUCCEEDED" } } };
      const isOnStatus = condition.field === `results.${id}.status` || condition.field === `jobs.${id}.status`;
      return isOnStatus && firstToFail([condition], success, JOB_ROOTS)?.verdict === "DOES_NOT_HOLD" ? [id] : [];
    }),
  );
}

/**
 * Why a job does not run, as a sentence; null if all its conditions hold.
 * @param views the jobs that they name, with their outcomes
 * @param input of the run
 */
export function whyNot(
  when: readonly JobCondition[],
  views: Readonly<Record<string, JobView>>,
  input: JsonObject = {},
): string | null {
  try {
    return when.length === 0 ? "It has no condition that could hold." : failureOf(when, views, input);
  } catch (error) {
    return `Its conditions could not be evaluated: ${oneLine(error)}`;
  }
}

function failureOf(
  when: readonly JobCondition[],
  views: Readonly<Record<string, JobView>>,
  input: JsonObject,
): string | null {
  const known = Object.entries(views);
  const outputs = known.flatMap(([id, { output }]) => (output === null ? [] : [[id, output] as const]));
  const jobs = known.map(([id, { status }]) => [id, { status }] as const);
  const scope = { results: Object.fromEntries(outputs), jobs: Object.fromEntries(jobs), input };
  const failed = firstToFail(conditionsOf(when), scope, JOB_ROOTS);
  if (failed === null) return null;
  const { field, operator, value } = when[failed.index] as JobCondition;
  const condition = `${field} ${operator} ${excerpt(value)}`;
  if (failed.verdict === "TOO_MUCH_WORK") return `Its condition takes too long to evaluate: ${condition}.`;
  if (failed.verdict === "DOES_NOT_HOLD") {
    return `Its condition does not hold: ${condition}. The value is ${excerpt(valueAt(scope, field, JOB_ROOTS))}.`;
  }
  const id = jobNamedBy(field);
  const status = id !== null && Object.hasOwn(views, id) ? views[id]?.status : "unknown";
  return `Its condition cannot be evaluated: ${field} has no value${id === null ? "" : `, and ${id} is ${status}`}.`;
}
