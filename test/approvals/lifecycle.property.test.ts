/**
 * Runs random commands by random people at random times. It implements the rules of docs/rules.md a second time, without
 * the functions of the core, so that the two have to agree.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Effects, NewEvent } from "../../src/approvals/effects.ts";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import { checkRequestInput, completeInput } from "../../src/approvals/validation.ts";
import type {
  ApprovalCondition,
  ApprovalRequest,
  ApprovalRequestInput,
  Decision,
  Viewer,
} from "../../src/model/approvals.ts";
import { CommandError } from "../../src/model/errors.ts";
import { contextDigestOf } from "../../src/model/json.ts";
import { knownPeople, NOBODY_KNOWN, type Vote } from "../../src/model/known-people.ts";
import { byName } from "../../src/model/same-person.ts";
import { brokenConstraints } from "../support/approvals/outcome-checks.ts";
import { DEFAULTS, inputOf, START, viewerOf } from "../support/approvals/requests.ts";

const PEOPLE: readonly Viewer[] = [
  viewerOf("ann"),
  viewerOf("bob"),
  viewerOf("cleo"),
  viewerOf("dan", { roles: ["ops"] }),
  viewerOf("eve"),
  viewerOf("fay", { roles: ["ops", "security"] }),
  viewerOf("orchestrator", { scopes: ["approvals:request"] }),
  viewerOf("admin", { scopes: ["approvals:admin"] }),
  viewerOf("adminbob", { scopes: ["approvals:admin"], roles: ["security"] }),
  viewerOf("reader", { scopes: ["approvals:read"] }),
  viewerOf("mallory", { roles: ["sales"] }),
];
const NAMES = PEOPLE.map((person) => person.userId);

type Command =
  | { do: "decide"; who: Viewer; decision: Decision; digest: "none" | "right" | "wrong"; faulty: boolean }
  | { do: "cancel" | "escalate" | "comment"; who: Viewer }
  | { do: "extend"; who: Viewer; byMs: number }
  | { do: "conditions"; who: Viewer; hold: boolean }
  | { do: "expire" };

const who = fc.constantFrom(...PEOPLE);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("decide" as const),
      who,
      decision: fc.constantFrom<Decision>("APPROVE", "APPROVE", "APPROVE", "REJECT"),
      digest: fc.constantFrom("none" as const, "none" as const, "right" as const, "wrong" as const),
      faulty: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("cancel" as const, "escalate" as const, "comment" as const), who }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("extend" as const), who, byMs: fc.integer({ min: -50, max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("conditions" as const), who, hold: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: "expire" as const }) },
);
const story = fc.array(fc.record({ afterMs: fc.constantFrom(0, 1, 7, 40, 99, 100), command }), { maxLength: 30 });

const names = (max: number) => fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: max });
const asked = fc
  .record({
    creator: fc.constantFrom("ann", "orchestrator", "admin"),
    requestedBy: fc.constantFrom(null, "ann", "bob"),
    notifyUsers: names(5),
    notifyRoles: fc.subarray(["ops", "security"]),
    allowedApprovers: fc.oneof(fc.constant([]), names(4)),
    escalateToUsers: names(3),
    requireMinApprovers: fc.integer({ min: 1, max: 3 }),
    requireAllApprovers: fc.boolean(),
    allowSelfApproval: fc.boolean(),
    approvalType: fc.constantFrom("MANUAL" as const, "MANUAL" as const, "CONDITIONAL" as const, "AUTO" as const),
    timeoutAction: fc.constantFrom("APPROVE" as const, "REJECT" as const, "ESCALATE" as const),
    timeoutMs: fc.constantFrom(1, 100, 250),
    hold: fc.boolean(),
  })
  .map(({ creator, hold, ...more }) => ({
    creator,
    input: inputOf({ ...more, autoApproveConditions: [conditionThat(hold)] }),
  }))
  .filter(({ creator, input }) => checkRequestInput(input, creator, DEFAULTS).length === 0);

const conditionThat = (holds: boolean): ApprovalCondition => ({
  field: "metadata.risk",
  operator: "LT",
  value: holds ? 5 : 1,
});

function begin(input: ApprovalRequestInput, creator: string): Effects {
  const draft = completeInput({ ...input, metadata: { risk: 3 } }, creator, DEFAULTS);
  return lifecycle.create("the-request", draft, "digest", START, byName);
}

function run(command: Command, { request, votes }: History, now: Date): Effects {
  switch (command.do) {
    case "decide": {
      const digests = { none: null, right: contextDigestOf(request), wrong: "0".repeat(64) };
      const issues = command.faulty ? [{ path: "comment", message: "is wrong" }] : [];
      const people = knownPeople([], new Map([[request.id, votes]]));
      const rest = { comment: null, reason: null, contextDigest: digests[command.digest], issues };
      return lifecycle.decide(request, { viewer: command.who, decision: command.decision, ...rest }, now, people);
    }
    case "cancel":
      return lifecycle.cancel(request, command.who, null, now);
    case "escalate":
      return lifecycle.escalate(request, command.who, null, now);
    case "comment":
      return lifecycle.comment(request, command.who, "hm");
    case "extend":
      return lifecycle.extend(request, command.who, new Date(request.expiresAt.getTime() + command.byMs), now);
    case "conditions": {
      const conditions = [conditionThat(command.hold)];
      return lifecycle.updateConditions(request, { viewer: command.who, conditions, issues: [] }, now, NOBODY_KNOWN);
    }
    case "expire":
      return lifecycle.expire(request, now);
  }
}

/** The history of the request. */
interface History {
  request: ApprovalRequest;
  decisions: Map<string, Decision>;
  votes: Vote[];
  events: NewEvent[];
}

