/**
 * Applies a command to a request. Pure: (request, command, now) → effects, or one of the errors of `errors.ts`. `now`
 * is the database's clock, read after the row was locked. The database raises the version; the state returned here
 * already has the new one.
 */

import { factsOfConditions, factsOfCreation, factsOfDecision } from "../audit/facts.ts";
import {
  type ApprovalCondition,
  type ApprovalRequest,
  type Decision,
  type Holdings,
  isOpen,
  type JsonObject,
  NOTHING_HELD,
  type Viewer,
} from "../model/approvals.ts";
import { MAX_DURATION_MS } from "../model/durations.ts";
import {
  AlreadyDecidedError,
  type CommandError,
  ExpiredError,
  ForbiddenError,
  type Issue,
  NotFoundError,
  StaleContextError,
  ValidationError,
} from "../model/errors.ts";
import { contextDigestOf, storedDigestOf } from "../model/json.ts";
import type { KnownPeople } from "../model/known-people.ts";
import { distinctPeople, isSamePerson, type PersonOf } from "../model/same-person.ts";
import { allConditionsHold } from "./conditions.ts";
import { change, type Effects, event, type Patch, unchanged } from "./effects.ts";
import * as policy from "./policy.ts";
import { nextReminder, reminderKind } from "./reminders.ts";
import { approvalsRequiredBy, commentIssues, type Draft, decisionTextIssues } from "./validation.ts";

const approved = (request: ApprovalRequest, now: Date, source: "AUTO" | "TIMEOUT"): ApprovalRequest =>
  change(request, now, { status: "APPROVED", decision: "APPROVE", decisionSource: source, decidedAt: now });

const APPROVED_ALONE = { byCaller: false, facts: { source: "AUTO" } };

const approvesAtOnce = (request: ApprovalRequest): boolean =>
  request.approvalType === "AUTO" ||
  (request.approvalType === "CONDITIONAL" && allConditionsHold(request.autoApproveConditions, request));

/**
 * Creates a request. AUTO and conditions that hold approve it in the same step, at version 1.
 * @param personOf what the directory knows about the named people
 */
export function create(id: string, draft: Draft, inputDigest: string, now: Date, personOf: PersonOf): Effects {
  const request: ApprovalRequest = {
    ...draft,
    id,
    inputDigest,
    contextDigest: contextDigestOf(draft),
    version: 1,
    status: "PENDING",
    decidedBy: null,
    decision: null,
    decisionSource: null,
    comment: null,
    decidedAt: null,
    expiresAt: new Date(now.getTime() + draft.timeoutMs),
    remindAt: null,
    approvers: [],
    voters: [],
    approvalsRequired: approvalsRequiredBy(draft, personOf),
    escalationLevel: 0,
    createdAt: now,
    updatedAt: now,
  };
  request.remindAt = nextReminder(request, now);
  const created = event(null, request, "CREATED", { facts: factsOfCreation(request) });
  if (!approvesAtOnce(request)) return { request, events: [created] };
  const outcome = { ...approved(request, now, "AUTO"), version: 1 };
  return { request: outcome, events: [created, event(request, outcome, "APPROVED", APPROVED_ALONE)] };
}

/** The error for a request that no longer accepts commands, or null if it does. */
function closedError(request: ApprovalRequest, now: Date): CommandError | null {
  if (request.decisionSource === "TIMEOUT") return new ExpiredError(request.expiresAt);
  if (!isOpen(request)) return new AlreadyDecidedError(`The request is already ${request.status}.`, request);
  return policy.isExpired(request, now) ? new ExpiredError(request.expiresAt) : null;
}

/** @throws NotFoundError if the row does not exist */
export function requireRow(row: ApprovalRequest | undefined): ApprovalRequest {
  if (row === undefined) throw new NotFoundError();
  return row;
}

/** @throws NotFoundError if the row does not exist or the viewer may not see it */
function requireVisible(row: ApprovalRequest | undefined, viewer: Viewer): ApprovalRequest {
  const request = requireRow(row);
  if (!policy.mayRead(request, viewer)) throw new NotFoundError();
  return request;
}

/** @throws ForbiddenError if not allowed; else the error of a request that is no longer open */
function requirePermissionAndOpen(allowed: boolean, action: string, request: ApprovalRequest, now: Date): void {
  if (!allowed) throw new ForbiddenError(`You may not ${action} this request.`);
  const closed = closedError(request, now);
  if (closed !== null) throw closed;
}

export interface DecideCommand {
  viewer: Viewer;
  decision: Decision;
  comment: string | null;
  reason: string | null;
  contextDigest: string | null;
  /** Faults of the input; they are reported last. */
  issues: readonly Issue[];
}

/**
 * One approver's APPROVE or REJECT. The order of the errors is that of docs/rules.md.
 * @param people what is known about the caller, the requester, the creator and everyone who has voted
 */
