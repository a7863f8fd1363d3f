/**
 * Writes a batch: requests, decisions, comments and audit rows of all its commands in a single statement, so a batch
 * costs one round trip and one notification.
 */

import type { ApprovalComment, ApprovalRequest, ApproverDecision } from "../../model/approvals.ts";
import type { DeliveredNotification, NewNotification } from "../../model/notifications.ts";
import { personKey } from "../../model/same-person.ts";
import type { Queryable } from "../query.ts";
import type { ChainedRow } from "./audit-chain.ts";
import type { LockedRequest } from "./requests.ts";

/** An audit row to write, chained to the previous one. The database assigns its position in the log. */
export type AuditRow = ChainedRow & { position: number; hash: string };

/** A decision to write, with the roles of the person at that time. */
export type NewDecision = ApproverDecision & { roles?: readonly string[] };

/**
 * All rows that a batch writes. The audit rows are in order. A request in `touched` gets no new version; only its chain
 * and its reminder change.
 */
export interface BatchWrite {
  /** With the number of people that each notifies outside the app. Default: 0. */
  creates: (ApprovalRequest & { outsideRecipients?: number })[];
  updates: ApprovalRequest[];
  touched: ApprovalRequest[];
  decisions: NewDecision[];
  comments: ApprovalComment[];
  audit: AuditRow[];
  notifications: NewNotification[];
  delivered: DeliveredNotification[];
}

export const emptyBatch = (): BatchWrite => ({
  creates: [],
  updates: [],
  touched: [],
  decisions: [],
  comments: [],
  audit: [],
  notifications: [],
  delivered: [],
});

/**
 * The parts of the statement, each with one jsonb parameter; `creates` has a json parameter, because jsonb sorts the keys
 * of a context. A batch sends only the parts that it needs: an insert without rows still starts its plan and fires its
 * triggers.
 */
