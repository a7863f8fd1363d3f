/** Views of notifications as the channels make them, one for each kind and more for each outcome. */

import type { ApprovalRequest } from "../../../src/model/approvals.ts";
import type { Addressee, ApprovalNotification } from "../../../src/model/notifications.ts";
import { type MessageView, viewOf } from "../../../src/notifications/view.ts";
import { notificationOf } from "../approvals/requests.ts";

const CREATED = new Date("2026-03-03T09:30:00Z");
const EXPIRES = new Date("2026-03-03T13:30:00Z");
const ID = "019ca8d2-5c1e-7d3a-9b60-2f4e8a7c1d05";

export const REQUEST: ApprovalRequest = {
  id: ID,
  version: 1,
  workflowId: "release-web",
  jobId: "production-gate",
  executionId: "release-2417",
  approvalType: "MANUAL",
  title: "Deploy web 2.14.0 to production",
  status: "PENDING",
  description:
    "Moves all traffic to 2.14.0 over 20 minutes.\nRollback: one click, tried on staging this morning by Carol.",
  context: {
    environment: "production",
    version: "2.14.0",
    tests: "1,482 passed, 0 failed",
    regions: ["eu-central-1", "us-east-1"],
    migrations: 2,
  },
  metadata: {},
  config: {},
  results: {},
  contextDigest: null,
  requestedBy: "alice@example.com",
  createdBy: "orchestrator",
  allowSelfApproval: false,
  decidedBy: null,
  decision: null,
  decisionSource: null,
  comment: null,
  decidedAt: null,
  timeoutMs: 14_400_000,
  expiresAt: EXPIRES,
  timeoutAction: "ESCALATE",
  notifyUsers: ["bob@example.com", "carol@example.com"],
  notifyRoles: [],
  allowedApprovers: [],
  approvers: [],
  voters: [],
  notifyChannels: ["IN_APP", "EMAIL", "SLACK"],
  requireMinApprovers: 2,
  requireAllApprovers: false,
  approvalsRequired: 2,
  autoApproveConditions: [],
  escalateToUsers: ["dora@example.com"],
  escalationLevel: 0,
  callbackUrl: null,
  remindBeforeMs: 3_600_000,
  remindAt: null,
  inputDigest: null,
  createdAt: CREATED,
  updatedAt: CREATED,
};

export const BOB: Addressee = {
  id: "bob@example.com",
  email: "bob@example.com",
  roles: [],
  mutedChannels: [],
  locale: "en-GB",
  zone: "Europe/Berlin",
};

const DECIDE = `https://approvals.example.com/decide?token=${"eyJyIjoiMDE5Y2E4ZDIifQ".repeat(3)}`;

export interface MessageOptions {
  request?: Partial<ApprovalRequest>;
  facts?: Partial<ApprovalNotification["metadata"]>;
  /** Null for a channel or an endpoint. */
  person?: Addressee | null;
  canDecide?: boolean;
  decide?: string | null;
  now?: Date;
}

/** The view of one notification. Default: that of a person who can decide, if the request is open. */
export function messageView(kind: ApprovalNotification["kind"], options: MessageOptions = {}): MessageView {
  const { person = BOB, now = new Date("2026-03-03T09:30:05Z") } = options;
  const request = { ...REQUEST, ...options.request };
  const open = request.status === "PENDING" || request.status === "ESCALATED";
  const { canDecide = open && person !== null, decide = canDecide ? DECIDE : null } = options;
  const recipient = person?.id ?? "#approvals";
  const notification = {
    ...notificationOf(request, { kind, channel: "EMAIL", recipient }, now, options.facts),
    id: "019ca8d2-6a02-7c4b-8f11-90a3b5c7d9e1",
  };
  return viewOf(
    { notification, request, person, isKnown: true, canDecide, now },
    "https://approvals.example.com",
    decide,
  );
}

