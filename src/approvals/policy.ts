/**
 * The rights on requests and runs. Pure. Every surface calls these functions. They are the source of truth for the
 * rules of docs/rules.md, which are mirrored as SQL for lists (db/queries/rights.ts), as row level security
 * (migrations/0007_row_level_security.sql and later), and as sentences in the web inbox (web/src/decision/policy-words.ts,
 * web/src/new-request/policy-words.ts). These tests check that they agree: test/approvals/rights,
 * test/db/row-level-security, test/conformance, test/web/request-words, test/web/new-request-words and test/docs/rules.
 */

import {
  type ApprovalRequest,
  type ApprovalRequestInput,
  isAdmin,
  isOpen,
  isOrchestrator,
  type RequestOrHead,
  SCOPES,
  seesEverything,
  type Viewer,
} from "../model/approvals.ts";
import { ForbiddenError } from "../model/errors.ts";
import type { RegisteredWorkflow } from "../model/runs.ts";
import { byName, distinctPeople, isSamePerson, type PersonOf } from "../model/same-person.ts";

/** The timeout and its action for inputs that omit them. */
type Defaults = Pick<ApprovalRequest, "timeoutMs" | "timeoutAction">;
type Policy = Pick<
  ApprovalRequest,
  | "allowedApprovers"
  | "notifyUsers"
  | "notifyRoles"
  | "escalateToUsers"
  | "escalationLevel"
  | "requestedBy"
  | "createdBy"
  | "allowSelfApproval"
>;
/** The fields that determine who may read a request. */
type Readable = Policy & Pick<ApprovalRequest, "voters">;
type Person = Pick<Viewer, "userId" | "roles">;

const hasOneOf = (person: Person, roles: readonly string[]) => person.roles.some((role) => roles.includes(role));
const isEscalatedTo = (policy: Policy, person: Person) =>
  policy.escalationLevel > 0 && policy.escalateToUsers.includes(person.userId);

/**
 * Whether a name belongs to the requester or the creator, under any of their names.
 * @param personOf what the directory knows about the name, or about those two
 */
export const isOwn = (policy: Pick<Policy, "requestedBy" | "createdBy">, userId: string, personOf: PersonOf): boolean =>
  isSamePerson(userId, policy.requestedBy, personOf) || isSamePerson(userId, policy.createdBy, personOf);

/**
 * Whether the policy lets this person decide, regardless of the request's status and expiry. Ids that give the right
 * are compared byte for byte; the requester and the creator are excluded under all their names.
 * @param personOf what the directory knows about the person
 */
export function mayDecide(policy: Policy, person: Person, personOf: PersonOf): boolean {
  if (!policy.allowSelfApproval && isOwn(policy, person.userId, personOf)) return false;
  const named =
    policy.allowedApprovers.length > 0
      ? policy.allowedApprovers.includes(person.userId)
      : policy.notifyUsers.includes(person.userId) || hasOneOf(person, policy.notifyRoles);
  return named || isEscalatedTo(policy, person);
}

/**
 * The name in the policy's lists that equals this one case-insensitively, for a person who is not in the directory. If
 * several match, one that gives the right to decide is preferred. Null if the policy does not name the person.
 */
export function nameIn(policy: Policy, name: string): string | null {
  const named = [...policy.allowedApprovers, ...policy.notifyUsers, ...policy.escalateToUsers];
  const same = named.filter((other) => isSamePerson(other, name, byName));
  return same.find((userId) => mayDecide(policy, { userId, roles: [] }, byName)) ?? same[0] ?? null;
}

/**
 * Whether the viewer may know that the request exists. Everyone who is notified may see it, even if others decide. A
 * voter retains this right after losing the right to decide.
 */
export function mayRead(request: Readable, viewer: Viewer): boolean {
  return (
    seesEverything(viewer) ||
    viewer.userId === request.requestedBy ||
    (viewer.userId === request.createdBy && isOrchestrator(viewer)) ||
    request.allowedApprovers.includes(viewer.userId) ||
    request.notifyUsers.includes(viewer.userId) ||
    hasOneOf(viewer, request.notifyRoles) ||
    isEscalatedTo(request, viewer) ||
    request.voters.includes(viewer.userId)
  );
}

/** The fields that determine who may read and cancel a run. */
export interface RunPolicy {
  /** The user whose token started it; null if an orchestrator started it. */
  createdBy: string | null;
  /** The roles that could start it. */
  startRoles: readonly string[];
  /** The requests of its jobs. */
  requests: readonly Readable[];
}

const isStarter = (run: RunPolicy, viewer: Viewer) => run.createdBy !== null && run.createdBy === viewer.userId;