const PARTS = {
  creates: (p: string) => `created as (
  insert into approval_requests (id, workflow_id, job_id, execution_id, approval_type, title, description, context,
    metadata, config, results, status, requested_by, created_by, allow_self_approval, decision, decision_source,
    decided_at, timeout_ms, expires_at, timeout_action, notify_users, notify_channels, notify_roles,
    require_min_approvers, allowed_approvers, require_all_approvers, approvals_required, auto_approve_conditions,
    escalate_to_users, callback_url, remind_before_ms, remind_at, input_digest, context_digest, content_bytes, created_at,
    updated_at, audit_length, audit_head, requested_by_key, created_by_key, outside_recipients)
  select id, "workflowId", "jobId", "executionId", "approvalType", title, description, context,
    metadata, config, results, status, "requestedBy", "createdBy", "allowSelfApproval", decision, "decisionSource",
    "decidedAt", "timeoutMs", "expiresAt", "timeoutAction", "notifyUsers", "notifyChannels", "notifyRoles",
    "requireMinApprovers", "allowedApprovers", "requireAllApprovers", "approvalsRequired", "autoApproveConditions",
    "escalateToUsers", "callbackUrl", "remindBeforeMs", "remindAt", "inputDigest", "contextDigest", "contentBytes",
    "createdAt", "updatedAt", coalesce("auditLength", 0), decode("auditHead", 'hex'), "requestedByKey", "createdByKey",
    coalesce("outsideRecipients", 0)
    from json_to_recordset(${p}::json) as c(id uuid, "workflowId" text, "jobId" text, "executionId" text,
      "approvalType" text, title text, description text, context json, metadata json, config jsonb, results jsonb,
      status text, "requestedBy" text, "createdBy" text, "allowSelfApproval" boolean, decision text,
      "decisionSource" text, "decidedAt" timestamptz, "timeoutMs" bigint, "expiresAt" timestamptz,
      "timeoutAction" text, "notifyUsers" text[], "notifyChannels" text[], "notifyRoles" text[],
      "requireMinApprovers" integer, "allowedApprovers" text[], "requireAllApprovers" boolean,
      "approvalsRequired" integer, "autoApproveConditions" jsonb, "escalateToUsers" text[], "callbackUrl" text,
      "remindBeforeMs" bigint, "remindAt" timestamptz, "inputDigest" text, "contextDigest" text,
      "contentBytes" integer, "createdAt" timestamptz, "updatedAt" timestamptz, "auditLength" integer,
      "auditHead" text, "requestedByKey" text, "createdByKey" text, "outsideRecipients" integer)
   order by "createdBy", "workflowId", "jobId", "executionId"
  on conflict do nothing
  returning id
)`,
  updates: (p: string, rows: string) => `updated as (
  update approval_requests r
     set status = u.status, approvers = u.approvers, voters = u.voters, decided_by = u."decidedBy", decision = u.decision,
         decision_source = u."decisionSource", comment = u.comment, decided_at = u."decidedAt",
         expires_at = u."expiresAt", escalation_level = u."escalationLevel",
         auto_approve_conditions = u."autoApproveConditions", remind_at = u."remindAt",
         audit_length = coalesce(u."auditLength", r.audit_length),
         audit_head = coalesce(decode(u."auditHead", 'hex'), r.audit_head)
    from ${rows}(${p}::jsonb) as u(id uuid, status text, approvers text[], voters text[], "decidedBy" text, decision text,
      "decisionSource" text, comment text, "decidedAt" timestamptz, "expiresAt" timestamptz,
      "escalationLevel" integer, "autoApproveConditions" jsonb, "remindAt" timestamptz, "auditLength" integer,
      "auditHead" text)
   where r.id = u.id
  returning r.id, r.updated_at
)`,
  touched: (p: string, rows: string) => `touched as (
  update approval_requests r
     set remind_at = h."remindAt", audit_length = coalesce(h."auditLength", r.audit_length),
         audit_head = coalesce(decode(h."auditHead", 'hex'), r.audit_head)
    from ${rows}(${p}::jsonb) as h(id uuid, "remindAt" timestamptz, "auditLength" integer, "auditHead" text)
   where r.id = h.id
)`,
  decisions: (p: string) => `decided as (
  insert into approval_decisions (approval_request_id, approver, decision, comment, reason, decided_at, approver_key,
    roles)
  select "approvalRequestId", approver, decision, comment, reason, "decidedAt", "approverKey", roles
    from jsonb_to_recordset(${p}::jsonb) as d("approvalRequestId" uuid, approver text, decision text, comment text,
      reason text, "decidedAt" timestamptz, "approverKey" text, roles text[])
)`,
  comments: (p: string) => `commented as (
  insert into approval_comments (id, approval_request_id, author, body, created_at)
  select id, "approvalRequestId", author, body, "createdAt"
    from jsonb_to_recordset(${p}::jsonb) as c(id uuid, "approvalRequestId" uuid, author text, body text,
      "createdAt" timestamptz)
)`,
  delivered: (p: string, rows: string) => `delivered as (
  update approval_notifications n
     set status = 'SENT', sent_at = coalesce(n.sent_at, clock_timestamp()), next_attempt_at = null,
         locked_until = null, error_message = null, failed_at = null, subject = coalesce(d.subject, n.subject),
         body = coalesce(d.body, n.body), external_id = coalesce(d."externalId", n.external_id),
         external_url = coalesce(d."externalUrl", n.external_url)
    from ${rows}(${p}::jsonb) as d(id uuid, subject text, body text, "externalId" text, "externalUrl" text)
   where n.id = d.id
)`,
  notifications: (p: string, _rows: string, written: string) => `notified as (
  insert into approval_notifications (id, approval_request_id, kind, channel, recipient, status, sent_at,
    next_attempt_at, max_retries, subject, body, metadata, asker)
  select id, "approvalRequestId", kind, channel, recipient,
         case channel when 'IN_APP' then 'SENT' else 'PENDING' end,
         case channel when 'IN_APP' then clock_timestamp() end,
         case channel when 'IN_APP' then null else clock_timestamp() end, "maxRetries", subject, body, metadata,
         coalesce(nullif(asker, ''), '-')
    from jsonb_to_recordset(${p}::jsonb) as e(id uuid, "approvalRequestId" uuid, kind text, channel text,
      recipient text, "maxRetries" integer, subject text, body text, metadata jsonb, asker text, "isCreation" boolean)
   where ${written}
)`,
};
type Part = keyof typeof PARTS;

/** The audit rows, without those of requests whose keys already existed. */
const logged = (p: string, written: string) => `logged as (
  insert into approval_audit_log (tx, id, approval_request_id, action, user_id, user_email, ip_address, user_agent,
    old_status, new_status, comment, metadata, created_at, chain_position, previous_hash, hash, personal_digest,
    personal_salt)
  select greatest(pg_current_xact_id(), (select l.tx from approval_audit_log l
                                          where l.approval_request_id = e."approvalRequestId"
                                          order by l.tx desc, l.seq desc limit 1)),
         e.id, e."approvalRequestId", e.action, e."userId", e."userEmail", e."ipAddress", e."userAgent",
         e."oldStatus", e."newStatus", e.comment, e.metadata, e."createdAt", e.position,
         decode(e."previousHash", 'hex'), decode(e.hash, 'hex'), decode(e."personalDigest", 'hex'), e."personalSalt"
    from rows from (jsonb_to_recordset(${p}::jsonb) as (id uuid, "approvalRequestId" uuid, action text, "userId" text,
      "userEmail" text, "ipAddress" text, "userAgent" text, "oldStatus" text, "newStatus" text, comment text,
      metadata jsonb, "createdAt" timestamptz, position integer, "previousHash" text, hash text,
      "personalDigest" text, "personalSalt" uuid, "isCreation" boolean)) with ordinality as e(id, "approvalRequestId", action, "userId",
      "userEmail", "ipAddress", "userAgent", "oldStatus", "newStatus", comment, metadata, "createdAt", position,
      "previousHash", hash, "personalDigest", "personalSalt", "isCreation", place)
   where ${written}
   order by e.place
)`;

