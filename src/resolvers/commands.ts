/** Commands: each passes its input to the manager and returns the payload. A failure is thrown as a CommandError. */

import type {
  ApprovalComment,
  ApprovalCondition,
  ApprovalDecision,
  ApprovalRequest,
  ApprovalRequestInput,
} from "../model/approvals.ts";
import type { Context } from "./context.ts";

export interface RequestPayload {
  request: ApprovalRequest;
}

type About<T = unknown> = T & { requestId: string };
type Reason = { reason?: string | null };

const payload = async (request: Promise<ApprovalRequest>): Promise<RequestPayload> => ({ request: await request });

/** The input is passed on unchanged: its digest distinguishes a repeat from a conflict. */
export const createRequest = (
  input: ApprovalRequestInput,
  { services, caller }: Context,
): Promise<RequestPayload & { created: boolean }> => services.manager.createRequest(input, caller);

export const approve = ({ requestId, ...decision }: About<ApprovalDecision>, { services, caller }: Context) =>
  payload(services.manager.approve(requestId, decision, caller));

export const reject = ({ requestId, ...decision }: About<ApprovalDecision>, { services, caller }: Context) =>
  payload(services.manager.reject(requestId, decision, caller));

export const cancel = ({ requestId, reason }: About<Reason>, { services, caller }: Context) =>
  payload(services.manager.cancel(requestId, caller, reason ?? null));

export const escalate = ({ requestId, reason }: About<Reason>, { services, caller }: Context) =>
  payload(services.manager.escalate(requestId, caller, reason ?? null));

export const extend = ({ requestId, expiresAt }: About<{ expiresAt: Date }>, { services, caller }: Context) =>
  payload(services.manager.extend(requestId, caller, expiresAt));

export const updateConditions = (
  { requestId, conditions }: About<{ conditions: readonly ApprovalCondition[] }>,
  { services, caller }: Context,
) => payload(services.manager.updateConditions(requestId, caller, conditions));

export const addComment = async (
  { requestId, body }: About<{ body: string }>,
  { services, caller }: Context,
): Promise<{ comment: ApprovalComment }> => ({ comment: await services.manager.comment(requestId, caller, body) });