/** Whether the viewer may know that a run exists, with the ids, types, statuses and times of its jobs. */
export const mayReadRun = (run: RunPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) ||
  isStarter(run, viewer) ||
  hasOneOf(viewer, run.startRoles) ||
  run.requests.some((request) => mayRead(request, viewer));

/**
 * Whether the viewer may also see the data of the run: its document, the outputs of its jobs, why they failed. Besides
 * viewers who see everything, these are the program that started the run, or that created all of its requests.
 */
export const mayReadRunDetail = (run: RunPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) ||
  (isOrchestrator(viewer) &&
    (isStarter(run, viewer) ||
      (run.requests.length > 0 && run.requests.every(({ createdBy }) => createdBy === viewer.userId))));

/**
 * Whether the viewer may start the run again from one of its checkpoints, unchanged: people who may cancel it, and
 * programs that may see its data, because the new run shows them all of it.
 */
export const mayRestartRun = (run: RunPolicy, viewer: Viewer): boolean =>
  isAdmin(viewer) || (mayCancelRun(run, viewer) && (!isOrchestrator(viewer) || mayReadRunDetail(run, viewer)));

/**
 * Whether the viewer may retry a failed job of the run. This repeats work of the run, so it needs the right to start
 * the run again unchanged.
 */
export const mayRetryRun = (run: RunPolicy, viewer: Viewer): boolean => mayRestartRun(run, viewer);

/**
 * Whether the viewer may move the run to another registered version of its document. It needs the right to start the
 * run again.
 */
export const mayMoveRun = (run: RunPolicy, viewer: Viewer): boolean => mayRestartRun(run, viewer);

/**
 * Whether the viewer may change the document and the results when the run is started again. A given output replaces a
 * gate, so this is for the program that created the gates' requests, not for programs that only started the run.
 */
export const mayChangeRun = (run: RunPolicy, viewer: Viewer): boolean =>
  isAdmin(viewer) ||
  (isOrchestrator(viewer) &&
    run.requests.length > 0 &&
    run.requests.every(({ createdBy }) => createdBy === viewer.userId));

/** The fields that determine who may start a registered workflow. */
type WorkflowPolicy = Pick<RegisteredWorkflow, "startRoles" | "createdBy">;

/**
 * Whether the viewer may start runs of a workflow: programs may start all workflows, people those of their roles.
 * @param workflow the newest version: a role that it no longer has cannot start an older version either
 */
export const mayStartWorkflow = (workflow: WorkflowPolicy, viewer: Viewer): boolean =>
  isOrchestrator(viewer) || hasOneOf(viewer, workflow.startRoles);

/** Whether the viewer may set the priority of the runs that it starts, which puts them before the runs of others. */
export const maySetPriority = (viewer: Viewer): boolean => isOrchestrator(viewer);

/** Whether the viewer may know that a workflow is registered. */
export const mayReadWorkflow = (workflow: WorkflowPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) || mayStartWorkflow(workflow, viewer);

/** Whether the viewer may see the schedules: programs and viewers who see everything may. */
export const mayReadSchedules = (viewer: Viewer): boolean => seesEverything(viewer) || isOrchestrator(viewer);

/** Whether the viewer may see the document of a workflow. */
export const mayReadWorkflowDocument = (workflow: WorkflowPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) || (isOrchestrator(viewer) && workflow.createdBy === viewer.userId);

/**
 * Whether the viewer may register a version of a workflow: an admin, or the program that registered the one before.
 * @param newest null if the name is free
 */
export const mayRegisterWorkflow = (newest: WorkflowPolicy | null, viewer: Viewer): boolean =>
  isAdmin(viewer) || (isOrchestrator(viewer) && (newest === null || newest.createdBy === viewer.userId));

/**
 * Whether the viewer may cancel a run: an admin, the person or program that started it, people with a role that could
 * start it, and the program that created one of its requests.
 */
export const mayCancelRun = (run: RunPolicy, viewer: Viewer): boolean =>
  isAdmin(viewer) ||
  isStarter(run, viewer) ||
  hasOneOf(viewer, run.startRoles) ||
  (isOrchestrator(viewer) && run.requests.some(({ createdBy }) => createdBy === viewer.userId));

/** Whether the viewer may comment on the request: an admin, or a viewer who may see it without `approvals:read`. */
export const mayComment = (request: Readable, viewer: Viewer): boolean =>
  isAdmin(viewer) || mayRead(request, { ...viewer, scopes: viewer.scopes.filter((scope) => scope !== SCOPES.read) });

const isOwnerOf = (request: Policy, viewer: Viewer) =>
  isAdmin(viewer) || (viewer.userId === request.createdBy && isOrchestrator(viewer));

export const mayCancel = (request: Policy, viewer: Viewer): boolean =>
  viewer.userId === request.requestedBy || isOwnerOf(request, viewer);
