/**
 * Checks and converts the configuration of an approval job in a workflow document: lower-case names of channels,
 * actions and types, and operators as in code (`<`, `startsWith`). GraphQL's spellings are accepted too. Pure, so that
 * the handler checks a workflow before it runs, and the API answers `validateApprovalJob`, by the same rules.
 */

import type { ApprovalRequestInput } from "../model/approvals.ts";
import { MAX_DURATION_MS } from "../model/durations.ts";
import type { Issue } from "../model/errors.ts";
import { withoutUndefined } from "../model/json.ts";
import { unknownFieldIssues } from "../model/unknown-fields.ts";
import { type ApprovalJobCondition, type ApprovalJobConfig, JOB_CONFIG_FIELDS } from "./approval-job.ts";
import { OPERATOR_SPELLINGS } from "./conditions.ts";
import { demandedSourceOf } from "./demanded-source.ts";
import { normalizeSpelling, upper, type WrittenRequestInput } from "./spellings.ts";
import { BUILT_IN_DEFAULTS, checkRequestInput, checkText, type Defaults, MAX_NAME } from "./validation.ts";

function conditionOf(item: unknown): unknown {
  if (typeof item !== "object" || item === null) return item;
  const { field, operator, value } = item as ApprovalJobCondition;
  const known = typeof operator === "string" && Object.hasOwn(OPERATOR_SPELLINGS, operator);
  const isOnInput = typeof field === "string" && field.startsWith("input.");
  return {
    field: isOnInput ? `${RUN_INPUT}${field.slice("input.".length)}` : field,
    operator: known ? OPERATOR_SPELLINGS[operator] : operator,
    value,
  };
}

/** The path prefix of the run's input, which is part of a request's `config`. */
export const RUN_INPUT = "config.input.";

/** Fields that the handler uses itself, or that are converted. All others are those of a request. */
const OTHER_FIELDS: readonly string[] = [
  "autoApproveConditions",
  "decisionSource",
  "createCheckpoint",
  "checkpointName",
];
const REQUEST_FIELDS = JOB_CONFIG_FIELDS.filter(
  (field) => !OTHER_FIELDS.includes(field),
) as (keyof ApprovalJobConfig)[];

/**
 * The part of a request's input that comes from the configuration, in GraphQL's spelling. Omitted fields stay omitted.
 */
export function requestInputOf(
  given: ApprovalJobConfig,
): Omit<ApprovalRequestInput, "workflowId" | "jobId" | "executionId"> {
  const config = withoutUndefined(given);
  const input: Record<string, unknown> = {};
  for (const field of REQUEST_FIELDS) if (config[field] != null) input[field] = config[field];
  const { autoApproveConditions: conditions } = config;
  if (conditions != null)
    input.autoApproveConditions = Array.isArray(conditions) ? conditions.map(conditionOf) : conditions;
  return normalizeSpelling(input as unknown as WrittenRequestInput);
}

function checkDecisionSource({ decisionSource, approvalType }: ApprovalJobConfig, issues: Issue[]): void {
  const demanded = demandedSourceOf(decisionSource);
  const path = "decisionSource";
  if (demanded === undefined) {
    issues.push({ path, message: `must be "approver", not ${JSON.stringify(decisionSource)}` });
  } else if (demanded !== null && upper(approvalType) === "AUTO") {
    issues.push({ path, message: "cannot be approver if approvalType is auto: no person decides" });
  }
}

/**
 * A path is split at its dots, so it cannot refer to a job whose id has a dot, but may refer to another job's output.
 */
function checkPaths(conditions: unknown, jobIds: readonly string[], issues: Issue[]): void {
  const dotted = jobIds.filter((id) => id.includes("."));
  if (dotted.length === 0 || !Array.isArray(conditions)) return;
  for (const [index, condition] of conditions.entries()) {
    const field: unknown = (condition as { field?: unknown } | null)?.field;
    const jobId = typeof field === "string" ? dotted.find((id) => `${field}.`.startsWith(`results.${id}.`)) : undefined;
    if (jobId === undefined) continue;
    const [first] = jobId.split(".");
    const message =
      `leads to the job ${JSON.stringify(first)} and not to the job ${JSON.stringify(jobId)}: the dots of a path ` +
      "separate names; give the job an id without dots";
    issues.push({ path: `autoApproveConditions.${index}.field`, message });
  }
}

/** Fields of the configuration that its own conditions use: `environment` for `config.environment`. */
function fieldsInConditions(conditions: unknown): string[] {
  if (!Array.isArray(conditions)) return [];
  return conditions.flatMap((condition: { field?: unknown } | null) => {
    const [root, field] = String(condition?.field).split(".");
    return root === "config" && field !== undefined ? [field] : [];
  });
}

// A placeholder for the ids of the run. No user can have this id, so it does not count as an approver.
const OF_THE_RUN = "(run)";

// Without the server its default timeout is unknown and may have any length.
const DEFAULTS_ELSEWHERE: Defaults = { ...BUILT_IN_DEFAULTS, timeoutMs: MAX_DURATION_MS };

/**
 * Every fault of a job's configuration; an empty list if it is valid.
 * @param config the value in the workflow document; nothing about it is trusted
 * @param defaults the server's defaults, if known
 * @param jobIds the ids of the workflow's jobs, if known
 * @param otherFields fields that the caller uses itself
 */
export function checkJobConfig(
  config: unknown,
  defaults: Defaults = DEFAULTS_ELSEWHERE,
  jobIds: readonly string[] = [],
  otherFields: readonly string[] = [],
): Issue[] {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    return [{ path: "", message: "must be an object with the configuration of an approval job" }];
  }
  const job = config as ApprovalJobConfig;
  const ofConditions = fieldsInConditions(job.autoApproveConditions);
  const issues = unknownFieldIssues(config, [...JOB_CONFIG_FIELDS, ...otherFields, ...ofConditions]);
  if (job.createCheckpoint != null && typeof job.createCheckpoint !== "boolean") {
    const message = `must be true or false, not ${JSON.stringify(job.createCheckpoint)}`;
    issues.push({ path: "createCheckpoint", message });
  }
  checkDecisionSource(job, issues);
  checkPaths(job.autoApproveConditions, jobIds, issues);
  if (job.checkpointName != null) checkText("checkpointName", job.checkpointName, MAX_NAME, issues);
  if (job.title == null) issues.push({ path: "title", message: "is required" });
  const input = {
    ...requestInputOf(job),
    title: job.title ?? "-",
    workflowId: OF_THE_RUN,
    jobId: OF_THE_RUN,
    executionId: OF_THE_RUN,
  };
  return [...issues, ...checkRequestInput(input, job.requestedBy ?? OF_THE_RUN, defaults)];
}
