/** From a job to what is asked: the input of the request. */

import { allConditionsHold, conditionHolds, OPERATOR_SPELLINGS, valueAt } from "../approvals/conditions.ts";
import {
  type ApprovalJobCondition,
  type ApprovalJobConfig,
  RUN_INPUT,
  requestInputOf,
} from "../approvals/job-config.ts";
import { upper } from "../approvals/spellings.ts";
import { MAX_TITLE } from "../approvals/validation.ts";
import type { ApprovalCondition, ApprovalRequestInput, ConditionScope, Json, JsonObject } from "../model/approvals.ts";
import { cutText } from "../model/json.ts";
import type { JobContext } from "./job.ts";

const PARTS_OF_A_RESULT: ReadonlySet<string> = new Set(["success", "output", "error", "metadata"]);

/** A job's output; orchestrators that hand on whole results are understood too. */
function outputOf(result: unknown): unknown {
  if (typeof result !== "object" || result === null || !Object.hasOwn(result, "output")) return result;
  const whole = "success" in result && typeof result.success === "boolean";
  return whole && Object.keys(result).every((key) => PARTS_OF_A_RESULT.has(key))
    ? (result as unknown as { output: unknown }).output
    : result;
}

/** As JSON would carry it, so that conditions see the same in this process as over a socket. */
const asJson = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value ?? {})) as JsonObject;

const outputsOf = (results: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(results ?? {}).map(([jobId, result]) => [jobId, outputOf(result)]));

/** What a title quotes of an item. */
const QUOTED = /\{(index|item(?:\.[^.{}\s]+)*)\}/g;

/**
 * The configuration of a gate. That of an item has the item and its place in `context`, and in the title and the
 * description where they are named in braces: `{item}`, `{item.region}`, `{index}`.
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

/** What conditions may look at: the job's own context and metadata, its configuration, the outputs before it. */
export function buildApprovalContext(context: JobContext): ConditionScope {
  const config = context.config as ApprovalJobConfig;
  return {
    context: asJson(configOf(context).context),
    metadata: asJson(config.metadata),
    config: asJson(config),
    results: asJson(outputsOf(context.results)),
  };
}

/** Ids of the jobs whose outputs the conditions of a gate look at. */
export function jobsLookedAt(config: unknown): string[] {
  const { approvalType, autoApproveConditions } = (config ?? {}) as Partial<ApprovalJobConfig>;
  if (upper(approvalType) !== "CONDITIONAL" || !Array.isArray(autoApproveConditions)) return [];
  const paths = (autoApproveConditions as unknown[]).map((condition) =>
    String((condition as { field?: unknown } | null)?.field).split("."),
  );
  return [...new Set(paths.flatMap(([root, jobId]) => (root === "results" && jobId !== undefined ? [jobId] : [])))];
}

/** The context with every output that the conditions look at, where its orchestrator loads outputs on demand. */
export async function withResults(context: JobContext): Promise<JobContext> {
  const { results } = context;
  const missing = jobsLookedAt(context.config).filter((jobId) => !Object.hasOwn(results ?? {}, jobId));
  if (context.result === undefined || missing.length === 0) return context;
  const loaded = await Promise.all(missing.map(async (jobId) => [jobId, await outputBefore(context, jobId)] as const));
  // A condition on an output that does not exist must not hold.
  const found = loaded.filter(([, output]) => output !== undefined);
  return { ...context, results: { ...results, ...Object.fromEntries(found) } };
}

/** Undefined for a job that does not come before, which is no fault of a condition: it does not hold. */
async function outputBefore(context: JobContext, jobId: string): Promise<unknown> {
  try {
    return await context.result?.(jobId);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/**
 * The input of the job's request. Configuration and results go along only where conditions look at them: they count as
 * content, and a job run again must not be taken for another question because an earlier one took longer this time.
 */
export function requestInputFor(context: JobContext): ApprovalRequestInput {
  const { workflowId, jobId, executionId } = context;
  const input = { workflowId, jobId, executionId, ...requestInputOf(configOf(context)) };
  if (input.approvalType !== "CONDITIONAL") return input;
  const { config, results } = buildApprovalContext(context);
  const looksAtInput = (input.autoApproveConditions ?? []).some(({ field }) => field.startsWith(RUN_INPUT));
  const whole = looksAtInput ? { ...config, input: asJson(context.input) } : config;
  return { ...input, config: whole, results };
}

/** The value at a dot path into `{ context, metadata, config, results }`; undefined where there is none. */
export const getFieldValue = (scope: ConditionScope, field: string): Json | undefined => valueAt(scope, field);

/** Whether one condition holds, in either spelling of its operator; an unknown operator never does. */
export function evaluateCondition(condition: ApprovalJobCondition, scope: ConditionScope): boolean {
  const known = conditionOf(condition);
  return known !== null && conditionHolds(known, scope);
}

/** Whether there are conditions and all of them hold. */
export function checkAutoApprovalConditions(
  conditions: readonly ApprovalJobCondition[] | null | undefined,
  scope: ConditionScope,
): boolean {
  const known = (conditions ?? []).map(conditionOf);
  return known.every((condition) => condition !== null) && allConditionsHold(known, scope);
}

function conditionOf({ field, operator, value }: ApprovalJobCondition): ApprovalCondition | null {
  const known = Object.hasOwn(OPERATOR_SPELLINGS, operator) ? OPERATOR_SPELLINGS[operator] : undefined;
  return known === undefined || value === undefined ? null : { field, operator: known, value: value as Json };
}
