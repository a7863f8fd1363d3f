/** Creates the input of a request from the configuration of a job. */

import type { ApprovalJobConfig } from "../approvals/approval-job.ts";
import { allConditionsHold, conditionHolds, OPERATOR_SPELLINGS, valueAt } from "../approvals/conditions.ts";
import { RUN_INPUT, requestInputOf } from "../approvals/job-config.ts";
import { upper } from "../approvals/spellings.ts";
import { MAX_TITLE } from "../approvals/validation.ts";
import type { ApprovalCondition, ApprovalRequestInput, ConditionScope, Json, JsonObject } from "../model/approvals.ts";
import { cutText } from "../model/json.ts";
import type { JobContext } from "./job.ts";

const PARTS_OF_A_RESULT: ReadonlySet<string> = new Set(["success", "output", "error", "metadata"]);

/** A job's output. Some orchestrators pass on whole results, so the output of a result is unwrapped. */
function outputOf(result: unknown): unknown {
  if (typeof result !== "object" || result === null || !Object.hasOwn(result, "output")) return result;
  const whole = "success" in result && typeof result.success === "boolean";
  return whole && Object.keys(result).every((key) => PARTS_OF_A_RESULT.has(key))
    ? (result as unknown as { output: unknown }).output
    : result;
}

/** Converts a value through JSON, so that conditions see the same value in this process as over a socket. */
const asJson = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value ?? {})) as JsonObject;

const outputsOf = (results: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(results ?? {}).map(([jobId, result]) => [jobId, outputOf(result)]));

/** The placeholders of an item in a title or description. */
const QUOTED = /\{(index|item(?:\.[^.{}\s]+)*)\}/g;

/**
 * The configuration of a gate. For an item, the item and its index are added to `context`, and replace the placeholders
 * `{item}`, `{item.region}` and `{index}` in the title and the description.
 */
function configOf({ config, item, index }: JobContext): ApprovalJobConfig {
  const given = config as ApprovalJobConfig;
  if (index === undefined) return given;
  const quoted = (text: string) =>
    text.replaceAll(QUOTED, (whole, path: string) => {
      const value = valueAt({ item, index }, path, ["item", "index"]);
      return value === undefined ? whole : typeof value === "string" ? value : JSON.stringify(value);
    });
  return {
    ...given,
    title: cutText(quoted(given.title), MAX_TITLE),
    ...(typeof given.description === "string" && { description: quoted(given.description) }),
    context: { ...given.context, item: item as Json, index },
  };
}

/**
 * The values that conditions may use: the job's context, metadata and configuration, and the outputs of earlier jobs.
 */
export function buildApprovalContext(context: JobContext): ConditionScope {
  const config = context.config as ApprovalJobConfig;
  return {
    context: asJson(configOf(context).context),
    metadata: asJson(config.metadata),
    config: asJson(config),
    results: asJson(outputsOf(context.results)),
  };
}

/** Ids of the jobs whose outputs the conditions of a gate use. */
export function jobsInConditions(config: unknown): string[] {
  const { approvalType, autoApproveConditions } = (config ?? {}) as Partial<ApprovalJobConfig>;
  if (upper(approvalType) !== "CONDITIONAL" || !Array.isArray(autoApproveConditions)) return [];
  const paths = (autoApproveConditions as unknown[]).map((condition) =>
    String((condition as { field?: unknown } | null)?.field).split("."),
  );
  return [...new Set(paths.flatMap(([root, jobId]) => (root === "results" && jobId !== undefined ? [jobId] : [])))];
}

/** The context with every output that the conditions use, if the orchestrator loads outputs on demand. */
export async function withResults(context: JobContext): Promise<JobContext> {
  const { results } = context;
  const missing = jobsInConditions(context.config).filter((jobId) => !Object.hasOwn(results ?? {}, jobId));
  if (context.result === undefined || missing.length === 0) return context;
  const loaded = await Promise.all(missing.map(async (jobId) => [jobId, await outputBefore(context, jobId)] as const));
  // A condition on an output that does not exist must not hold.
  const found = loaded.filter(([, output]) => output !== undefined);
  return { ...context, results: { ...results, ...Object.fromEntries(found) } };
}

/** Undefined for a job that does not come before this one. A condition on it is valid, but does not hold. */
async function outputBefore(context: JobContext, jobId: string): Promise<unknown> {
  try {
    return await context.result?.(jobId);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/**
 * The input of the job's request. Configuration and results are included only if conditions use them. They count as
 * content, and a job that runs again must not conflict with its own request because an earlier output has changed.
 */
export function requestInputFor(context: JobContext): ApprovalRequestInput {
  const { workflowId, jobId, executionId } = context;
  const input = { workflowId, jobId, executionId, ...requestInputOf(configOf(context)) };
  if (input.approvalType !== "CONDITIONAL") return input;
  const { config, results } = buildApprovalContext(context);
  const usesInput = (input.autoApproveConditions ?? []).some(({ field }) => field.startsWith(RUN_INPUT));
  const whole = usesInput ? { ...config, input: asJson(context.input) } : config;
  return { ...input, config: whole, results };
}

/** The value at a dot path into `{ context, metadata, config, results }`; undefined if there is none. */
export const getFieldValue = (scope: ConditionScope, field: string): Json | undefined => valueAt(scope, field);

/** A condition that was not checked: its operator may be unknown. */
interface AnyCondition {
  field: string;
  operator: string;
  value: unknown;
}

/** Whether one condition holds, in either spelling of its operator; an unknown operator never does. */
export function evaluateCondition(condition: AnyCondition, scope: ConditionScope): boolean {
  const known = conditionOf(condition);
  return known !== null && conditionHolds(known, scope);
}

/** Whether there are conditions and all of them hold. */
export function checkAutoApprovalConditions(
  conditions: readonly AnyCondition[] | null | undefined,
  scope: ConditionScope,
): boolean {
  const known = (conditions ?? []).map(conditionOf);
  return known.every((condition) => condition !== null) && allConditionsHold(known, scope);
}

function conditionOf({ field, operator, value }: AnyCondition): ApprovalCondition | null {
  const known = Object.hasOwn(OPERATOR_SPELLINGS, operator) ? OPERATOR_SPELLINGS[operator] : undefined;
  return known === undefined || value === undefined ? null : { field, operator: known, value: value as Json };
}
