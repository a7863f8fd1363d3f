/** Registered workflows: one, a list, a new version, and a run of one. */

import { randomUUID } from "node:crypto";
import { checkedInput } from "../approvals/input-schema.ts";
import {
  mayReadWorkflow,
  mayReadWorkflowDocument,
  mayRegisterWorkflow,
  maySetPriority,
  mayStartWorkflow,
} from "../approvals/policy.ts";
import { checkText, MAX_NAME } from "../approvals/validation.ts";
import { definitionOfWorkflow, listWorkflows, workflowOf } from "../db/queries/workflow-definitions.ts";
import { findVisibleRun } from "../live/visible-run.ts";
import type { JsonObject } from "../model/approvals.ts";
import { isOrchestrator, seesEverything } from "../model/approvals.ts";
import { ConflictError, ForbiddenError, type Issue, NotFoundError, ValidationError } from "../model/errors.ts";
import type { RegisteredWorkflow } from "../model/runs.ts";
import { checkedWorkflow } from "../orchestrator/document.ts";
import { runIdOf } from "../orchestrator/keys.ts";
import { checkPriority } from "../orchestrator/limits.ts";
import { checkedTerms, storeWorkflow, workflowToStart } from "../orchestrator/registered.ts";
import { storeRun } from "../orchestrator/store-run.ts";
import type { Context } from "./context.ts";
import { decodeWorkflow, encodeWorkflow } from "./cursors.ts";
import { type Connection, connectionOf, type PageArgs, pageSize } from "./paging.ts";
import type { RunPayload } from "./run-commands.ts";

/** A version of a workflow, with the start roles of the newest version. */
export interface VisibleWorkflow extends RegisteredWorkflow {
  newest: RegisteredWorkflow;
}

/** Whether a text can be the name of anything. */
function isName(text: string): boolean {
  const issues: Issue[] = [];
  checkText("name", text, MAX_NAME, issues);
  return issues.length === 0;
}

/** A version of a workflow; null if it is unknown, or if the viewer may not see it. */
export async function visibleWorkflow(
  { name, version }: { name: string; version?: number | null },
  { services, caller }: Context,
): Promise<VisibleWorkflow | null> {
  const newest = isName(name) ? await workflowOf(services.pool, name) : undefined;
  if (newest === undefined || !mayReadWorkflow(newest, caller.viewer)) return null;
  const workflow =
    version == null || version === newest.version ? newest : await workflowOf(services.pool, name, version);
  return workflow === undefined ? null : { ...workflow, newest };
}

/** A page of the workflows that the viewer may see, each in its newest version, by name. */
export async function workflowList(
  args: PageArgs,
  { services, caller }: Context,
): Promise<Connection<VisibleWorkflow>> {
  const { viewer } = caller;
  const roles = seesEverything(viewer) || isOrchestrator(viewer) ? null : viewer.roles;
  const after = decodeWorkflow(args.after);
  const first = pageSize(args.first);
  const { items, hasNextPage } = await listWorkflows(services.pool, roles, after, first);
  const page = { items: items.map((workflow) => ({ ...workflow, newest: workflow })), hasNextPage };
  return connectionOf(page, args, ({ name }) => encodeWorkflow(name));
}

/** Whether the viewer may start a run of the workflow. */
export const canStart = ({ newest }: VisibleWorkflow, { caller }: Context): boolean =>
  mayStartWorkflow(newest, caller.viewer);

/** The document of a version, for viewers who may see it. */
export async function documentOf(
  { name, version, newest }: VisibleWorkflow,
  { services, caller }: Context,
): Promise<JsonObject | null> {
  if (!mayReadWorkflowDocument(newest, caller.viewer)) return null;
  return (await definitionOfWorkflow(services.pool, name, version)) ?? null;
}

interface WorkflowInput {
  definition: JsonObject;
  inputSchema?: JsonObject | null;
  startRoles?: readonly string[] | null;
  orchestrator?: string | null;
}

