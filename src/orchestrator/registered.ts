/** Registers workflows by name and version, and finds the version for a new run. */

import { schemaIssues } from "../approvals/input-schema.ts";
import { checkText, MAX_NAME } from "../approvals/validation.ts";
import {
  insertWorkflow,
  type NewWorkflow,
  type WholeWorkflow,
  workflowOf,
} from "../db/queries/workflow-definitions.ts";
import { runsById } from "../db/queries/workflow-runs.ts";
import type { Queryable } from "../db/query.ts";
import { type Issue, NotFoundError, ValidationError } from "../model/errors.ts";
import { digestOf } from "../model/json.ts";
import type { RegisteredWorkflow } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";
import { runIdOf } from "./keys.ts";

/** Most roles whose holders may start a workflow. */
const MAX_ROLES = 100;

/** The properties of a registered workflow besides its document. */
export interface WorkflowTerms {
  /** The JSON Schema (2020-12) of the input of a run; without one any object is accepted. */
  inputSchema?: unknown;
  /** The roles of the people who may start a run; programs may start each workflow. */
  startRoles?: readonly string[] | null;
}

/** @throws ValidationError with every fault of the schema and the roles */
export async function checkedTerms({ inputSchema, startRoles }: WorkflowTerms) {
  const issues: Issue[] = inputSchema == null ? [] : await schemaIssues("inputSchema", inputSchema);
  const roles: unknown = startRoles ?? [];
  if (!Array.isArray(roles) || roles.length > MAX_ROLES) {
    const actual = Array.isArray(roles) ? `${roles.length} of them` : excerpt(roles);
    issues.push({ path: "startRoles", message: `must be a list of at most ${MAX_ROLES} roles, not ${actual}` });
  } else for (const [index, role] of roles.entries()) checkText(`startRoles.${index}`, role, MAX_NAME, issues);
  if (issues.length > 0) throw new ValidationError(issues);
  return {
    inputSchema: (inputSchema ?? null) as RegisteredWorkflow["inputSchema"],
    startRoles: [...new Set(roles as string[])],
  };
}

/** The content by which two versions are the same. Their creators are not part of it. */
const contentOf = ({ definition, inputSchema, startRoles, orchestrator }: NewWorkflow): string =>
  digestOf(JSON.parse(JSON.stringify({ definition, inputSchema, startRoles: [...startRoles].sort(), orchestrator })));

/**
 * Stores a workflow as a new version, unless it is the same as the newest one.
 * @param authorise throws if it may not follow the newest version; null if there is none
 */
export async function storeWorkflow(
  db: Queryable,
  workflow: NewWorkflow,
  authorise: (newest: RegisteredWorkflow | null) => void = () => {},
): Promise<{ workflow: RegisteredWorkflow; created: boolean }> {
  for (;;) {
    const newest = await workflowOf(db, workflow.name);
    authorise(newest ?? null);
    if (newest !== undefined && contentOf(newest) === contentOf(workflow)) return { workflow: newest, created: false };
    // None if another process has stored this version in the meantime.
    const stored = await insertWorkflow(db, workflow, (newest?.version ?? 0) + 1);
    if (stored !== undefined) return { workflow: stored, created: true };
  }
}

/**
 * The version for a new run, and the newest one, which has the roles that may start it.
 * @param version null for the newest; a repeated start finds the version of the existing run
 * @throws NotFoundError
 */
export async function workflowToStart(
  db: Queryable,
  name: string,
  { version, executionId }: { version: number | null; executionId: string },
): Promise<{ newest: WholeWorkflow; workflow: WholeWorkflow }> {
  if (version !== null && !(Number.isInteger(version) && version >= 1 && version < 2 ** 31)) {
    throw new ValidationError([{ path: "version", message: `must be a whole number from 1, not ${excerpt(version)}` }]);
  }
  const newest = await workflowOf(db, name);
  if (newest === undefined) throw new NotFoundError("workflow");
  const [run] = version === null ? await runsById(db, [runIdOf(name, executionId)]) : [];
  const chosen = version ?? run?.workflowVersion ?? newest.version;
  const workflow = chosen === newest.version ? newest : await workflowOf(db, name, chosen);
  if (workflow === undefined) throw new NotFoundError("version of the workflow");
  return { newest, workflow };
}