export function decide(
  found: ApprovalRequest | undefined,
  command: DecideCommand,
  now: Date,
  people: KnownPeople,
  holdings: Pick<Holdings, "decisionBytes"> = NOTHING_HELD,
): Effects {
  const { viewer, decision, comment, reason } = command;
  const { personOf } = people;
  const request = requireVisible(found, viewer);
  const counted = policy.earlierDecision(request, viewer.userId, personOf);
  if (counted === decision) return unchanged(request);
  const votes = people.votesOn(request.id).filter(({ approver }) => isSamePerson(approver, viewer.userId, personOf));
  const earlier = counted ?? votes[0]?.decision ?? null;
  const allowed = policy.mayDecide(request, viewer, personOf);
  // A vote that no longer counts is counted again if the person has the right again and repeats it.
  const isRepeated = earlier === decision;
  if (isRepeated && !(allowed && closedError(request, now) === null)) return unchanged(request);
  requirePermissionAndOpen(allowed, decision === "APPROVE" ? "approve" : "reject", request, now);
  if (earlier !== null && !isRepeated) throw new AlreadyDecidedError(`You have already decided ${earlier}.`, request);
  const contextDigest = storedDigestOf(request);
  if (command.contextDigest !== null && command.contextDigest !== contextDigest) throw new StaleContextError();
  const issues = [...command.issues, ...decisionTextIssues(command, holdings)];
  if (issues.length > 0) throw new ValidationError(issues);

  const approvers = decision === "APPROVE" ? countedWith(request, viewer, people) : request.approvers;
  const complete = decision === "REJECT" || approvers.length >= request.approvalsRequired;
  const outcome: Patch =
    (complete && {
      status: decision === "APPROVE" ? ("APPROVED" as const) : ("REJECTED" as const),
      decision,
      decisionSource: "APPROVER" as const,
      decidedBy: viewer.userId,
      decidedAt: now,
      comment: comment ?? reason,
    }) ||
    {};
  const notCounted = request.approvers.filter((approver) => !approvers.includes(approver));
  const metadata: JsonObject = { ...(reason !== null && { reason }), ...(notCounted.length > 0 && { notCounted }) };
  const action = decision === "APPROVE" ? "APPROVED" : "REJECTED";
  // A vote under another name of the person has no row for this name, and each counted approver needs one.
  const isRecorded = votes.some(({ approver }) => approver === viewer.userId);
  const voters = request.voters.includes(viewer.userId) ? request.voters : [...request.voters, viewer.userId];
  const after = change(request, now, { approvers, voters, ...outcome });
  const vote = { approver: viewer.userId, decision, isRepeated: isRecorded };
  const facts = factsOfDecision(request, after, vote, contextDigest);
  return {
    request: after,
    ...(!isRecorded && { decision: { decision, comment, reason } }),
    events: [event(request, after, action, { comment: comment ?? reason, metadata, facts })],
  };
}

/**
 * The people whose approvals count after the viewer's: one name of each person. If they would reach the quorum, the
 * rights of all who have approved are checked again, including those who had lost theirs.
 */
function countedWith(request: ApprovalRequest, viewer: Viewer, people: KnownPeople): string[] {
  const { personOf } = people;
  const counted = distinctPeople([...request.approvers, viewer.userId], personOf);
  const votes = people.votesOn(request.id).filter(({ decision }) => decision === "APPROVE");
  const all = [...new Set([...request.approvers, ...votes.map(({ approver }) => approver), viewer.userId])];
  if (distinctPeople(all, personOf).length < request.approvalsRequired) return counted;
  const rolesAtVote = new Map(votes.map(({ approver, roles }) => [approver, roles]));
  const mayStill = (userId: string): boolean => {
    if (userId === viewer.userId) return true;
    const roles = people.rolesOf(userId) ?? rolesAtVote.get(userId) ?? [];
    return policy.mayDecide(request, { userId, roles }, personOf);
  };
  return distinctPeople(all.filter(mayStill), personOf);
}

/** Cancels an open request. A request that is already cancelled is returned unchanged. */
export function cancel(found: ApprovalRequest | undefined, viewer: Viewer, reason: string | null, now: Date): Effects {
  const request = requireVisible(found, viewer);
  const allowed = policy.mayCancel(request, viewer);
  if (allowed && request.status === "CANCELLED") return unchanged(request);
  requirePermissionAndOpen(allowed, "cancel", request, now);
  const after = change(request, now, {
    status: "CANCELLED",
    decisionSource: "CANCELLATION",
    decidedBy: viewer.userId,
    decidedAt: now,
    comment: reason,
  });
  return { request: after, events: [event(request, after, "CANCELLED", { comment: reason })] };
}