const isOpen = ({ status }: ApprovalRequest) => ["PENDING", "ESCALATED"].includes(status);
const isAdmin = (viewer: Viewer) => viewer.scopes.includes("approvals:admin");
const isOwn = (request: ApprovalRequest, viewer: Viewer) =>
  [request.requestedBy, request.createdBy].includes(viewer.userId);

/** "Who may decide", points 1 to 3. */
function policyNames(request: ApprovalRequest, viewer: Viewer): boolean {
  const named = new Set(request.allowedApprovers);
  if (named.size === 0) {
    for (const user of request.notifyUsers) named.add(user);
    if (viewer.roles.some((role) => request.notifyRoles.includes(role))) named.add(viewer.userId);
  }
  if (request.escalationLevel > 0) for (const user of request.escalateToUsers) named.add(user);
  if (!request.allowSelfApproval) for (const user of [request.requestedBy, request.createdBy]) named.delete(user);
  return named.has(viewer.userId);
}

/** "Who is asking". */
function isInvolved(request: ApprovalRequest, viewer: Viewer): boolean {
  const named = [...request.allowedApprovers, ...request.notifyUsers, request.requestedBy];
  if (request.escalationLevel > 0) named.push(...request.escalateToUsers);
  if (viewer.scopes.includes("approvals:request")) named.push(request.createdBy);
  return (
    named.includes(viewer.userId) || viewer.roles.some((role) => request.notifyRoles.includes(role)) || isAdmin(viewer)
  );
}
const sees = (request: ApprovalRequest, viewer: Viewer) =>
  isInvolved(request, viewer) || viewer.scopes.includes("approvals:read");

/** The result of a command by docs/rules.md. */
function expectedResult({ request, decisions }: History, command: Command, now: Date): string {
  if (command.do === "expire") return isOpen(request) && now >= request.expiresAt ? "CHANGED" : "UNCHANGED";
  const { who: viewer } = command;
  if (!sees(request, viewer)) return "NOT_FOUND";
  if (command.do === "comment") return isInvolved(request, viewer) ? "COMMENTED" : "FORBIDDEN";
  const owner = isAdmin(viewer) || (viewer.userId === request.createdBy && viewer.scopes.includes("approvals:request"));
  const earlier = decisions.get(viewer.userId);
  const may = {
    decide: policyNames(request, viewer),
    cancel: owner || viewer.userId === request.requestedBy,
    escalate: owner || viewer.userId === request.requestedBy,
    extend: owner,
    conditions: isAdmin(viewer) && !isOwn(request, viewer),
  }[command.do];
  if (command.do === "decide" && earlier === command.decision) return "UNCHANGED";
  if (!may) return "FORBIDDEN";
  if (command.do === "cancel" && request.status === "CANCELLED") return "UNCHANGED";
  if (isOpen(request) ? now >= request.expiresAt : request.decisionSource === "TIMEOUT") return "EXPIRED";
  if (!isOpen(request) || (command.do === "decide" && earlier !== undefined)) return "ALREADY_DECIDED";
  if (command.do === "decide" && command.digest === "wrong") return "STALE_CONTEXT";
  if (command.do === "decide" && command.faulty) return "VALIDATION";
  if (command.do === "extend" && command.byMs <= 0) return "VALIDATION";
  if (command.do === "escalate" && (request.escalateToUsers.length === 0 || request.escalationLevel > 0))
    return "VALIDATION";
  return "CHANGED";
}

const OUTCOME = ["status", "decision", "decisionSource", "decidedBy", "decidedAt", "comment", "approvers"] as const;
const MUTABLE: readonly string[] = [
  ...OUTCOME,
  "voters",
  "version",
  "updatedAt",
  "expiresAt",
  "escalationLevel",
  "autoApproveConditions",
];

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) freeze(child);
  }
  return value;
}

