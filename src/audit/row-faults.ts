/** Compares a request's row and its decisions with what the request's chain states. Pure. */

import type { StoredDecision, StoredRequest } from "../db/queries/audit-chain.ts";
import type { ApprovalRequest, JsonObject } from "../model/approvals.ts";
import { contextDigestOf, digestOf } from "../model/json.ts";
import { jobDigestOf, policyOf } from "./facts.ts";
import type { CreationFacts, Stated } from "./stated.ts";

/** Returns null for content that RFC 8785 cannot represent, which a tampered row may contain. */
function orNull(digest: () => string): string | null {
  try {
    return digest();
  } catch {
    return null;
  }
}
const isSame = (left: unknown, right: unknown): boolean =>
  orNull(() => digestOf(left)) === orNull(() => digestOf(right));
const listed = (names: readonly unknown[]): string => (names.length === 0 ? "none" : names.join(", "));

/** Describes the first fault of the row; null if there is none. */
export function faultOfRow(stated: Stated, { request, decisions }: StoredRequest): string | null {
  const { created, createdAt, decidedOn } = stated;
  // CREATED of an earlier version states nothing, so the row is compared with its latest decision.
  if (created === null) return decidedOn && faultOfDecided(decidedOn, request);
  return (
    faultOfContent(created, request) ??
    faultOfTime(createdAt, request) ??
    faultOfPolicy(created, stated, request) ??
    faultOfApprovers(stated, request) ??
    faultOfOutcome(stated, request) ??
    faultOfVotes(stated, decisions)
  );
}

function faultOfDecided(decided: JsonObject, request: ApprovalRequest): string | null {
  const own: JsonObject = {
    contextDigest: orNull(() => contextDigestOf(request)),
    inputDigest: request.inputDigest,
    createdBy: request.createdBy,
    policyDigest: orNull(() => digestOf(policyOf(request))),
  };
  const wrong = Object.keys(own).filter((name) => own[name] !== decided[name]);
  return wrong.length === 0 ? null : `${wrong.join(", ")} are not those of its last decision`;
}

function faultOfContent(created: CreationFacts, request: ApprovalRequest): string | null {
  if (orNull(() => contextDigestOf(request)) !== created.contextDigest) {
    return "its title, description, context or metadata is not what it was created with";
  }
  // The digest that approvers see and send back.
  if (request.contextDigest !== null && request.contextDigest !== created.contextDigest) {
    return "its stored context digest is not that of its content";
  }
  if (orNull(() => jobDigestOf(request)) !== created.jobDigest) {
    return "its ids, config, results, channels, callback or reminder are not what it was created with";
  }
  if (request.inputDigest !== created.inputDigest) return "its input digest is not that of its log";
  if (request.createdBy === created.createdBy && request.requestedBy === created.requestedBy) return null;
  return `its log states that ${created.createdBy} created it on behalf of ${created.requestedBy}`;
}

function faultOfTime(stated: string | null, { createdAt }: ApprovalRequest): string | null {
  // An infinite instant is read as a number.
  const stored = createdAt instanceof Date ? createdAt.toISOString() : String(createdAt);
  return stored === stated ? null : `it was created at ${stored}, but its log states ${stated}`;
}

function faultOfPolicy({ policy }: CreationFacts, { conditions }: Stated, request: ApprovalRequest): string | null {
  const own = policyOf(request);
  const expected: JsonObject = { ...policy, autoApproveConditions: conditions as JsonObject[] };
  const changed = Object.keys(expected).filter((name) => !isSame(expected[name], own[name]));
  return changed.length === 0 ? null : `its policy is not that of its log: ${changed.join(", ")}`;
}

function faultOfApprovers({ approvers, escalations }: Stated, request: ApprovalRequest): string | null {
  if (request.escalationLevel !== escalations) {
    return `its escalation level is ${request.escalationLevel}, but its log has ${escalations} escalations`;
  }
  if (isSame(request.approvers, approvers)) return null;
  return `its approvers are ${listed(request.approvers)}, but those of its log are ${listed(approvers)}`;
}

function faultOfOutcome({ outcome }: Stated, request: ApprovalRequest): string | null {
  const expected: Record<string, unknown> = { ...outcome };
  const own: Record<string, unknown> = { ...request, decidedAt: request.decidedAt?.toISOString() ?? null };
  const wrong = Object.keys(expected).filter((name) => own[name] !== expected[name]);
  const differences = wrong.map(
    (name) => `${name} is ${JSON.stringify(own[name])}, not ${JSON.stringify(expected[name])}`,
  );
  return differences.length === 0 ? null : `its outcome is not that of its log: ${differences.join("; ")}`;
}

function faultOfVotes({ votes }: Stated, decisions: readonly StoredDecision[]): string | null {
  const inLog = new Map(votes.map((vote) => [vote.approver, vote]));
  for (const decision of decisions) {
    const vote = inLog.get(decision.approver);
    if (vote === undefined) return `the decision of ${decision.approver} is not in its log`;
    if (!isSame(decision, vote)) return `the decision of ${decision.approver} is not that of its log`;
    inLog.delete(decision.approver);
  }
  const [missing] = inLog.keys();
  return missing === undefined ? null : `the decision of ${missing}, which its log has, is missing`;
}