const decided = new Date("2026-03-03T10:12:40Z");
const APPROVED: Partial<ApprovalRequest> = {
  status: "APPROVED",
  decision: "APPROVE",
  decisionSource: "APPROVER",
  decidedAt: decided,
  decidedBy: "carol@example.com",
  approvers: ["bob@example.com", "carol@example.com"],
  comment: "Load test looks good. Go ahead, I am around until six.",
};
const REJECTED: Partial<ApprovalRequest> = {
  status: "REJECTED",
  decision: "REJECT",
  decisionSource: "APPROVER",
  decidedAt: decided,
  decidedBy: "carol@example.com",
  approvers: [],
  comment: "The second migration locks the orders table.\nPlease split it and ask again.",
};
const TIMEOUT: Partial<ApprovalRequest> = {
  status: "TIMEOUT",
  decisionSource: "TIMEOUT",
  decidedAt: EXPIRES,
  approvers: ["bob@example.com"],
  timeoutAction: "REJECT",
  escalateToUsers: [],
};
const CANCELLED: Partial<ApprovalRequest> = {
  status: "CANCELLED",
  decisionSource: "CANCELLATION",
  decidedAt: decided,
  decidedBy: "alice@example.com",
  comment: "Superseded by 2.14.1.",
};
const ESCALATED: Partial<ApprovalRequest> = {
  status: "ESCALATED",
  escalationLevel: 1,
  expiresAt: new Date("2026-03-03T17:30:00Z"),
};
const at = (time: string): Date => new Date(`2026-03-03T${time}Z`);
const DORA: Addressee = { ...BOB, id: "dora@example.com", locale: "en-US", zone: "America/New_York" };
const ALICE: Addressee = { ...BOB, id: "alice@example.com", locale: null, zone: null };
const REASON = "Bob and Carol are both on a plane.";

/** Every kind of notification, by the name of its picture. */
export const MESSAGES: Record<string, MessageView> = {
  requested: messageView("REQUESTED"),
  "requested-by-someone-else": messageView("REQUESTED", { person: ALICE, canDecide: false }),
  reminder: messageView("REMINDER", { request: { approvers: ["carol@example.com"] }, now: at("12:30:00") }),
  urgent: messageView("URGENT", { request: { timeoutAction: "APPROVE" }, now: at("13:15:00") }),
  escalated: messageView("ESCALATED", { request: ESCALATED, person: DORA, now: at("13:30:00") }),
  "escalated-by-hand": messageView("ESCALATED", {
    request: { ...ESCALATED, expiresAt: EXPIRES },
    facts: { actor: "alice@example.com", comment: REASON },
    person: DORA,
    now: at("11:00:00"),
  }),
  approved: messageView("DECIDED", {
    request: APPROVED,
    facts: { actor: "carol@example.com", comment: APPROVED.comment as string },
    person: ALICE,
  }),
  rejected: messageView("DECIDED", {
    request: REJECTED,
    facts: { actor: "carol@example.com", comment: REJECTED.comment as string },
    person: ALICE,
  }),
  "approved-by-conditions": messageView("DECIDED", {
    request: { ...APPROVED, decisionSource: "AUTO", decidedBy: null, comment: null, approvers: [] },
    person: ALICE,
  }),
  "timed-out": messageView("TIMED_OUT", { request: TIMEOUT }),
  "approved-by-timeout": messageView("TIMED_OUT", {
    request: { ...TIMEOUT, status: "APPROVED", decision: "APPROVE", timeoutAction: "APPROVE" },
  }),
  cancelled: messageView("CANCELLED", {
    request: CANCELLED,
    facts: { actor: "alice@example.com", comment: CANCELLED.comment as string },
  }),
  commented: messageView("COMMENTED", {
    facts: {
      actor: "carol@example.com",
      comment: "Which tables do the two migrations touch?\nI can decide after that.",
    },
  }),
  "endpoint-disabled": messageView("ENDPOINT_DISABLED", {
    facts: { endpoint: "https://ci.example.com/hooks/countersign" },
    person: { ...BOB, id: "root@example.com" },
    canDecide: false,
  }),
  /** Written before the decision, delivered after it. */
  "requested-too-late": messageView("REQUESTED", { request: APPROVED, facts: { status: "PENDING" } }),
  "nested-context": messageView("REQUESTED", {
    request: {
      title: "Refund order 58213",
      description: null,
      workflowId: "refunds",
      jobId: "over-500",
      approvalsRequired: 1,
      context: {
        order: { id: 58213, total: { amount: 812.4, currency: "EUR" }, items: ["desk", "lamp"] },
        customer: { since: "2019-04-02", refunds: 0 },
      },
    },
  }),
};

/** The same for a Slack channel. */
export const inChannel = (view: MessageView): MessageView => ({
  ...view,
  recipient: null,
  canDecide: false,
  links: { ...view.links, decide: null },
});
