/** The view of a message that templates use: plain values with the names of the API, dates as RFC 3339. */

import type { ApprovalRequest, JsonObject } from "../model/approvals.ts";
import { isOpen } from "../model/approvals.ts";
import { storedDigestOf } from "../model/json.ts";
import type { Addressee, ApprovalNotification } from "../model/notifications.ts";
import { requestUrl } from "../model/request-id.ts";
import { riskOf } from "../model/risk.ts";
import type { Delivery } from "./channel.ts";

/** Addresses of pages below `PUBLIC_URL`. */
export interface Links {
  /** The request in the inbox. */
  open: string;
  /** In an email to a person who can decide: the page with the two buttons, without signing in. */
  decide: string | null;
}

export interface MessageView {
  /** The row's id, the same in every attempt. */
  id: string;
  kind: ApprovalNotification["kind"];
  /** The request at the time of sending. */
  request: JsonObject;
  /** The risk from `metadata.risk`; null if there is none. */
  risk: string | null;
  /** Whether the request still takes decisions. */
  isOpen: boolean;
  /** Whether the recipient can decide it now. */
  canDecide: boolean;
  /** The user who caused the message; null for the clock or a condition. */
  actor: string | null;
  /** The comment of this user. */
  comment: string | null;
  /** The request's status when the message was caused. */
  status: ApprovalRequest["status"];
  /** For ENDPOINT_DISABLED: the address, without its query. */
  endpoint: string | null;
  /** The person who receives the message; null for a Slack channel and an endpoint. */
  recipient: { id: string; locale: string | null; zone: string | null } | null;
  links: Links;
  /** The request's contextDigest while it is open, for buttons that decide on the shown content. */
  digest: string | null;
  /** Whether the part of the message that is rendered so far shows everything that an approver judges. */
  isWhole: boolean;
  /** When the event happened, RFC 3339. */
  createdAt: string;
  /** The time of rendering, RFC 3339. */
  now: string;
}

/** @param decide the address of the page with the two buttons, if the message may have one */
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
    links: { open: requestUrl(publicUrl, request.id), decide },
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
 * The request with the names of the API, without the fields that only programs use, and never with its configuration,
 * results or callback. The policy is as it was given, so that a receiver sees who created the request and who may
 * decide.
 */
function requestView(request: ApprovalRequest): JsonObject {
  const { id, workflowId, jobId, executionId, title, description, context, metadata, status, approvalType } = request;
  const { requestedBy, createdBy, decidedBy, decision, decisionSource, comment, approvers } = request;
  const { allowedApprovers, notifyUsers, notifyRoles, notifyChannels, escalateToUsers, allowSelfApproval } = request;
  const { requireMinApprovers, requireAllApprovers, approvalsRequired } = request;
  const { timeoutAction, timeoutMs, escalationLevel, version } = request;
  return {
    id,
    version,
    workflowId,
    jobId,
    executionId,
    title,
    description,
    context,
    metadata,
    status,
    requestedBy,
    createdBy,
    decidedBy,
    decision,
    decisionSource,
    comment,
    approvers,
    approvalsRequired,
    approvalType,
    allowedApprovers,
    notifyUsers,
    notifyRoles,
    notifyChannels,
    escalateToUsers,
    requireMinApprovers,
    requireAllApprovers,
    allowSelfApproval,
    autoApproveConditions: request.autoApproveConditions.map((condition) => ({ ...condition })),
    timeoutAction,
    timeoutMs,
    escalationLevel,
    createdAt: request.createdAt.toISOString(),
    expiresAt: request.expiresAt.toISOString(),
    decidedAt: request.decidedAt?.toISOString() ?? null,
  };
}
