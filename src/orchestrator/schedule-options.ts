/** Checks the options of schedules, and makes the ids of their runs. */

import { checkText, MAX_NAME } from "../approvals/validation.ts";
import type { JobHandler } from "../handler/job.ts";
import type { JsonObject } from "../model/approvals.ts";
import { didYouMean } from "../model/closest-name.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import { checkJsonObject } from "../model/json.ts";
import type { WorkflowDefinition } from "../model/runs.ts";
import { TIME_ZONE_FORM, timeZoneOf } from "../model/time-zone.ts";
import { checkedWorkflow } from "./document.ts";
import { excerpt } from "./excerpt.ts";
import { checkPriority } from "./limits.ts";
import { CRON_FORM, faultOfCron } from "./schedule-times.ts";

/** The rest of an execution id is the time of the tick. */
const LONGEST_NAME = MAX_NAME - 25;
const MISSED = ["skip", "run"] as const;
const FIELDS = ["cron", "timezone", "workflow", "version", "input", "priority", "missed"];

/** `"skip"`: a tick that is more than a minute late starts no run. `"run"`: the 1,000 latest such ticks start runs. */
export type Missed = (typeof MISSED)[number];

/** When and how a schedule starts runs. */
export interface ScheduleOptions {
  /** Five fields (minute, hour, day of month, month, day of week), or six with the second first. */
  cron: string;
  /** The IANA name of the time zone of `cron`. Default: UTC. */
  timezone?: string | null;
  /** The name of a registered workflow, or a document. */
  workflow: string | WorkflowDefinition;
  /** The version of the registered workflow. Default: the newest at the time of the tick. */
  version?: number | null;
  /** The input of each run; a JSON object that fits the workflow's schema. */
  input?: Readonly<Record<string, unknown>> | null;
  /** The priority of each run, from −100 to 100. Default: 0. */
  priority?: number | null;
  /**
   * The effect of a tick that is more than a minute late because no process was running or the database was not available.
   * `"skip"` starts no run; `"run"` starts a run for each such tick, the 1,000 latest at most. Default: `"skip"`.
   */
  missed?: Missed | null;
}

/** A schedule as it is stored. */
export interface CheckedSchedule {
  name: string;
  cron: string;
  timezone: string;
  /** The id of the workflow. */
  workflowId: string;
  workflowVersion: number | null;
  /** Null if the workflow is registered. */
  definition: WorkflowDefinition | null;
  input: JsonObject | null;
  priority: number;
  missed: Missed;
}

/** The id of the run that a tick starts. */
export const executionIdOf = (schedule: string, tick: Date): string => `${schedule}:${tick.toISOString()}`;

/**
 * Checks everything that needs no database.
 * @param handlers null if not all of them are registered yet
 * @throws ValidationError with every fault
 */
export function checkedSchedule(
  name: unknown,
  options: unknown,
  handlers: ReadonlyMap<string, JobHandler> | null,
): CheckedSchedule {
  const issues: Issue[] = [];
  checkText("name", name, LONGEST_NAME, issues);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const message = `must be an object with ${FIELDS.join(", ")}, not ${excerpt(options)}`;
    throw new ValidationError([...issues, { path: "options", message }]);
  }
  for (const field of Object.keys(options)) {
    if (!FIELDS.includes(field)) {
      issues.push({
        path: field,
        message: `is not a field of a schedule; known fields: ${FIELDS.join(", ")}${didYouMean(field, FIELDS)}`,
      });
    }
  }
  const { cron, timezone, workflow, version, input, priority, missed } = options as Record<string, unknown>;
  checkCron(cron, issues);
  const zone = typeof (timezone ?? "UTC") === "string" ? timeZoneOf((timezone ?? "UTC") as string) : null;
  if (zone === null) issues.push({ path: "timezone", message: `must be ${TIME_ZONE_FORM}, not ${excerpt(timezone)}` });
  const definition = typeof workflow === "string" ? null : checkedDefinition(workflow, handlers, issues);
  if (typeof workflow === "string") checkText("workflow", workflow, MAX_NAME, issues);
  checkVersion(version, typeof workflow === "string", issues);
  if (input != null) checkJsonObject("input", input, issues);
  checkPriority("priority", priority, issues);
  if (missed != null && !MISSED.includes(missed as Missed)) {
    issues.push({ path: "missed", message: `must be "skip" or "run", not ${excerpt(missed)}` });
  }
  if (issues.length > 0) throw new ValidationError(issues);
  return {
    name: name as string,
    cron: cron as string,
    timezone: zone as string,
    definition,
    workflowId: definition?.id ?? (workflow as string),
    workflowVersion: (version ?? null) as number | null,
    input: (input ?? null) as JsonObject | null,
    priority: (priority ?? 0) as number,
    missed: (missed ?? "skip") as Missed,
  };
}

function checkCron(cron: unknown, issues: Issue[]): void {
  const fault = typeof cron === "string" ? faultOfCron(cron) : null;
  if (typeof cron === "string" && fault === null) return;
  const message = `must be ${CRON_FORM}, not ${excerpt(cron)}${fault === null ? "" : `: ${fault}`}`;
  issues.push({ path: "cron", message });
}

function checkVersion(version: unknown, isRegistered: boolean, issues: Issue[]): void {
  if (version == null) return;
  if (!isRegistered) {
    issues.push({ path: "version", message: "is only possible with the name of a registered workflow" });
  } else if (!(Number.isInteger(version) && (version as number) >= 1 && (version as number) < 2 ** 31)) {
    issues.push({ path: "version", message: `must be a whole number from 1, not ${excerpt(version)}` });
  }
}

function checkedDefinition(
  workflow: unknown,
  handlers: ReadonlyMap<string, JobHandler> | null,
  issues: Issue[],
): WorkflowDefinition | null {
  if (typeof workflow !== "object" || workflow === null) {
    const message = `must be the name of a registered workflow or a document, { id, jobs }, not ${excerpt(workflow)}`;
    issues.push({ path: "workflow", message });
    return null;
  }
  try {
    return checkedWorkflow(workflow, handlers);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const below = (path: string) => (path === "" ? "workflow" : `workflow.${path}`);
    issues.push(...error.issues.map(({ path, message }) => ({ path: below(path), message })));
    return null;
  }
}
