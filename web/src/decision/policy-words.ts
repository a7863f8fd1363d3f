/**
 * The texts about who decides a request and why. Pure. The rules are those of docs/rules.md. The server decides what
 * the viewer may do; these texts only explain it.
 */

import { count, list } from "../shared/words.ts";

export interface Policy {
  status: string;
  requestedBy: string;
  createdBy: string;
  allowSelfApproval: boolean;
  allowedApprovers: readonly string[];
  notifyUsers: readonly string[];
  notifyRoles: readonly string[];
  escalateToUsers: readonly string[];
  escalationLevel: number;
  canApprove: boolean;
}

/** The votes, including those that do not count. */
interface Voted {
  decisions: readonly { approver: string }[];
}

export interface Person {
  userId: string;
  roles: readonly string[];
  scopes: readonly string[];
}

const matchingRoles = ({ notifyRoles }: Policy, { roles }: Person) =>
  notifyRoles.filter((role) => roles.includes(role));
const isEscalatedTo = ({ escalationLevel, escalateToUsers }: Policy, { userId }: Person) =>
  escalationLevel > 0 && escalateToUsers.includes(userId);
const hasVoted = ({ decisions }: Voted, { userId }: Person) => decisions.some(({ approver }) => approver === userId);
const may = ({ scopes }: Person, ...wanted: string[]) => wanted.some((scope) => scopes.includes(scope));

/** The rule that makes the viewer an approver, or prevents it. */
export function whySentence(policy: Policy & Voted, viewer: Person): string {
  const { allowedApprovers, notifyUsers } = policy;
  const isOwn = viewer.userId === policy.requestedBy || viewer.userId === policy.createdBy;
  const rule = ruleFor(policy, viewer);
  if (isOwn && (rule === null || !policy.canApprove)) {
    return viewer.userId === policy.requestedBy
      ? "You made this request, so others decide."
      : "This request was created with your token, so others decide.";
  }
  if (rule !== null) return isOwn ? `${rule} It is your own request; it allows self-approval.` : rule;
  const isNotified = notifyUsers.includes(viewer.userId) || matchingRoles(policy, viewer).length > 0;
  if (isNotified && allowedApprovers.length > 0) return "You were notified; only its approvers can decide.";
  if (may(viewer, "approvals:admin", "approvals:read")) return "You can see all requests.";
  if (hasVoted(policy, viewer)) return "You voted, but you may no longer decide.";
  return "You can see this request, but you cannot decide.";
}

function ruleFor(policy: Policy, viewer: Person): string | null {
  const { allowedApprovers, notifyUsers } = policy;
  const named = allowedApprovers.length > 0 ? new Set(allowedApprovers) : new Set(notifyUsers);
  if (named.has(viewer.userId)) {
    const others = named.size - 1;
    if (allowedApprovers.length === 0) return "The request names you.";
    return others === 0 ? "You are the only approver." : `You are one of ${named.size} approvers.`;
  }
  const [role] = allowedApprovers.length === 0 ? matchingRoles(policy, viewer) : [];
  if (role !== undefined) return `You have the role ${role}, which may decide.`;
  return isEscalatedTo(policy, viewer) ? "It was escalated to you." : null;
}

export interface Decided {
  approver: string;
  decision: "APPROVE" | "REJECT";
  comment?: string | null;
  reason?: string | null;
  decidedAt: string;
}

export interface Decider {
  userId: string;
  /** Null while they have not decided. */
  decided: Decided | null;
  /** Why they may decide, if the request does not name them as approvers. */
  via: "escalation" | "role" | null;
}

/** People who have decided, then people who still may. Users with a role are listed only once they decide. */
export function decidersOf(policy: Policy & { decisions: readonly Decided[] }): {
  people: Decider[];
  roles: readonly string[];
} {
  const { allowedApprovers, notifyUsers, notifyRoles, decisions, requestedBy, createdBy, allowSelfApproval } = policy;
  const named = allowedApprovers.length > 0 ? allowedApprovers : notifyUsers;
  const escalated = policy.escalationLevel > 0 ? policy.escalateToUsers : [];
  const viaOf = (userId: string): Decider["via"] =>
    named.includes(userId) ? null : escalated.includes(userId) ? "escalation" : "role";
  const done = decisions.map((decided) => ({
    userId: decided.approver,
    decided,
    via: viaOf(decided.approver),
  }));
  const waiting = [...new Set([...named, ...escalated])]
    .filter((id) => allowSelfApproval || (id !== requestedBy && id !== createdBy))
    .filter((id) => !decisions.some(({ approver }) => approver === id))
    .map((userId) => ({ userId, decided: null, via: viaOf(userId) }));
  return { people: [...done, ...waiting], roles: allowedApprovers.length > 0 ? [] : notifyRoles };
}

/** Who else must decide, apart from the viewer. */
export function othersSentence(
  policy: Policy & { decisions: readonly Decided[]; approvalsRequired: number; approvers: readonly string[] },
  viewer: Person,
): string {
  const missing = Math.max(0, policy.approvalsRequired - policy.approvers.length);
  const { people, roles } = decidersOf(policy);
  const waiting = people.filter(({ decided, userId }) => decided === null && userId !== viewer.userId);
  const names = [...waiting.map(({ userId }) => userId), ...roles.map((role) => `anyone with the role ${role}`)];
  const needed = missing - (policy.canApprove ? 1 : 0);
  if (needed <= 0) {
    return names.length === 0
      ? "Nobody else can decide."
      : `Nobody else must approve; ${list(names, 2)} could decide instead of you.`;
  }
  if (names.length === 0) return `${count(needed, "more approval")} needed, but nobody else can decide.`;
  const more = policy.canApprove ? "more" : "";
  if (roles.length === 0 && waiting.length === needed) {
    return `${list(names)} must approve${policy.canApprove ? " as well" : ""}.`;
  }
  const verb = needed === 1 ? "approval" : "approvals";
  return `${needed} ${more} ${verb} from ${list(names, 3).replace(/ and (?=\S+$)/, " or ")} ${needed === 1 ? "is" : "are"} needed.`.replace(
    / {2,}/g,
    " ",
  );
}

/** Whether the viewer may comment: everyone who may see the request for a reason other than `approvals:read`. */
export function mayComment(policy: Policy & Voted, viewer: Person): boolean {
  const { userId } = viewer;
  return (
    may(viewer, "approvals:admin") ||
    policy.canApprove ||
    userId === policy.requestedBy ||
    (userId === policy.createdBy && may(viewer, "approvals:request")) ||
    policy.allowedApprovers.includes(userId) ||
    policy.notifyUsers.includes(userId) ||
    matchingRoles(policy, viewer).length > 0 ||
    isEscalatedTo(policy, viewer) ||
    hasVoted(policy, viewer)
  );
}

export interface Manageable {
  cancel: boolean;
  escalate: boolean;
  extend: boolean;
}

/** What the viewer may do with an open request besides deciding it. */
export function manageable(policy: Policy, viewer: Person): Manageable {
  const isOpen = policy.status === "PENDING" || policy.status === "ESCALATED";
  const owns =
    may(viewer, "approvals:admin") || (viewer.userId === policy.createdBy && may(viewer, "approvals:request"));
  const isRequester = viewer.userId === policy.requestedBy;
  return {
    cancel: isOpen && (owns || isRequester),
    escalate: policy.status === "PENDING" && policy.escalateToUsers.length > 0 && (owns || isRequester),
    extend: isOpen && owns,
  };
}
