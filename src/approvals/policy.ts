/**
 * Who may do what with a request. Pure. Every surface asks these functions. They are the source of truth for the rules
 * of docs/rules.md, which are mirrored as SQL for lists (db/queries/rights.ts), as row level security (migrations/), and as
 * sentences in the web inbox (web/src/decision/policy-words.ts). The tests rights, row-level-security, conformance,
 * test/web/request-words and test/docs/rules hold them together.
 */

import {
  type ApprovalRequest,
  type ApprovalRequestInput,
  isAdmin,
  isOpen,
  isOrchestrator,
  SCOPES,
  type ShownRequest,
  seesEverything,
  type Viewer,
} from "../model/approvals.ts";
import { ForbiddenError } from "../model/errors.ts";
import type { RegisteredWorkflow } from "../model/runs.ts";
import { byName, distinctPeople, isSamePerson, type PersonOf } from "../model/same-person.ts";

/** What fills in a timeout and its action where an input leaves them out. */
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
/** What says who may read a request. */
type Readable = Policy & Pick<ApprovalRequest, "voters">;
type Person = Pick<Viewer, "userId" | "roles">;

const holdsOne = (person: Person, roles: readonly string[]) => person.roles.some((role) => roles.includes(role));
const isEscalatedTo = (policy: Policy, person: Person) =>
  policy.escalationLevel > 0 && policy.escalateToUsers.includes(person.userId);

/**
 * Whether a name is the requester or the creator, under whatever name.
 * @param personOf what the directory knows of the name, or of those two
 */
export const isOwn = (policy: Pick<Policy, "requestedBy" | "createdBy">, userId: string, personOf: PersonOf): boolean =>
  isSamePerson(userId, policy.requestedBy, personOf) || isSamePerson(userId, policy.createdBy, personOf);

/**
 * Whether the policy lets this person decide, whatever the request's status and time. Ids give the right, byte for byte;
 * the requester and the creator are excluded under every name of theirs.
 * @param personOf what the directory knows of the person
 */
export function mayDecide(policy: Policy, person: Person, personOf: PersonOf): boolean {
  if (!policy.allowSelfApproval && isOwn(policy, person.userId, personOf)) return false;
  const named =
    policy.allowedApprovers.length > 0
      ? policy.allowedApprovers.includes(person.userId)
      : policy.notifyUsers.includes(person.userId) || holdsOne(person, policy.notifyRoles);
  return named || isEscalatedTo(policy, person);
}

/**
 * The name in the policy's lists that equals this one without regard to case, for a person whom the directory does not
 * know: the name that gives the right to decide, where one does. Null if the policy does not name the person.
 */
export function nameIn(policy: Policy, name: string): string | null {
  const named = [...policy.allowedApprovers, ...policy.notifyUsers, ...policy.escalateToUsers];
  const same = named.filter((other) => isSamePerson(other, name, byName));
  return same.find((userId) => mayDecide(policy, { userId, roles: [] }, byName)) ?? same[0] ?? null;
}

/**
 * Whether the viewer may know that the request exists. Those who are told may see, even where others decide. A voter
 * keeps this right after losing the right to decide.
 */
export function mayRead(request: Readable, viewer: Viewer): boolean {
  return (
    seesEverything(viewer) ||
    viewer.userId === request.requestedBy ||
    (viewer.userId === request.createdBy && isOrchestrator(viewer)) ||
    request.allowedApprovers.includes(viewer.userId) ||
    request.notifyUsers.includes(viewer.userId) ||
    holdsOne(viewer, request.notifyRoles) ||
    isEscalatedTo(request, viewer) ||
    request.voters.includes(viewer.userId)
  );
}

/** What says who may read and cancel a run. */
export interface RunPolicy {
  /** The user whose token started it; null where an orchestrator did. */
  createdBy: string | null;
  /** The roles whose holders could start it. */
  startRoles: readonly string[];
  /** The requests that its jobs have asked. */
  requests: readonly Readable[];
}

