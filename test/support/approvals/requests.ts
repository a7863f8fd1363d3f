/**
 * Requests and people for the tests of the core. Ann is the requester; bob, cleo and dan are approvers; the other names
 * describe the person.
 */

import { randomUUID } from "node:crypto";
import { create } from "../../../src/approvals/lifecycle.ts";
import { checkRequestInput, completeInput, type Defaults } from "../../../src/approvals/validation.ts";
import {
  type ApprovalRequest,
  type ApprovalRequestInput,
  type Caller,
  SCOPES,
  type Viewer,
} from "../../../src/model/approvals.ts";
import type { ApprovalNotification, NotificationFacts } from "../../../src/model/notifications.ts";
import { byName } from "../../../src/model/same-person.ts";

export const DEFAULTS: Defaults = { timeoutMs: 3_600_000, timeoutAction: "REJECT" };
export const START = new Date("2025-06-01T12:00:00.000Z");

/** The instant `ms` milliseconds after the start. */
export const at = (ms: number): Date => new Date(START.getTime() + ms);

export const viewerOf = (userId: string, more: Partial<Viewer> = {}): Viewer => ({
  userId,
  email: `${userId}@example.org`,
  roles: [],
  scopes: [],
  ...more,
});
export const admin = viewerOf("admin", { scopes: [SCOPES.admin] });
export const reader = viewerOf("reader", { scopes: [SCOPES.read] });
/** The owner of a token that may create requests on behalf of others. */
export const orchestrator = viewerOf("orchestrator", { scopes: [SCOPES.request] });

export const callerOf = (viewer: Viewer | string): Caller => ({
  viewer: typeof viewer === "string" ? viewerOf(viewer) : viewer,
  ipAddress: "192.0.2.7",
  userAgent: "tests/1.0",
});

/** A valid input of a request for bob; every one has a key of its own. */
export const inputOf = (more: Partial<ApprovalRequestInput> = {}): ApprovalRequestInput => ({
  workflowId: "release",
  jobId: "approval",
  executionId: randomUUID(),
  title: "Deploy 1.4 to production?",
  notifyUsers: ["bob"],
  ...more,
});

/** A new request at `START`, by the rules of the core. */
export function requestOf(more: Partial<ApprovalRequestInput> = {}, creator = "ann"): ApprovalRequest {
  const input = inputOf(more);
  const issues = checkRequestInput(input, creator, DEFAULTS);
  if (issues.length > 0) throw new Error(`the fixture is wrong: ${JSON.stringify(issues)}`);
  return create(randomUUID(), completeInput(input, creator, DEFAULTS), "digest", START, byName).request;
}

/**
 * A notification about the request that is due now and was not attempted yet; its facts are those of one to a person.
 */
export const notificationOf = (
  request: ApprovalRequest,
  message: Pick<ApprovalNotification, "kind" | "channel" | "recipient">,
  now: Date,
  facts: Partial<NotificationFacts> = {},
): ApprovalNotification => ({
  id: randomUUID(),
  approvalRequestId: request.id,
  ...message,
  status: "PENDING",
  retryCount: 0,
  maxRetries: 15,
  sentAt: null,
  readAt: null,
  failedAt: null,
  nextAttemptAt: now,
  createdAt: now,
  updatedAt: now,
  errorMessage: null,
  subject: null,
  body: null,
  externalId: null,
  externalUrl: null,
  metadata: { to: "person", actor: null, comment: null, status: request.status, ...facts },
});