export const mayEscalate = mayCancel;
export const mayExtend = isOwnerOf;
export const mayUpdateConditions = (request: Policy, viewer: Viewer, personOf: PersonOf): boolean =>
  isAdmin(viewer) && !isOwn(request, viewer.userId, personOf);

/** The decision that this person has already made, under any name, as far as the request alone shows it. */
export function earlierDecision(
  request: RequestOrHead,
  userId: string,
  personOf: PersonOf,
): "APPROVE" | "REJECT" | null {
  if (request.approvers.some((approver) => isSamePerson(approver, userId, personOf))) return "APPROVE";
  const { status, decisionSource, decidedBy } = request;
  const rejected = status === "REJECTED" && decisionSource === "APPROVER" && decidedBy !== null;
  return rejected && isSamePerson(decidedBy, userId, personOf) ? "REJECT" : null;
}

/** Whether the request has expired by the database's clock, even if the timeout action is not applied yet. */
export const isExpired = (request: Pick<ApprovalRequest, "expiresAt">, now: Date): boolean =>
  now.getTime() >= request.expiresAt.getTime();

/** Whether the viewer may decide this request now. @param personOf what the directory knows about the viewer */
export function canDecideNow(request: RequestOrHead, viewer: Person, now: Date, personOf: PersonOf): boolean {
  return (
    isOpen(request) &&
    !isExpired(request, now) &&
    mayDecide(request, viewer, personOf) &&
    earlierDecision(request, viewer.userId, personOf) === null
  );
}

/**
 * One name of each named person who can decide from the start. Roles and escalation users are not counted.
 * @param personOf what the directory knows about the people whom the policy names
 */
export function namedDeciders(
  policy: Omit<Policy, "escalateToUsers" | "escalationLevel">,
  personOf: PersonOf,
): string[] {
  const named = policy.allowedApprovers.length > 0 ? policy.allowedApprovers : policy.notifyUsers;
  const people = distinctPeople(named, personOf);
  return policy.allowSelfApproval ? people : people.filter((id) => !isOwn(policy, id, personOf));
}

/** One name of each escalation user who can decide after an escalation. */
export function escalationDeciders(
  policy: Pick<Policy, "escalateToUsers" | "requestedBy" | "createdBy" | "allowSelfApproval">,
  personOf: PersonOf,
): string[] {
  const people = distinctPeople(policy.escalateToUsers, personOf);
  return policy.allowSelfApproval ? people : people.filter((id) => !isOwn(policy, id, personOf));
}

/** Whether roles decide: they do if no approvers are listed. */
export const rolesDecide = (policy: Pick<Policy, "allowedApprovers" | "notifyRoles">): boolean =>
  policy.allowedApprovers.length === 0 && policy.notifyRoles.length > 0;

/**
 * Checks the fields that only an orchestrator may set: another requester, and anything that weakens the gate. The
 * default timeout action is the operator's choice. If it approves, a shorter timeout than the default would mean an
 * earlier approval, so it is forbidden too.
 * @throws ForbiddenError with the names of the fields
 */
export function authoriseInput(input: ApprovalRequestInput, viewer: Viewer, defaults: Defaults): void {
  if (isOrchestrator(viewer)) return;
  const approvesByDefault = (input.timeoutAction ?? defaults.timeoutAction) === "APPROVE";
  const forbidden = [
    input.requestedBy != null && input.requestedBy !== viewer.userId && "requestedBy",
    input.allowSelfApproval === true && "allowSelfApproval",
    input.approvalType === "AUTO" && "approvalType: AUTO",
    (input.autoApproveConditions?.length ?? 0) > 0 && "autoApproveConditions",
    input.timeoutAction === "APPROVE" && "timeoutAction: APPROVE",
    approvesByDefault &&
      (input.timeoutMs ?? defaults.timeoutMs) < defaults.timeoutMs &&
      `timeoutMs below ${defaults.timeoutMs}, after which a request is approved by default`,
  ].filter((field) => field !== false);
  if (forbidden.length === 0) return;
  const names = forbidden.join(", ");
  throw new ForbiddenError(`To set ${names}, a token needs the scope ${SCOPES.request} or ${SCOPES.admin}.`);
}

/**
 * If no hosts are listed (`CALLBACK_HOSTS`), only an orchestrator may set a callback.
 * @throws ForbiddenError
 */
export function authoriseCallback(input: ApprovalRequestInput, viewer: Viewer): void {
  if (input.callbackUrl == null || isOrchestrator(viewer)) return;
  throw new ForbiddenError(
    `To set callbackUrl, a token needs the scope ${SCOPES.request} or ${SCOPES.admin} while CALLBACK_HOSTS is not set.`,
  );
}