/** One step: the result is the expected one, and no rule is broken. */
function step(history: History, command: Command, now: Date): History {
  const before = history.request;
  const expected = expectedResult(history, command, now);
  let effects: Effects;
  try {
    effects = run(command, history, now);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    expect(error.code).toBe(expected);
    return history;
  }
  const { request, events } = freeze(effects);
  const kind = request !== before ? "CHANGED" : effects.comment !== undefined ? "COMMENTED" : "UNCHANGED";
  expect(kind).toBe(expected);
  expect(events.length > 0).toBe(kind !== "UNCHANGED");
  expect(request.version).toBe(before.version + (kind === "CHANGED" ? 1 : 0));
  expect(brokenConstraints(request)).toEqual([]);
  if (!isOpen(before)) expect(request).toBe(before);
  for (const [field, value] of Object.entries(before)) {
    if (!MUTABLE.includes(field)) expect(request).toHaveProperty(field, value);
  }
  expect(request.approvers.slice(0, before.approvers.length)).toEqual(before.approvers);
  expect(request.expiresAt.getTime()).toBeGreaterThanOrEqual(before.expiresAt.getTime());
  expect(request.escalationLevel).toBeGreaterThanOrEqual(before.escalationLevel);
  expect(request.escalationLevel).toBeLessThanOrEqual(1);
  if (kind === "CHANGED" && !isOpen(request)) expect(request.decidedAt).toEqual(now);

  const decisions = new Map(history.decisions);
  const votes = [...history.votes];
  if (effects.decision !== undefined) {
    if (command.do !== "decide") throw new Error(`${command.do} decided`);
    expect(decisions.has(command.who.userId)).toBe(false);
    expect(policyNames(before, command.who)).toBe(true);
    decisions.set(command.who.userId, effects.decision.decision);
    votes.push({ approver: command.who.userId, decision: effects.decision.decision, roles: command.who.roles });
    expect(before.expiresAt.getTime()).toBeGreaterThan(now.getTime());
    const rejected = effects.decision.decision === "REJECT";
    const approvals = before.approvers.length + 1;
    const status = rejected ? "REJECTED" : approvals >= before.approvalsRequired ? "APPROVED" : before.status;
    expect(request.status).toBe(status);
  } else {
    expect(request.decisionSource === "APPROVER").toBe(before.decisionSource === "APPROVER");
  }
  expect(request.approvers).toEqual(
    [...decisions].filter(([, decision]) => decision === "APPROVE").map(([user]) => user),
  );
  expect(request.voters).toEqual([...decisions.keys()]);
  return { request, decisions, votes, events: [...history.events, ...events] };
}

function checkChain({ request, events }: History): void {
  expect(events[0]).toMatchObject({ action: "CREATED", oldStatus: null });
  events.forEach((event, index) => {
    expect(event.requestId).toBe(request.id);
    if (index > 0) expect(event.oldStatus).toBe(events[index - 1]?.newStatus);
  });
  expect(events.at(-1)?.newStatus).toBe(request.status);
}

describe("random commands by random people at random times", () => {
  it("have the results of docs/rules.md and break no rule", () => {
    fc.assert(
      fc.property(asked, story, ({ creator, input }, steps) => {
        const { request, events } = freeze(begin(input, creator));
        expect(request.version).toBe(1);
        expect(brokenConstraints(request)).toEqual([]);
        let history: History = { request, decisions: new Map(), votes: [], events };
        let now = START.getTime();
        for (const { afterMs, command } of steps) {
          now += afterMs;
          history = step(history, command, new Date(now));
        }
        checkChain(history);
      }),
      { numRuns: 1_000 },
    );
  });

  it("reach every status and every result, so that the property covers all of them", () => {
    const seen = new Set<string>();
    for (const [{ creator, input }, steps] of fc.sample(fc.tuple(asked, story), { numRuns: 1_000, seed: 7 })) {
      const { request, events } = begin(input, creator);
      let history: History = { request, decisions: new Map(), votes: [], events };
      let now = START.getTime();
      for (const { afterMs, command } of steps) {
        now += afterMs;
        seen.add(expectedResult(history, command, new Date(now)));
        history = step(history, command, new Date(now));
      }
      seen.add(`${history.request.status} by ${history.request.decisionSource}`);
    }
    expect([...seen].sort()).toEqual([
      "ALREADY_DECIDED",
      "APPROVED by APPROVER",
      "APPROVED by AUTO",
      "APPROVED by TIMEOUT",
      "CANCELLED by CANCELLATION",
      "CHANGED",
      "COMMENTED",
      "ESCALATED by null",
      "EXPIRED",
      "FORBIDDEN",
      "NOT_FOUND",
      "PENDING by null",
      "REJECTED by APPROVER",
      "STALE_CONTEXT",
      "TIMEOUT by TIMEOUT",
      "UNCHANGED",
      "VALIDATION",
    ]);
  });
});
