/** Checks the document of a workflow, and reports every fault at once, before anything runs. */

import { checkDuration, checkText, MAX_NAME, MAX_TEXT } from "../approvals/validation.ts";
import type { JobHandler } from "../handler/job.ts";
import { didYouMean } from "../model/closest-name.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import { checkJsonObject, withoutUndefined } from "../model/json.ts";
import { oneLine } from "../model/one-line.ts";
import { type JobDefinition, SUB_WORKFLOW, type WorkflowDefinition } from "../model/runs.ts";
import { BRANCH_FIELDS, checkBranchFields, checkConditionOrder } from "./document-branches.ts";
import { checkForEach } from "./document-for-each.ts";
import { excerpt } from "./excerpt.ts";
import { checkConcurrency, checkPriority } from "./limits.ts";
import { findCycles } from "./order.ts";
import { checkSubWorkflow } from "./sub-workflow.ts";

/** Most jobs of one workflow. */
export const MAX_JOBS = 1_000;
/** Most bytes of a document as JSON: each process that resumes a run reads the whole document. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Most cycles that are reported, and most ids that are named of one. */
const MOST_CYCLES = 20;
const MOST_NAMED = 20;

const FIELDS = {
  workflow: ["id", "concurrency", "jobs", "timeoutMs"],
  job: ["id", "type", "dependencies", "config", "retries", "timeoutMs", "forEach", ...BRANCH_FIELDS],
} as const;
const RETRY_FIELDS = {
  attempts: { least: 1, most: 100, whole: true },
  delayMs: { least: 0, most: 86_400_000, whole: true },
  backoff: { least: 1, most: 10, whole: false },
  losses: { least: 1, most: 100, whole: true },
} as const;

type Handlers = ReadonlyMap<string, JobHandler>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The document as JSON, as a copy.
 * @param handlers null if the process has none: types and configurations are then checked when the jobs run
 * @throws ValidationError with every fault of document, execution id and priority; `issues.path` is dotted
 */
export function checkedDocument(
  workflow: unknown,
  { executionId, priority }: { executionId: unknown; priority?: unknown },
  handlers: Handlers | null,
): WorkflowDefinition {
  const issues: Issue[] = [];
  checkName("executionId", executionId, issues);
  checkPriority("priority", priority, issues);
  return checkedWorkflow(workflow, handlers, issues);
}

/**
 * The same for a document that is not started yet.
 * @param issues faults that were found before
 */
export function checkedWorkflow(
  workflow: unknown,
  handlers: Handlers | null,
  issues: Issue[] = [],
): WorkflowDefinition {
  if (!isObject(workflow)) {
    issues.push({ path: "", message: `must be a workflow's document, { id, jobs }, not ${excerpt(workflow)}` });
    throw new ValidationError(issues);
  }
  checkName("id", workflow.id, issues);
  checkFields("", workflow, FIELDS.workflow, issues);
  if (workflow.timeoutMs != null) checkDuration("timeoutMs", workflow.timeoutMs, issues);
  checkConcurrency("concurrency", workflow.concurrency, issues);
  checkJobs(workflow.jobs, handlers, issues);
  if (issues.length > 0) throw new ValidationError(issues);
  const text = JSON.stringify(workflow);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) {
    const message = `is ${bytes} bytes of JSON in all; at most ${MAX_BYTES} (4 MiB) are allowed`;
    throw new ValidationError([{ path: "", message }]);
  }
  return JSON.parse(text) as WorkflowDefinition;
}

/**
 * The reason of a cancellation, as a request takes it, and who cancels the run. Each is null if it is missing or blank.
 * @throws ValidationError
 */
export function checkedCancellation(reason: unknown, by: unknown): { reason: string | null; by: string | null } {
  const issues: Issue[] = [];
  const checked = (path: string, value: unknown, max: number): string | null => {
    if (value == null || (typeof value === "string" && value.trim() === "")) return null;
    if (typeof value === "string") checkText(path, value, max, issues, true);
    else issues.push({ path, message: `must be a string, not ${excerpt(value)}` });
    return value as string;
  };
  const cancellation = { reason: checked("reason", reason, MAX_TEXT), by: checked("by", by, MAX_NAME) };
  if (issues.length > 0) throw new ValidationError(issues);
  return cancellation;
}

function checkName(path: string, value: unknown, issues: Issue[]): void {
  if (typeof value === "string") checkText(path, value, MAX_NAME, issues);
  else issues.push({ path, message: `must be a string, not ${excerpt(value)}` });
}

function checkFields(path: string, value: object, known: readonly string[], issues: Issue[]): void {
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    const at = path === "" ? field : `${path}.${field}`;
    issues.push({
      path: at,
      message: `is not a field of a workflow document; known fields: ${known.join(", ")}${didYouMean(field, known)}`,
    });
  }
}

