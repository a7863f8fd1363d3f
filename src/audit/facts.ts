/**
 * The facts about a request that the audit log states, so that a later change of its row can be detected: digests of its
 * content, its policy and its creator. Facts are part of an event's metadata and are logged even if the audit detail is
 * off.
 */

import type { ApprovalCondition, ApprovalRequest, Decision, JsonObject } from "../model/approvals.ts";
import { digestOf, sha256, storedDigestOf } from "../model/json.ts";

/** The policy as it is logged: who may decide, how many approvals it takes, and the timeout. Keys are in order. */
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

/**
 * Lower-case hexadecimal SHA-256 of a policy as RFC 8785 JSON. Without conditions, its JSON is already in that form.
 */
export const policyDigestOf = (policy: JsonObject): string =>
  (policy.autoApproveConditions as unknown as unknown[]).length === 0
    ? sha256(JSON.stringify(policy))
    : digestOf(policy);

/** The digest of the fields that neither the policy nor the context digest covers. */
export const jobDigestOf = (request: ApprovalRequest): string => {
  const { callbackUrl, config, executionId, jobId, notifyChannels, remindBeforeMs, results, workflowId } = request;
  return digestOf({ callbackUrl, config, executionId, jobId, notifyChannels, remindBeforeMs, results, workflowId });
};

/** The facts of CREATED: everything that cannot change later. */
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
 * The facts of APPROVED and REJECTED by a person: the decision, and digests of the content that was decided on.
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
    // The vote already has a row, and counts again.
    ...(isRepeated && { repeated: true }),
  };
}

/** The facts of CONDITIONS_UPDATED. */
export const factsOfConditions = (conditions: readonly ApprovalCondition[]): JsonObject => ({
  conditions: conditions as unknown as JsonObject[],
});