const startedIt = (run: RunPolicy, viewer: Viewer) => run.createdBy !== null && run.createdBy === viewer.userId;

/** Whether the viewer may know that a run of a workflow exists: of its jobs the ids, types, statuses and times. */
export const mayReadRun = (run: RunPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) ||
  startedIt(run, viewer) ||
  holdsOne(viewer, run.startRoles) ||
  run.requests.some((request) => mayRead(request, viewer));

/**
 * Whether the viewer may see what passes through the run as well: its document, what its jobs put out, why they failed.
 * Besides viewers who see everything, this is for the program that started the run, or created every one of its requests.
 */
export const mayReadRunDetail = (run: RunPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) ||
  (isOrchestrator(viewer) &&
    (startedIt(run, viewer) ||
      (run.requests.length > 0 && run.requests.every(({ createdBy }) => createdBy === viewer.userId))));

/**
 * Whether the viewer may start the run again from one of its checkpoints, as it was: people who may cancel it, and
 * programs that may see what passes through it, as the new run shows them all of that.
 */
export const mayRestartRun = (run: RunPolicy, viewer: Viewer): boolean =>
  isAdmin(viewer) || (mayCancelRun(run, viewer) && (!isOrchestrator(viewer) || mayReadRunDetail(run, viewer)));

/**
 * Whether the viewer may retry a failed job of the run, which does again what the run did: whoever may start the run
 * again as it was.
 */
export const mayRetryRun = (run: RunPolicy, viewer: Viewer): boolean => mayRestartRun(run, viewer);

/**
 * Whether the viewer may move the run to another registered version of its document, so that it continues with that:
 * whoever may start the run again.
 */
export const mayMoveRun = (run: RunPolicy, viewer: Viewer): boolean => mayRestartRun(run, viewer);

/**
 * Whether the viewer may change the document and the results when the run is started again. An output that is given for a
 * gate takes its place, so this is for the program behind the gates, not for programs that only started the run.
 */
export const mayChangeRun = (run: RunPolicy, viewer: Viewer): boolean =>
  isAdmin(viewer) ||
  (isOrchestrator(viewer) &&
    run.requests.length > 0 &&
    run.requests.every(({ createdBy }) => createdBy === viewer.userId));

/** What says who may start a registered workflow. */
type WorkflowPolicy = Pick<RegisteredWorkflow, "startRoles" | "createdBy">;

/**
 * Whether the viewer may start runs of a workflow: programs may start each, people those of their roles.
 * @param workflow the newest version: who loses a role there cannot start an older version either
 */
export const mayStartWorkflow = (workflow: WorkflowPolicy, viewer: Viewer): boolean =>
  isOrchestrator(viewer) || holdsOne(viewer, workflow.startRoles);

/** Whether the viewer may give the runs that it starts a priority: it puts them before the runs of others. */
export const maySetPriority = (viewer: Viewer): boolean => isOrchestrator(viewer);

/** Whether the viewer may know that a workflow is registered. */
export const mayReadWorkflow = (workflow: WorkflowPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) || mayStartWorkflow(workflow, viewer);

/** Whether the viewer may see the schedules: programs and those who see everything may. */
export const mayReadSchedules = (viewer: Viewer): boolean => seesEverything(viewer) || isOrchestrator(viewer);

/** Whether the viewer may see the document of a workflow. */
export const mayReadWorkflowDocument = (workflow: WorkflowPolicy, viewer: Viewer): boolean =>
  seesEverything(viewer) || (isOrchestrator(viewer) && workflow.createdBy === viewer.userId);

/**
 * Whether the viewer may register a version of a workflow: an admin, or the program that registered the one before.
 * @param newest null where the name is free
 */
export const mayRegisterWorkflow = (newest: WorkflowPolicy | null, viewer: Viewer): boolean =>
  isAdmin(viewer) || (isOrchestrator(viewer) && (newest === null || newest.createdBy === viewer.userId));