/** Escalates manually, once. The expiry does not change. */
export function escalate(
  found: ApprovalRequest | undefined,
  viewer: Viewer,
  reason: string | null,
  now: Date,
): Effects {
  const request = requireVisible(found, viewer);
  requirePermissionAndOpen(policy.mayEscalate(request, viewer), "escalate", request, now);
  const invalid = (message: string) => new ValidationError([{ path: "requestId", message }]);
  if (request.escalateToUsers.length === 0) throw invalid("names a request without escalateToUsers");
  if (request.escalationLevel > 0) throw invalid("names a request that is already escalated");
  const after = change(request, now, { status: "ESCALATED", escalationLevel: request.escalationLevel + 1 });
  return { request: after, events: [event(request, after, "ESCALATED", { comment: reason })] };
}

/** Extends an open request to a later expiry. */
export function extend(found: ApprovalRequest | undefined, viewer: Viewer, expiresAt: Date, now: Date): Effects {
  const request = requireVisible(found, viewer);
  requirePermissionAndOpen(policy.mayExtend(request, viewer), "extend", request, now);
  const invalid = (message: string) => new ValidationError([{ path: "expiresAt", message }]);
  if (!(expiresAt.getTime() > request.expiresAt.getTime())) {
    throw invalid(`must be later than ${request.expiresAt.toISOString()}, the current expiry`);
  }
  if (expiresAt.getTime() - now.getTime() > MAX_DURATION_MS) throw invalid("must be within 10 years from now");
  const after = change(request, now, { expiresAt });
  const metadata = { expiresAt: expiresAt.toISOString(), previousExpiresAt: request.expiresAt.toISOString() };
  return { request: after, events: [event(request, after, "EXTENDED", { metadata })] };
}

/** Adds a comment, also to a final request. */
export function comment(
  found: ApprovalRequest | undefined,
  viewer: Viewer,
  body: string,
  holdings: Pick<Holdings, "comments" | "commentBytes"> = NOTHING_HELD,
): Effects {
  const request = requireVisible(found, viewer);
  if (!policy.mayComment(request, viewer)) throw new ForbiddenError("You may not comment on this request.");
  const issues = commentIssues(body, holdings);
  if (issues.length > 0) throw new ValidationError(issues);
  return { request, comment: { body }, events: [event(request, request, "COMMENTED", { comment: body })] };
}

export interface UpdateConditionsCommand {
  viewer: Viewer;
  conditions: ApprovalCondition[];
  /** Faults of the conditions. They are reported after all other errors, and before any condition is evaluated. */
  issues: readonly Issue[];
}

/** Replaces the conditions of an open request and evaluates them at once. */
export function updateConditions(
  found: ApprovalRequest | undefined,
  { viewer, conditions, issues }: UpdateConditionsCommand,
  now: Date,
  { personOf }: KnownPeople,
): Effects {
  const request = requireVisible(found, viewer);
  requirePermissionAndOpen(
    policy.mayUpdateConditions(request, viewer, personOf),
    "update the conditions of",
    request,
    now,
  );
  if (issues.length > 0) throw new ValidationError(issues);
  const updated = change(request, now, { autoApproveConditions: conditions });
  const metadata = { previousConditions: request.autoApproveConditions } as unknown as JsonObject;
  const events = [event(request, updated, "CONDITIONS_UPDATED", { metadata, facts: factsOfConditions(conditions) })];
  if (!approvesAtOnce(updated)) return { request: updated, events };
  const outcome = { ...approved(updated, now, "AUTO"), version: updated.version };
  return { request: outcome, events: [...events, event(updated, outcome, "APPROVED", APPROVED_ALONE)] };
}

/** Applies the timeout action at `expiresAt`. For a request that is already escalated, ESCALATE means TIMEOUT. */
export function expire(request: ApprovalRequest, now: Date): Effects {
  if (!isOpen(request) || !policy.isExpired(request, now)) return unchanged(request);
  if (request.timeoutAction === "ESCALATE" && request.escalationLevel === 0) {
    const escalated = change(request, now, {
      status: "ESCALATED",
      escalationLevel: 1,
      expiresAt: new Date(now.getTime() + request.timeoutMs),
    });
    const metadata = { source: "TIMEOUT" };
    return { request: escalated, events: [event(request, escalated, "ESCALATED", { byCaller: false, metadata })] };
  }
  const after =
    request.timeoutAction === "APPROVE"
      ? approved(request, now, "TIMEOUT")
      : change(request, now, { status: "TIMEOUT", decisionSource: "TIMEOUT", decidedAt: now });
  return { request: after, events: [event(request, after, "TIMEOUT", { byCaller: false })] };
}

/** Sends a reminder at `remindAt` and sets the next one. The version does not change, because nobody waits for this. */
export function remind(request: ApprovalRequest, now: Date): Effects {
  const { remindAt } = request;
  const isDue = remindAt !== null && remindAt.getTime() <= now.getTime() && !policy.isExpired(request, now);
  if (!isOpen(request) || !isDue) return unchanged(request);
  return {
    request: { ...request, remindAt: nextReminder(request, now) },
    reminder: reminderKind(request, now),
    events: [],
  };
}