const CREATED = `not e."isCreation" or e."approvalRequestId" in (select id from created)`;

/**
 * The statement for these parts. A part with a single row is read as a record. For a set, the planner estimates a hundred
 * rows, and would read a small table of requests as a whole instead of looking up one.
 */
function statementOf(parts: readonly Part[], single: ReadonlySet<Part>): string {
  const isNew = parts.includes("creates");
  const written = isNew ? CREATED : "true";
  const ctes = parts.map((part, index) =>
    PARTS[part](`$${index + 1}`, single.has(part) ? "jsonb_to_record" : "jsonb_to_recordset", written),
  );
  const answers = [
    isNew && 'select id, null::timestamptz as "updatedAt" from created',
    parts.includes("updates") && 'select id, updated_at as "updatedAt" from updated',
  ].filter((answer) => answer !== false);
  const answer = answers.length > 0 ? answers.join(" union all ") : "select null where false";
  return `with ${[...ctes, logged(`$${parts.length + 1}`, written)].join(", ")} ${answer}`;
}

/** The parts that are looked up by id. */
const LOOKED_UP: readonly Part[] = ["updates", "touched", "delivered"];

const statements = new Map<string, string>();

const UPDATED_FIELDS = [
  "id",
  "status",
  "approvers",
  "voters",
  "decidedBy",
  "decision",
  "decisionSource",
  "comment",
  "decidedAt",
  "expiresAt",
  "escalationLevel",
  "autoApproveConditions",
  "remindAt",
] as const;

const updatedPart = (request: ApprovalRequest) =>
  Object.fromEntries(UPDATED_FIELDS.map((field) => [field, request[field]]));

type Head = Pick<LockedRequest, "auditLength" | "auditHead">;

const contentBytesOf = ({ description, context, metadata }: ApprovalRequest): number =>
  Buffer.byteLength(JSON.stringify([description, context, metadata]));

/** The length and head of each request's chain after the write. */
function headsAfter(audit: readonly AuditRow[]): Map<string, Head> {
  return new Map(audit.map((row) => [row.approvalRequestId, { auditLength: row.position, auditHead: row.hash }]));
}

/** The keys by which SQL compares the people whom the policy excludes. */
const keysOf = ({ requestedBy, createdBy }: ApprovalRequest) => ({
  requestedByKey: personKey(requestedBy),
  createdByKey: personKey(createdBy),
});

/** The result of a batch. */
export interface BatchWritten {
  /** Ids of the requests that were created. The keys of the others already existed. */
  created: ReadonlySet<string>;
  /** When each request was changed, by the database's clock. */
  updatedAt: ReadonlyMap<string, Date>;
}

/** Writes a batch inside the caller's transaction. */
export async function writeBatch(db: Queryable, batch: BatchWrite): Promise<BatchWritten> {
  const heads = headsAfter(batch.audit);
  const created = new Set(batch.creates.map((request) => request.id));
  const marked = <T extends { approvalRequestId: string }>(rows: readonly T[]) =>
    rows.map((row) => ({ ...row, isCreation: created.has(row.approvalRequestId) }));
  const contents: Record<Part, unknown[]> = {
    creates: batch.creates.map((request) => ({
      ...request,
      ...keysOf(request),
      contentBytes: contentBytesOf(request),
      ...heads.get(request.id),
    })),
    updates: batch.updates.map((request) => ({ ...updatedPart(request), ...heads.get(request.id) })),
    touched: batch.touched.map(({ id, remindAt }) => ({ id, remindAt, ...heads.get(id) })),
    decisions: batch.decisions.map((decision) => ({ ...decision, approverKey: personKey(decision.approver) })),
    comments: batch.comments,
    delivered: batch.delivered,
    notifications: marked(batch.notifications),
  };
  const audit = marked(batch.audit);
  const parts = (Object.keys(PARTS) as Part[]).filter((part) => contents[part].length > 0);
  const single = new Set(LOOKED_UP.filter((part) => contents[part].length === 1));
  const name = ["write", ...parts.map((part) => (single.has(part) ? `${part}1` : part))].join("-");
  const text = statements.get(name) ?? statementOf(parts, single);
  statements.set(name, text);
  const rowsOf = (part: Part) => (single.has(part) ? contents[part][0] : contents[part]);
  const values = [...parts.map(rowsOf), audit].map((rows) => JSON.stringify(rows));
  const { rows } = await db.query<{ id: string; updatedAt: Date | null }>({ name, text, values });
  return {
    created: new Set(rows.filter((row) => row.updatedAt === null).map((row) => row.id)),
    updatedAt: new Map(rows.flatMap(({ id, updatedAt }) => (updatedAt === null ? [] : [[id, updatedAt]]))),
  };
}
