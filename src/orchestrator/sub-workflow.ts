/** Checks the configuration of a job that starts a run of another workflow, and makes the input of that run. Pure. */

import { pathFault, valueAt } from "../approvals/conditions.ts";
import { checkText, MAX_NAME } from "../approvals/validation.ts";
import { didYouMean } from "../model/closest-name.ts";
import type { Issue } from "../model/errors.ts";
import type { WorkflowDefinition } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";
import { jobNamedBy } from "./job-conditions.ts";

/** The configuration of a job of type "workflow". */
export interface SubWorkflowConfig {
  /** The name of a registered workflow, or a document. */
  workflow: string | WorkflowDefinition;
  /** The version of the registered workflow. Default: the newest one when the run is started. */
  version?: number | null;
  /** The input of the run. */
  input?: Readonly<Record<string, unknown>> | null;
  /** Fields of the input that are read when the run is started, by dot path: `{ image: "results.build.image" }`. */
  inputFrom?: Readonly<Record<string, string>> | null;
}

/** Most fields of `inputFrom`. */
const MOST_FIELDS = 100;
const FIELDS: readonly string[] = ["workflow", "version", "input", "inputFrom"];
const ROOTS: readonly string[] = ["results", "input", "item", "index"];
/** The roots that are values by themselves. */
const VALUES: readonly string[] = ["input", "item", "index"];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Checks the configuration, which is a JSON object.
 * @param path the place of the configuration
 * @param documentIssues returns the faults of a document
 */
export function checkSubWorkflow(
  path: string,
  config: unknown,
  documentIssues: (document: unknown) => readonly Issue[],
  issues: Issue[],
  hasItems = false,
): void {
  if (!isObject(config)) {
    issues.push({ path, message: `must be { workflow, version, input, inputFrom }, not ${excerpt(config)}` });
    return;
  }
  const { workflow, version, input, inputFrom } = config;
  for (const field of Object.keys(config)) {
    if (FIELDS.includes(field)) continue;
    issues.push({
      path: `${path}.${field}`,
      message: `is not a known field; known fields: ${FIELDS.join(", ")}${didYouMean(field, FIELDS)}`,
    });
  }
  if (typeof workflow === "string") checkText(`${path}.workflow`, workflow, MAX_NAME, issues);
  else if (isObject(workflow)) {
    for (const issue of documentIssues(workflow)) {
      issues.push({ ...issue, path: [path, "workflow", issue.path].filter((part) => part !== "").join(".") });
    }
  } else {
    const message = `must be the name of a registered workflow, or a document { id, jobs }, not ${excerpt(workflow)}`;
    issues.push({ path: `${path}.workflow`, message });
  }
  checkVersion(`${path}.version`, version, typeof workflow === "string", issues);
  if (input != null && !isObject(input)) {
    issues.push({ path: `${path}.input`, message: `must be a JSON object, not ${excerpt(input)}` });
  }
  checkInputFrom(`${path}.inputFrom`, inputFrom, isObject(input) ? input : {}, issues);
  for (const [at, from] of hasItems ? [] : pathsOfInput(config)) {
    if (!["item", "index"].includes(from.split(".", 1)[0] as string)) continue;
    const message = `is ${excerpt(from)}, which only a job with forEach has`;
    issues.push({ path: `${path}${at.slice("config".length)}`, message });
  }
}

function checkVersion(path: string, version: unknown, isNamed: boolean, issues: Issue[]): void {
  if (version == null) return;
  if (!isNamed)
    issues.push({ path, message: "cannot be used with a document; only registered workflows have versions" });
  else if (!Number.isInteger(version) || (version as number) < 1 || (version as number) >= 2 ** 31) {
    issues.push({ path, message: `must be a whole number from 1, not ${excerpt(version)}` });
  }
}

function checkInputFrom(path: string, value: unknown, input: Record<string, unknown>, issues: Issue[]): void {
  if (value == null) return;
  if (!isObject(value) || Object.keys(value).length > MOST_FIELDS) {
    const actual = isObject(value) ? `${Object.keys(value).length} of them` : excerpt(value);
    issues.push({ path, message: `must be an object of at most ${MOST_FIELDS} fields and their paths, not ${actual}` });
    return;
  }
  for (const [name, field] of Object.entries(value)) {
    const at = `${path}.${name}`;
    if (Object.hasOwn(input, name)) issues.push({ path: at, message: "is already a field of input" });
    const before = issues.length;
    checkText(at, field, MAX_NAME, issues);
    if (issues.length > before) continue;
    const fault = faultOfPath(field as string);
    if (fault !== null) issues.push({ path: at, message: `${fault}, but is ${excerpt(field)}` });
  }
}

const faultOfPath = (path: string) => (VALUES.includes(path) ? null : pathFault(path, ROOTS));

/** The valid paths of `inputFrom`, each with its place in the job. */
export function pathsOfInput(config: unknown): [at: string, path: string][] {
  const from = isObject(config) ? config.inputFrom : null;
  return Object.entries(isObject(from) ? from : {}).flatMap(([name, path]) =>
    typeof path === "string" && faultOfPath(path) === null ? [[`config.inputFrom.${name}`, path]] : [],
  );
}

/** The ids of the jobs whose outputs are part of the input of the run. */
export const jobsOfInput = (config: unknown): string[] => [
  ...new Set(pathsOfInput(config).flatMap(([, path]) => jobNamedBy(path) ?? [])),
];

/**
 * The input of the run. A path without a value is an issue: the run must not start with incomplete input.
 * @param scope the outputs, the input of the job's own run, and its item
 */
export function inputOf(
  { input, inputFrom }: SubWorkflowConfig,
  scope: object,
  issues: Issue[],
): Record<string, unknown> {
  const read = Object.entries(inputFrom ?? {}).map(([name, path]) => {
    const value = valueAt(scope, path, ROOTS);
    if (value === undefined) issues.push({ path: `inputFrom.${name}`, message: `${path} has no value` });
    return [name, value] as const;
  });
  return { ...input, ...Object.fromEntries(read) };
}