/** Registers a version of a workflow, unless it is the same as the newest one. */
export async function registerWorkflow(
  { definition: given, inputSchema, startRoles, orchestrator = null }: WorkflowInput,
  { services, caller }: Context,
): Promise<{ workflow: VisibleWorkflow; created: boolean }> {
  const { viewer } = caller;
  // A viewer who may not register workflows gets FORBIDDEN before anything is checked.
  if (!isOrchestrator(viewer)) throw mayNotRegister();
  const issues: Issue[] = [];
  if (orchestrator !== null) checkText("orchestrator", orchestrator, MAX_NAME, issues);
  if (issues.length > 0) throw new ValidationError(issues);
  const definition = checkedDefinition(given);
  const workflow = {
    name: definition.id,
    definition,
    ...(await checkedTerms({ inputSchema, startRoles })),
    orchestrator: orchestrator ?? "countersign",
    createdBy: viewer.userId,
  };
  const { workflow: stored, created } = await storeWorkflow(services.pool, workflow, (newest) => {
    if (!mayRegisterWorkflow(newest, viewer)) throw mayNotRegister();
  });
  return { workflow: { ...stored, newest: stored }, created };
}

const mayNotRegister = () =>
  new ForbiddenError(
    "Only admins may register this workflow, and programs a workflow that is new or was registered by themselves.",
  );

/** @throws ValidationError whose paths begin with `definition` */
function checkedDefinition(given: unknown) {
  try {
    return checkedWorkflow(given, null);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const below = (path: string) => (path === "" ? "definition" : `definition.${path}`);
    throw new ValidationError(error.issues.map(({ path, message }) => ({ path: below(path), message })));
  }
}

interface StartInput {
  name: string;
  version?: number | null;
  executionId?: string | null;
  input?: JsonObject | null;
  priority?: number | null;
}

/**
 * Starts a run of a registered workflow, or returns the run with the same execution id. The processes that
 * may run it are notified.
 */
export async function startWorkflow(
  { name, version = null, executionId, input, priority }: StartInput,
  { services, caller }: Context,
): Promise<RunPayload & { created: boolean }> {
  const { pool, loaders } = services;
  const { viewer } = caller;
  const named = { version, executionId: executionId ?? randomUUID() };
  const issues: Issue[] = [];
  checkText("executionId", named.executionId, MAX_NAME, issues);
  checkPriority("priority", priority, issues);
  if (issues.length > 0) throw new ValidationError(issues);
  if (!isName(name)) throw new NotFoundError("workflow");
  const { newest, workflow } = await workflowToStart(pool, name, named).catch((error) => {
    throw error instanceof NotFoundError ? new NotFoundError("workflow") : error;
  });
  if (!mayReadWorkflow(newest, viewer)) throw new NotFoundError("workflow");
  if (!mayStartWorkflow(newest, viewer)) {
    throw new ForbiddenError("Only programs and the holders of a role in startRoles may start this workflow.");
  }
  if (priority != null && !maySetPriority(viewer)) {
    throw new ForbiddenError("Only programs and admins may set the priority of a run.");
  }
  const id = runIdOf(name, named.executionId);
  const { isNew } = await storeRun(pool, {
    id,
    definition: workflow.definition,
    executionId: named.executionId,
    startedFromCheckpoint: null,
    taken: {},
    priority: priority ?? 0,
    origin: {
      orchestrator: workflow.orchestrator,
      input: await checkedInput(workflow.inputSchema, input),
      workflowVersion: workflow.version,
      startRoles: newest.startRoles,
      createdBy: viewer.userId,
    },
  });
  const run = await findVisibleRun(id, viewer, loaders);
  // Somebody else has started it, and the viewer may not see it.
  if (run === null)
    throw new ConflictError(`execution ${JSON.stringify(named.executionId)} was started by another user`);
  return { run, created: isNew };
}