function checkJobs(jobs: unknown, handlers: Handlers | null, issues: Issue[]): void {
  if (!Array.isArray(jobs) || jobs.length === 0 || jobs.length > MAX_JOBS) {
    const actual = Array.isArray(jobs) ? `${jobs.length} of them` : excerpt(jobs);
    issues.push({ path: "jobs", message: `must be a list of 1 to ${MAX_JOBS} jobs, not ${actual}` });
    return;
  }
  const firstAt = new Map<unknown, number>();
  const jobIds = jobs.flatMap((job) => (isObject(job) && typeof job.id === "string" ? [job.id] : []));
  for (const [index, job] of jobs.entries()) if (isObject(job) && !firstAt.has(job.id)) firstAt.set(job.id, index);
  const byId = new Map([...firstAt].map(([id, index]) => [id, jobs[index] as Record<string, unknown>]));
  for (const [index, job] of jobs.entries()) {
    const path = `jobs.${index}`;
    if (!isObject(job)) {
      issues.push({ path, message: `must be a job, { id, type, dependencies, config }, not ${excerpt(job)}` });
      continue;
    }
    checkFields(path, job, FIELDS.job, issues);
    checkName(`${path}.id`, job.id, issues);
    const first = firstAt.get(job.id);
    if (first !== index) {
      issues.push({ path: `${path}.id`, message: `${excerpt(job.id)} is already the id of jobs.${first}` });
    }
    checkDependencies(`${path}.dependencies`, job.dependencies, firstAt, issues);
    checkRetries(`${path}.retries`, job.retries, issues);
    if (job.timeoutMs != null) checkDuration(`${path}.timeoutMs`, job.timeoutMs, issues);
    checkForEach(path, job, byId, issues);
    checkBranchFields(path, job, byId, issues);
    checkConfig(path, job, { handlers, jobIds }, issues);
  }
  const sound = jobs.filter(
    (job) =>
      isObject(job) && typeof job.id === "string" && (job.dependencies == null || Array.isArray(job.dependencies)),
  );
  const ordered = (sound as JobDefinition[]).map(({ id, type, dependencies }) => ({ id, type, dependencies }));
  for (const cycle of findCycles(ordered, MOST_CYCLES)) {
    const path = `jobs.${firstAt.get(cycle[0])}.dependencies`;
    const ids = cycle.length <= MOST_NAMED ? cycle : cycle.toSpliced(MOST_NAMED / 2, cycle.length - MOST_NAMED, "…");
    issues.push({ path, message: `form a cycle: ${ids.join(" → ")}` });
  }
  checkConditionOrder(sound as JobDefinition[], firstAt, issues);
}

function checkDependencies(path: string, value: unknown, known: ReadonlyMap<unknown, number>, issues: Issue[]): void {
  if (value == null) return;
  if (!Array.isArray(value)) {
    issues.push({ path, message: `must be a list of the ids of other jobs, not ${excerpt(value)}` });
    return;
  }
  if (value.length > MAX_JOBS) {
    issues.push({ path, message: `must be a list of at most ${MAX_JOBS} ids, not ${value.length} of them` });
    return;
  }
  const before = new Set<unknown>();
  for (const [index, id] of value.entries()) {
    const at = `${path}.${index}`;
    if (!known.has(id) || typeof id !== "string") issues.push({ path: at, message: `there is no job ${excerpt(id)}` });
    else if (before.has(id)) issues.push({ path: at, message: `${excerpt(id)} is already in the list` });
    before.add(id);
  }
}

function checkRetries(path: string, value: unknown, issues: Issue[]): void {
  if (value == null) return;
  if (!isObject(value)) {
    issues.push({ path, message: `must be { attempts, delayMs, backoff, losses }, not ${excerpt(value)}` });
    return;
  }
  for (const [field, given] of Object.entries(value)) {
    const bounds = Object.hasOwn(RETRY_FIELDS, field) ? RETRY_FIELDS[field as keyof typeof RETRY_FIELDS] : undefined;
    if (bounds === undefined) {
      const known = Object.keys(RETRY_FIELDS);
      issues.push({
        path: `${path}.${field}`,
        message: `is not a field of retries; known fields: ${known.join(", ")}${didYouMean(field, known)}`,
      });
    } else if (given != null) {
      const { least, most, whole } = bounds;
      const fits = typeof given === "number" && given >= least && given <= most && (!whole || Number.isInteger(given));
      const what = `a ${whole ? "whole " : ""}number from ${least} to ${most}`;
      if (!fits) issues.push({ path: `${path}.${field}`, message: `must be ${what}, not ${excerpt(given)}` });
    }
  }
}

/** Checks the type, and the configuration with its handler. */
function checkConfig(
  path: string,
  job: Record<string, unknown>,
  { handlers, jobIds }: { handlers: Handlers | null; jobIds: readonly string[] },
  issues: Issue[],
): void {
  const before = issues.length;
  // As the document is stored, and as a handler takes it by itself.
  checkJsonObject(path, { config: withoutUndefined(job.config ?? {}) }, issues);
  const { type } = job;
  if (type === SUB_WORKFLOW) {
    if (issues.length > before) return;
    checkSubWorkflow(`${path}.config`, job.config ?? {}, issuesOf(handlers), issues, job.forEach != null);
    return;
  }
  if (handlers === null) {
    checkName(`${path}.type`, type, issues);
    return;
  }
  const handler = typeof type === "string" ? handlers.get(type) : undefined;
  if (handler === undefined) {
    const known = [...handlers.keys()].join(", ") || "none";
    issues.push({
      path: `${path}.type`,
      message: `there is no handler for ${excerpt(type)}; registered types: ${known}`,
    });
    return;
  }
  if (issues.length > before) return;
  try {
    for (const issue of handler.validate?.(structuredClone(job.config ?? {}), { jobIds }) ?? []) {
      issues.push({ ...issue, path: [path, "config", issue.path].filter((part) => part !== "").join(".") });
    }
  } catch (error) {
    issues.push({ path: `${path}.config`, message: `could not be checked: ${oneLine(error)}` });
  }
}

/** The faults of a document within a document. */
const issuesOf = (handlers: Handlers | null) => (document: unknown) => {
  try {
    checkedWorkflow(document, handlers);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.issues;
    throw error;
  }
};
