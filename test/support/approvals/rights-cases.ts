/**
 * The table of cases for the rights to see: every kind of viewer, and requests of every kind. Tests compare the rule of
 * the API, its lists, and the row level security of the database with each other.
 */

import { randomUUID } from "node:crypto";
import fc from "fast-check";
import * as lifecycle from "../../../src/approvals/lifecycle.ts";
import { completeInput } from "../../../src/approvals/validation.ts";
import { AuditChains } from "../../../src/audit/chain.ts";
import type { Pool } from "../../../src/db/pool.ts";
import { requestsById } from "../../../src/db/queries/requests.ts";
import { emptyBatch, writeBatch } from "../../../src/db/queries/write.ts";
import type { ApprovalRequest, Viewer } from "../../../src/model/approvals.ts";
import { byName } from "../../../src/model/same-person.ts";
import { DEFAULTS, inputOf, viewerOf } from "./requests.ts";

const IDS = ["ann", "bob", "cleo", "dan", "orchestrator"] as const;
const ROLES: string[][] = [[], ["ops"], ["ops", "security"], ["sales"]];
const SCOPES: string[][] = [[], ["approvals:request"], ["approvals:read"], ["approvals:admin"]];
/** Everyone whom a request may name in every kind, and mallory, whom none does. */
export const VIEWERS: Viewer[] = [...IDS, "mallory"].flatMap((id) =>
  ROLES.flatMap((roles) => SCOPES.map((scopes) => viewerOf(id, { roles, scopes }))),
);

/** The number of requests. */
export const COUNT = 400;
const names = fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...IDS), { maxLength: 3 }));
const policies = fc.record({
  createdBy: fc.constantFrom(...IDS),
  requestedBy: fc.constantFrom(null, ...IDS),
  allowedApprovers: names,
  notifyUsers: names,
  notifyRoles: fc.subarray(["ops", "security"]),
  escalateToUsers: names,
  allowSelfApproval: fc.boolean(),
});
const states = fc.record({
  status: fc.constantFrom("PENDING", "PENDING", "PENDING", "ESCALATED", "REJECTED", "CANCELLED"),
  level: fc.constantFrom(0, 1),
  voters: fc.uniqueArray(fc.constantFrom(...IDS), { maxLength: 3 }),
  lost: fc.constantFrom(0, 0, 0, 1),
  expired: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

/** Fills an empty database with the requests, each with decisions, a comment and an audit row; the same every time. */
export async function fillCases(pool: Pool): Promise<{ requests: ApprovalRequest[]; now: Date }> {
  const now: Date = (await pool.query("select now()::timestamptz(3) as now")).rows[0].now;
  const made = fc.sample(fc.tuple(policies, states), { numRuns: COUNT, seed: 11 }).map(([given, state]) => {
    const { createdBy, ...more } = given;
    const draft = completeInput(inputOf(more), createdBy, DEFAULTS);
    const { request } = lifecycle.create(randomUUID(), draft, "digest", now, byName);
    const final = state.status === "REJECTED" || state.status === "CANCELLED";
    const after: ApprovalRequest = {
      ...request,
      status: state.status as ApprovalRequest["status"],
      escalationLevel: state.status === "ESCALATED" ? 1 : final ? state.level : 0,
      voters: state.voters,
      approvers: state.voters.slice(state.lost, state.lost + 2),
      decision: state.status === "REJECTED" ? "REJECT" : null,
      decisionSource: state.status === "REJECTED" ? "APPROVER" : state.status === "CANCELLED" ? "CANCELLATION" : null,
      decidedBy: final ? "bob" : null,
      decidedAt: final ? now : null,
      expiresAt: new Date(now.getTime() + (state.expired ? -1 : 3_600_000)),
    };
    return { request, after };
  });
  const chains = new AuditChains();
  await writeBatch(pool, {
    ...emptyBatch(),
    creates: made.map(({ request }) => request),
    audit: made.map(({ request }) =>
      chains.append({
        approvalRequestId: request.id,
        action: "CREATED",
        userId: request.createdBy,
        userEmail: `${request.createdBy}@example.org`,
        ipAddress: "192.0.2.7",
        userAgent: "tests/1.0",
        oldStatus: null,
        newStatus: "PENDING",
        comment: null,
        metadata: {},
        createdAt: now,
      }),
    ),
  });
  await writeBatch(pool, {
    ...emptyBatch(),
    updates: made.map(({ after }) => after),
    comments: made.map(({ request }) => ({
      id: randomUUID(),
      approvalRequestId: request.id,
      author: request.createdBy,
      body: "why now?",
      createdAt: now,
    })),
    decisions: made.flatMap(({ after }) =>
      after.voters.map((approver) => ({
        approvalRequestId: after.id,
        approver,
        decision: "APPROVE" as const,
        comment: null,
        reason: null,
        decidedAt: now,
      })),
    ),
  });
  const ids = made.map(({ request }) => request.id);
  return { requests: await requestsById(pool, ids), now };
}
