/**
 * What the audit log states of a request, so that a later change of the request's row shows: digests of its content, its
 * policy, its creator. Facts are part of an event's metadata, and stay where the audit detail is turned off.
 */

import { digestOf, sha256, storedDigestOf } from "./json.ts";
import type { ApprovalCondition, ApprovalRequest, Decision, JsonObject } from "./model.ts";

/** The policy as the log has it: who may decide, how many must, and what happens without them. Keys in order. */
export const policyOf = (request: ApprovalRequest): JsonObject => ({
  allowSelfApproval: request.allowSelfApproval,
  allowedApprovers: request.allowedApprovers,
  approvalType: request.approvalType,
  approvalsRequired: request.approvalsRequired,
  autoApproveConditions: request.autoApproveConditions as unknown as JsonObject[],
  escalateToUsers: request.escalateToUsers,
  notifyRoles: request.notifyRoles,
  notifyUsers: request.notifyUsers,
  requireAllApprovers: request.requireAllApprovers,
  requireMinApprovers: request.requireMinApprovers,
  timeoutAction: request.timeoutAction,
  timeoutMs: request.timeoutMs,
});

/** Lower-case hexadecimal SHA-256 of a policy as RFC 8785 JSON, which it is already where it has no conditions. */
export const policyDigestOf = (policy: JsonObject): string =>
  (policy.autoApproveConditions as unknown as unknown[]).length === 0
    ? sha256(JSON.stringify(policy))
    : digestOf(policy);

/** The digest of what a request holds beside its policy and what people judge. */
export const jobDigestOf = (request: ApprovalRequest): string => {
  const { callbackUrl, config, executionId, jobId, notifyChannels, remindBeforeMs, results, workflowId } = request;
  return digestOf({ callbackUrl, config, executionId, jobId, notifyChannels, remindBeforeMs, results, workflowId });
};

/** Of CREATED: all that stays as it is from now on. */
export const factsOfCreation = (request: ApprovalRequest): JsonObject => ({
  allowSelfApproval: request.allowSelfApproval,
  contextDigest: storedDigestOf(request),
  createdBy: request.createdBy,
  inputDigest: request.inputDigest,
  jobDigest: jobDigestOf(request),
  policy: policyOf(request),
  requestedBy: request.requestedBy,
});

/**
 * Of APPROVED and REJECTED by a person: the decision, and what it was about.
 * @param after the request with the decision
 * @param contextDigest of the content that was decided on
 */
export function factsOfDecision(
  before: ApprovalRequest,
  after: ApprovalRequest,
  { approver, decision, isRepeated }: { approver: string; decision: Decision; isRepeated: boolean },
  contextDigest: string,
): JsonObject {
  const isAdded = decision === "APPROVE" && !before.approvers.includes(approver);
  const expected = isAdded ? [...before.approvers, approver] : before.approvers;
  const isExpected =
    expected.length === after.approvers.length && expected.every((id, place) => id === after.approvers[place]);
  return {
    ...(!isExpected && { approvers: after.approvers }),
    contextDigest,
    createdBy: before.createdBy,
    decision,
    inputDigest: before.inputDigest,
    policyDigest: policyDigestOf(policyOf(before)),
    // A vote that counts again has its row already.
    ...(isRepeated && { repeated: true }),
  };
}

/** Of CONDITIONS_UPDATED. */
export const factsOfConditions = (conditions: readonly ApprovalCondition[]): JsonObject => ({
  conditions: conditions as unknown as JsonObject[],
});