/**
 * Whether the viewer may cancel a run: an admin, the person or program that started it, the holders of a role that could
 * start it, and the program that created one of its requests.
 */
export const mayCancelRun = (run: RunPolicy, viewer: Viewer): boolean =>
  isAdmin(viewer) ||
  startedIt(run, viewer) ||
  holdsOne(viewer, run.startRoles) ||
  (isOrchestrator(viewer) && run.requests.some(({ createdBy }) => createdBy === viewer.userId));

/** Whether the viewer may talk about the request: whoever sees it for another reason than that they see everything. */
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

/** The decision this person has already given, under whatever name, as the request alone shows it. */
export function earlierDecision(
  request: ShownRequest,
  userId: string,
  personOf: PersonOf,
): "APPROVE" | "REJECT" | null {
  if (request.approvers.some((approver) => isSamePerson(approver, userId, personOf))) return "APPROVE";
  const { status, decisionSource, decidedBy } = request;
  const rejected = status === "REJECTED" && decisionSource === "APPROVER" && decidedBy !== null;
  return rejected && isSamePerson(decidedBy, userId, personOf) ? "REJECT" : null;
}

/** Past its time by the database's clock, swept or not. */
export const isPastItsTime = (request: Pick<ApprovalRequest, "expiresAt">, now: Date): boolean =>
  now.getTime() >= request.expiresAt.getTime();

/** Whether the viewer may decide this request now. @param personOf what the directory knows of the viewer */
export function canDecideNow(request: ShownRequest, viewer: Person, now: Date, personOf: PersonOf): boolean {
  return (
    isOpen(request) &&
    !isPastItsTime(request, now) &&
    mayDecide(request, viewer, personOf) &&
    earlierDecision(request, viewer.userId, personOf) === null
  );
}

/**
 * One name of each person who is named and could decide from the start; roles and escalation users are not counted.
 * @param personOf what the directory knows of the people whom the policy names
 */
export function namedDeciders(
  policy: Omit<Policy, "escalateToUsers" | "escalationLevel">,
  personOf: PersonOf,
): string[] {
  const named = policy.allowedApprovers.length > 0 ? policy.allowedApprovers : policy.notifyUsers;
  const people = distinctPeople(named, personOf);
  return policy.allowSelfApproval ? people : people.filter((id) => !isOwn(policy, id, personOf));
}

/** One name of each person to whom it may be escalated and who could decide then. */
export function escalationDeciders(
  policy: Pick<Policy, "escalateToUsers" | "requestedBy" | "createdBy" | "allowSelfApproval">,
  personOf: PersonOf,
): string[] {
  const people = distinctPeople(policy.escalateToUsers, personOf);
  return policy.allowSelfApproval ? people : people.filter((id) => !isOwn(policy, id, personOf));
}

/** Whether roles decide: they do where no approvers are listed. */
export const rolesDecide = (policy: Pick<Policy, "allowedApprovers" | "notifyRoles">): boolean =>
  policy.allowedApprovers.length === 0 && policy.notifyRoles.length > 0;

/**
 * What only an orchestrator may ask for: another's name, and whatever weakens the gate. The default timeout action is the
 * operator's choice; where it approves, a shorter time than the default is the asker's choice to be approved sooner.
 * @throws ForbiddenError naming the fields
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
 * Where no hosts are listed (`CALLBACK_HOSTS`), only an orchestrator may have the outcome sent somewhere.
 * @throws ForbiddenError
 */
export function authoriseCallback(input: ApprovalRequestInput, viewer: Viewer): void {
  if (input.callbackUrl == null || isOrchestrator(viewer)) return;
  throw new ForbiddenError(
    `To set callbackUrl, a token needs the scope ${SCOPES.request} or ${SCOPES.admin} while CALLBACK_HOSTS is not set.`,
  );
}
