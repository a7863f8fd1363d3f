/** What a template may say of a message: plain values under the names of the API, dates as RFC 3339. */

import type { ApprovalRequest, JsonObject } from "../model/approvals.ts";
import { isOpen } from "../model/approvals.ts";
import { storedDigestOf } from "../model/json.ts";
import type { Addressee, ApprovalNotification } from "../model/notifications.ts";
import { riskOf } from "../model/risk.ts";
import type { Delivery } from "./channel.ts";

/** Addresses of pages; `PUBLIC_URL` begins each. */
export interface Links {
  /** The request in the inbox. */
  open: string;
  /** Of an e-mail to someone who can decide: the page with the two buttons, without signing in. */
  decide: string | null;
}

export interface MessageView {
  /** The row's id: the same in every attempt. */
  id: string;
  kind: ApprovalNotification["kind"];
  /** The request as it is when the message is sent. */
  request: JsonObject;
  /** The risk from `metadata.risk`; null if there is none. */
  risk: string | null;
  /** Whether the request still takes decisions. */
  isOpen: boolean;
  /** Whether the recipient can decide it now. */
  canDecide: boolean;
  /** Who caused the message; null: the clock, or a condition. */
  actor: string | null;
  /** What they said then. */
  comment: string | null;
  /** The request's status when the message was caused. */
  status: ApprovalRequest["status"];
  /** Of ENDPOINT_DISABLED: the address, without its query. */
  endpoint: string | null;
  /** The person who is told; null for a Slack channel and an endpoint. */
  recipient: { id: string; locale: string | null; zone: string | null } | null;
  links: Links;
  /** The request's contextDigest while it is open, for buttons that decide on what was shown. */
  digest: string | null;
  /** Whether the message shows everything that an approver judges, as far as it is rendered. */
  isWhole: boolean;
  /** When what it tells of happened, RFC 3339. */
  createdAt: string;
  /** When it is rendered, RFC 3339. */
  now: string;
}

/** @param publicUrl base of every link, without a trailing slash */
export const openLink = (publicUrl: string, requestId: string): string => `${publicUrl}/requests/${requestId}`;

/** @param decide the address of the page with the two buttons, where the message may carry one */
export function viewOf(delivery: Delivery, publicUrl: string, decide: string | null = null): MessageView {
  const { notification, request, person, canDecide, now } = delivery;
  const { actor, comment, status, endpoint = null } = notification.metadata;
  return {
    id: notification.id,
    kind: notification.kind,
    request: requestView(request),
    risk: riskOf(request.metadata),
    isOpen: isOpen(request),
    canDecide,
    actor,
    comment,
    status,
    endpoint,
    recipient: person && addresseeView(person),
    links: { open: openLink(publicUrl, request.id), decide },
    // Computed only if a template uses it, because it may read all of the content.
    get digest() {
      return isOpen(request) ? digestIn(request) : null;
    },
    isWhole: true,
    createdAt: notification.createdAt.toISOString(),
    now: now.toISOString(),
  };
}

/** Null for text that is not Unicode, which the database cannot contain. */
function digestIn(request: ApprovalRequest): string | null {
  try {
    return storedDigestOf(request);
  } catch {
    return null;
  }
}

const addresseeView = ({ id, locale, zone }: Addressee) => ({ id, locale, zone });

/**
 * What the API shows of a request, by its names, less what only programs want; never its configuration, results or
 * callback. The policy is as it was given, so that a receiver can see who asked and who was to decide.
 */
function requestView(request: ApprovalRequest): JsonObject {
  const { id, workflowId, jobId, executionId, title, description, context, metadata, status, approvalType } = request;
  const { requestedBy, createdBy, decidedBy, decision, decisionSource, comment, approvers } = request;
  const { allowedApprovers, notifyUsers, notifyRoles, notifyChannels, escalateToUsers, allowSelfApproval } = request;
  const { requireMinApprovers, requireAllApprovers, approvalsRequired } = request;
  const { timeoutAction, timeoutMs, escalationLevel, version } = request;
  return {
    ...{ id, version, workflowId, jobId, executionId, title, description, context, metadata, status },
    ...{ requestedBy, createdBy, decidedBy, decision, decisionSource, comment, approvers, approvalsRequired },
    ...{ approvalType, allowedApprovers, notifyUsers, notifyRoles, notifyChannels, escalateToUsers },
    ...{ requireMinApprovers, requireAllApprovers, allowSelfApproval },
    autoApproveConditions: request.autoApproveConditions.map((condition) => ({ ...condition })),
    ...{ timeoutAction, timeoutMs, escalationLevel },
    createdAt: request.createdAt.toISOString(),
    expiresAt: request.expiresAt.toISOString(),
    decidedAt: request.decidedAt?.toISOString() ?? null,
  };
}
