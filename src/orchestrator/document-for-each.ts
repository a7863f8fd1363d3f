/** Checks `forEach`, with which a job runs once for each entry of a list, and finds the list. Pure. */

import { pathFault, valueAt } from "../approvals/conditions.ts";
import { checkText, MAX_NAME } from "../approvals/validation.ts";
import { didYouMean } from "../model/closest-name.ts";
import type { Issue } from "../model/errors.ts";
import type { ForEach, JobDefinition } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";

/** Most entries of a list. */
export const MOST_ITEMS = 1_000;
/** Most items of one job that run at once, and the default. */
const MOST_AT_ONCE = 100;
const AT_ONCE = 10;
/** The ids of the items must not be too long for a request. */
const MAX_ID = MAX_NAME - "[999]".length;
const FIELDS: readonly string[] = ["items", "concurrency", "continueOnError"];
const ROOTS: readonly string[] = ["results", "input"];
const ITEM_ID = /^(.*)\[\d+\]$/s;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The id of an item: that of its job and its place in the list. */
export const itemIdOf = (jobId: string, index: number): string => `${jobId}[${index}]`;

/** The id of the job that an item belongs to; undefined for an id that no item can have. */
export const jobOfItem = (id: string): string | undefined => ITEM_ID.exec(id)?.[1];

/** How many items run at once. */
export const atOnce = ({ concurrency }: ForEach): number => concurrency ?? AT_ONCE;

/** Checks the field. @param byId the jobs of the document */
export function checkForEach(
  path: string,
  { id, forEach }: { id?: unknown; forEach?: unknown },
  byId: ReadonlyMap<unknown, { forEach?: unknown }>,
  issues: Issue[],
): void {
  const owner = typeof id === "string" ? jobOfItem(id) : undefined;
  if (owner !== undefined && byId.get(owner)?.forEach != null) {
    issues.push({ path: `${path}.id`, message: `${excerpt(id)} is the id of an item of the job ${excerpt(owner)}` });
  }
  if (forEach == null) return;
  if (!isObject(forEach)) {
    issues.push({ path: `${path}.forEach`, message: `must be { ${FIELDS.join(", ")} }, not ${excerpt(forEach)}` });
    return;
  }
  if (typeof id === "string" && id.length > MAX_ID) {
    const message = `is ${id.length} characters long; the id of a job with forEach has at most ${MAX_ID}`;
    issues.push({ path: `${path}.id`, message });
  }
  for (const field of Object.keys(forEach)) {
    if (FIELDS.includes(field)) continue;
    const message = `is not a known field; known fields: ${FIELDS.join(", ")}${didYouMean(field, FIELDS)}`;
    issues.push({ path: `${path}.forEach.${field}`, message });
  }
  const { items, concurrency, continueOnError } = forEach;
  checkItems(`${path}.forEach.items`, items, issues);
  const isCount =
    Number.isInteger(concurrency) && (concurrency as number) >= 1 && (concurrency as number) <= MOST_AT_ONCE;
  if (concurrency != null && !isCount) {
    const message = `must be a whole number from 1 to ${MOST_AT_ONCE}, not ${excerpt(concurrency)}`;
    issues.push({ path: `${path}.forEach.concurrency`, message });
  }
  if (continueOnError != null && typeof continueOnError !== "boolean") {
    const message = `must be true or false, not ${excerpt(continueOnError)}`;
    issues.push({ path: `${path}.forEach.continueOnError`, message });
  }
}

function checkItems(path: string, items: unknown, issues: Issue[]): void {
  if (Array.isArray(items)) {
    const fault = faultOfList(items);
    if (fault !== null) issues.push({ path, message: fault });
  } else if (typeof items === "string") {
    const before = issues.length;
    checkText(path, items, MAX_NAME, issues);
    const fault = issues.length === before ? pathFault(items, ROOTS) : null;
    if (fault !== null) issues.push({ path, message: `${fault}, but is ${excerpt(items)}` });
  } else {
    issues.push({ path, message: `must be a list, or a path such as results.plan.regions, not ${excerpt(items)}` });
  }
}

/** The path of the list, if it is valid, with its place in the job. */
export function pathsOfItems({ forEach }: Pick<JobDefinition, "forEach">): [at: string, path: string][] {
  const items: unknown = isObject(forEach) ? forEach.items : null;
  return typeof items === "string" && pathFault(items, ROOTS) === null ? [["forEach.items", items]] : [];
}

const faultOfList = (list: readonly unknown[]): string | null =>
  list.length > MOST_ITEMS ? `has ${list.length} entries; at most ${MOST_ITEMS} are allowed` : null;

/** The list that a job runs over, or the error if there is none. @param scope the outputs of jobs before it, and the input */
export function listOf({ items }: ForEach, scope: object): { list: readonly unknown[] } | { error: string } {
  if (typeof items !== "string") return { list: items };
  const value = valueAt(scope, items, ROOTS);
  if (value === undefined) return { error: `forEach.items: ${items} has no value` };
  if (!Array.isArray(value)) return { error: `forEach.items: ${items} must be a list, not ${excerpt(value)}` };
  const fault = faultOfList(value);
  return fault === null ? { list: value } : { error: `forEach.items: ${items} ${fault}` };
}
