import { describe, expect, it } from "vitest";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import { completeInput } from "../../src/approvals/validation.ts";
import type { ApprovalCondition, ApprovalRequest, Decision, Viewer } from "../../src/model/approvals.ts";
import { MAX_DURATION_MS } from "../../src/model/durations.ts";
import { type AlreadyDecidedError, CommandError, type Issue } from "../../src/model/errors.ts";
import { contextDigestOf } from "../../src/model/json.ts";
import { NOBODY_KNOWN } from "../../src/model/known-people.ts";
import { byName } from "../../src/model/same-person.ts";
import {
  admin,
  at,
  DEFAULTS,
  inputOf,
  orchestrator,
  reader,
  requestOf,
  START,
  viewerOf,
} from "../support/approvals/requests.ts";

const HOUR = 3_600_000;
const fault: Issue = { path: "comment", message: "is wrong" };

interface Given {
  comment?: string;
  reason?: string;
  contextDigest?: string;
  issues?: Issue[];
  now?: Date;
}
function decide(request: ApprovalRequest | undefined, who: Viewer | string, decision: Decision, given: Given = {}) {
  const viewer = typeof who === "string" ? viewerOf(who) : who;
  const { comment = null, reason = null, contextDigest = null, issues = [], now = at(10) } = given;
  return lifecycle.decide(request, { viewer, decision, comment, reason, contextDigest, issues }, now, NOBODY_KNOWN);
}
const approve = (request: ApprovalRequest | undefined, who: Viewer | string, given?: Given) =>
  decide(request, who, "APPROVE", given);
const reject = (request: ApprovalRequest | undefined, who: Viewer | string, given?: Given) =>
  decide(request, who, "REJECT", given);

/** The code of the error that a command throws, or "done". */
function answer(command: () => unknown): string {
  try {
    command();
    return "done";
  } catch (error) {
    if (error instanceof CommandError) return error.code;
    throw error;
  }
}
const two = (more = {}) => requestOf({ notifyUsers: ["bob", "cleo", "dan"], requireMinApprovers: 2, ...more });

describe("creating a request", () => {
  it("makes an open request at version 1 that expires after its timeout, and one event", () => {
    const draft = completeInput(inputOf({ timeoutMs: 30 * 24 * HOUR, requireMinApprovers: 2 }), "ann", DEFAULTS);
    const { request, events } = lifecycle.create("id", draft, "digest", START, byName);
    expect(events).toEqual([
      expect.objectContaining({
        requestId: "id",
        action: "CREATED",
        byCaller: true,
        oldStatus: null,
        newStatus: "PENDING",
      }),
    ]);
    expect(request).toMatchObject({
      version: 1,
      status: "PENDING",
      decision: null,
      decisionSource: null,
      approvers: [],
    });
    expect(request.expiresAt).toEqual(at(30 * 24 * HOUR));
    expect(request.approvalsRequired).toBe(2);
  });

  const conditions: ApprovalCondition[] = [{ field: "metadata.cost", operator: "LT", value: 100 }];
  it.each([
    ["AUTO approves at once", { approvalType: "AUTO" as const }, "APPROVED"],
    ["conditions that hold approve", { approvalType: "CONDITIONAL" as const, metadata: { cost: 40 } }, "APPROVED"],
    [
      "conditions that do not leave it open",
      { approvalType: "CONDITIONAL" as const, metadata: { cost: 400 } },
      "PENDING",
    ],
    ["MANUAL ignores conditions", { approvalType: "MANUAL" as const, metadata: { cost: 40 } }, "PENDING"],
  ])("applies its type and conditions: %s", (_what, more, status) => {
    const request = requestOf({ autoApproveConditions: conditions, ...more });
    expect(request).toMatchObject({ version: 1, status, decidedBy: null, comment: null, approvers: [] });
    if (status === "APPROVED") {
      expect(request).toMatchObject({ decision: "APPROVE", decisionSource: "AUTO", decidedAt: START });
    }
  });
});

describe("the result of a decision is the first that applies:", () => {
  const stale = { contextDigest: "0".repeat(64) };
  const wrong = { ...stale, issues: [fault] };
  const past = { now: at(HOUR) };
  const request = two();
  const once = approve(request, "bob").request;
  const approved = approve(once, "cleo").request;
  const timedOut = lifecycle.expire(request, at(HOUR)).request;

  it("NOT_FOUND, if the request is unknown or the viewer may not see it", () => {
    expect(answer(() => approve(undefined, "bob", { ...wrong, ...past }))).toBe("NOT_FOUND");
    expect(answer(() => approve(timedOut, "mallory", wrong))).toBe("NOT_FOUND");
    expect(answer(() => approve(approved, "mallory", wrong))).toBe("NOT_FOUND");
  });

  it("the unchanged request, for the same decision of the same person, whatever else is wrong", () => {
    for (const state of [once, approved]) {
      const { request: result, events, decision } = approve(state, "bob", { ...wrong, ...past });
      expect(result).toBe(state);
      expect(events).toEqual([]);
      expect(decision).toBeUndefined();
    }
    const rejected = reject(request, "bob").request;
    expect(reject(rejected, "bob", wrong).request).toBe(rejected);
    const cancelled = lifecycle.cancel(once, viewerOf("ann"), null, at(20)).request;
    expect(approve(cancelled, "bob", wrong).request).toBe(cancelled);
    const lateTimeout = lifecycle.expire(once, at(HOUR)).request;
    expect(approve(lateTimeout, "bob", { ...wrong, now: at(2 * HOUR) }).request).toBe(lateTimeout);
  });

  it("FORBIDDEN, for a viewer who may see but not decide, also if the request is final or expired", () => {
    for (const state of [request, approved, timedOut]) {
      for (const who of [viewerOf("ann"), admin])
        expect(answer(() => approve(state, who, { ...wrong, ...past }))).toBe("FORBIDDEN");
    }
  });

  it("EXPIRED, from the expiry on, with or without the timeout action, before earlier decisions are checked", () => {
    expect(answer(() => approve(request, "bob", { ...wrong, now: at(HOUR - 1) }))).toBe("STALE_CONTEXT");
    expect(answer(() => approve(request, "bob", { ...wrong, ...past }))).toBe("EXPIRED");
    expect(answer(() => reject(once, "bob", { ...wrong, ...past }))).toBe("EXPIRED");
    expect(answer(() => approve(timedOut, "bob", wrong))).toBe("EXPIRED");
    const approvedByTimeout = lifecycle.expire(two({ timeoutAction: "APPROVE" }), at(HOUR)).request;
    expect(approvedByTimeout.status).toBe("APPROVED");
    expect(answer(() => approve(approvedByTimeout, "bob"))).toBe("EXPIRED");
  });

  it("ALREADY_DECIDED, for a final request or the opposite of an earlier decision, with the request", () => {
    expect(answer(() => approve(approved, "dan", wrong))).toBe("ALREADY_DECIDED");
    expect(answer(() => reject(approved, "bob", wrong))).toBe("ALREADY_DECIDED");
    expect(answer(() => reject(once, "bob", wrong))).toBe("ALREADY_DECIDED");
    expect(answer(() => approve(reject(request, "bob").request, "bob", wrong))).toBe("ALREADY_DECIDED");
    try {
      reject(once, "bob");
    } catch (error) {
      expect((error as AlreadyDecidedError).request).toBe(once);
    }
  });

  it("STALE_CONTEXT, for a digest that is not the current one", () => {
    expect(answer(() => approve(request, "bob", wrong))).toBe("STALE_CONTEXT");
    expect(answer(() => approve(request, "bob", { contextDigest: "" }))).toBe("STALE_CONTEXT");
    expect(answer(() => approve(request, "bob", { contextDigest: contextDigestOf(request) }))).toBe("done");
  });

  it("VALIDATION last", () => {
    expect(answer(() => approve(request, "bob", { issues: [fault] }))).toBe("VALIDATION");
  });
});

describe("a decision", () => {
  it("counts toward the quorum, and the one that fills it completes the request", () => {
    const first = approve(two(), "bob", { comment: "fine", reason: "tested" });
    expect(first.request).toMatchObject({
      version: 2,
      status: "PENDING",
      approvers: ["bob"],
      decidedBy: null,
      comment: null,
    });
    expect(first.decision).toEqual({ decision: "APPROVE", comment: "fine", reason: "tested" });
    expect(first.events).toEqual([
      expect.objectContaining({
        action: "APPROVED",
        byCaller: true,
        oldStatus: "PENDING",
        newStatus: "PENDING",
        comment: "fine",
      }),
    ]);
    const second = approve(first.request, "dan", { reason: "late", now: at(20) });
    expect(second.request).toMatchObject({
      version: 3,
      status: "APPROVED",
      approvers: ["bob", "dan"],
      decision: "APPROVE",
      decisionSource: "APPROVER",
      decidedBy: "dan",
      decidedAt: at(20),
      comment: "late",
    });
    expect(second.events).toEqual([expect.objectContaining({ oldStatus: "PENDING", newStatus: "APPROVED" })]);
  });

  it("to reject completes the request at once and retains earlier approvals", () => {
    const { request } = reject(approve(two(), "bob").request, "cleo", { comment: "no" });
    expect(request).toMatchObject({
      version: 3,
      status: "REJECTED",
      decision: "REJECT",
      decisionSource: "APPROVER",
      decidedBy: "cleo",
      comment: "no",
      approvers: ["bob"],
    });
  });

  it("of everyone is needed if all must approve", () => {
    let request = requestOf({ notifyUsers: ["ann", "bob", "cleo"], requireAllApprovers: true });
    request = approve(request, "cleo").request;
    expect(request.status).toBe("PENDING");
    expect(approve(request, "bob").request.status).toBe("APPROVED");
  });

  it("of an escalation user counts like any other, from the escalation on", () => {
    const request = two({ escalateToUsers: ["eve"] });
    expect(answer(() => approve(request, "eve"))).toBe("NOT_FOUND");
    const escalated = lifecycle.escalate(approve(request, "bob").request, viewerOf("ann"), null, at(20)).request;
    expect(approve(escalated, "eve", { now: at(30) }).request).toMatchObject({
      status: "APPROVED",
      approvers: ["bob", "eve"],
    });
    expect(reject(escalated, "eve", { now: at(30) }).request).toMatchObject({ status: "REJECTED", decidedBy: "eve" });
  });

  it("on one's own request is forbidden, unless self-approval is allowed", () => {
    const named = { requestedBy: "ann", notifyUsers: ["ann", "orchestrator", "bob"] };
    const request = requestOf(named, "orchestrator");
    expect(answer(() => approve(request, "ann"))).toBe("FORBIDDEN");
    expect(answer(() => reject(request, "ann"))).toBe("FORBIDDEN");
    expect(answer(() => approve(request, orchestrator))).toBe("FORBIDDEN");
    const allowed = requestOf({ ...named, allowSelfApproval: true }, "orchestrator");
    expect(approve(allowed, "ann").request).toMatchObject({ status: "APPROVED", decidedBy: "ann" });
  });
});

describe("at the expiry", () => {
  const late = at(HOUR + 5);
  const ask = (timeoutAction: ApprovalRequest["timeoutAction"]) => two({ timeoutAction, escalateToUsers: ["eve"] });
  const byHand = (request: ApprovalRequest) => lifecycle.escalate(request, viewerOf("ann"), "hurry", at(20)).request;

  it("and not before, the timeout action applies to an open request, and never to a final one", () => {
    const request = ask("REJECT");
    expect(lifecycle.expire(request, at(HOUR - 1))).toEqual({ request, events: [] });
    expect(lifecycle.expire(request, at(HOUR)).request.status).toBe("TIMEOUT");
    const cancelled = lifecycle.cancel(request, viewerOf("ann"), null, at(10)).request;
    expect(lifecycle.expire(cancelled, late)).toEqual({ request: cancelled, events: [] });
  });

  it.each(["open", "escalated manually"])("APPROVE approves a request that is %s", (how) => {
    const request = how === "open" ? ask("APPROVE") : byHand(ask("APPROVE"));
    const { request: after, events } = lifecycle.expire(request, late);
    expect(after).toMatchObject({
      version: request.version + 1,
      status: "APPROVED",
      decision: "APPROVE",
      decisionSource: "TIMEOUT",
      decidedAt: late,
      decidedBy: null,
      comment: null,
      approvers: [],
    });
    expect(events).toEqual([
      expect.objectContaining({ action: "TIMEOUT", byCaller: false, oldStatus: request.status, newStatus: "APPROVED" }),
    ]);
  });

  it.each(["open", "escalated manually"])("REJECT makes a request that is %s TIMEOUT", (how) => {
    const request = how === "open" ? ask("REJECT") : byHand(ask("REJECT"));
    const { request: after, events } = lifecycle.expire(request, late);
    expect(after).toMatchObject({
      version: request.version + 1,
      status: "TIMEOUT",
      decision: null,
      decisionSource: "TIMEOUT",
      decidedAt: late,
      decidedBy: null,
    });
    expect(events).toEqual([
      expect.objectContaining({ action: "TIMEOUT", byCaller: false, oldStatus: request.status, newStatus: "TIMEOUT" }),
    ]);
  });

  it("ESCALATE escalates and starts the timeout again, then the request is TIMEOUT", () => {
    const request = approve(ask("ESCALATE"), "bob").request;
    const { request: escalated, events } = lifecycle.expire(request, late);
    expect(escalated).toMatchObject({
      version: 3,
      status: "ESCALATED",
      escalationLevel: 1,
      decision: null,
      decidedAt: null,
      approvers: ["bob"],
      expiresAt: new Date(late.getTime() + HOUR),
    });
    expect(events).toEqual([
      expect.objectContaining({ action: "ESCALATED", byCaller: false, oldStatus: "PENDING", newStatus: "ESCALATED" }),
    ]);
    expect(lifecycle.expire(escalated, late)).toEqual({ request: escalated, events: [] });
    const end = lifecycle.expire(escalated, escalated.expiresAt).request;
    expect(end).toMatchObject({ version: 4, status: "TIMEOUT", decisionSource: "TIMEOUT", escalationLevel: 1 });
  });

  it("ESCALATE makes a manually escalated request TIMEOUT, without a change of the expiry", () => {
    const request = byHand(ask("ESCALATE"));
    expect(request.expiresAt).toEqual(at(HOUR));
    expect(lifecycle.expire(request, at(HOUR)).request).toMatchObject({ status: "TIMEOUT", escalationLevel: 1 });
  });
});

describe("escalating a request manually", () => {
  const ann = viewerOf("ann");
  const request = two({ escalateToUsers: ["eve"] });
  const escalate = (target: ApprovalRequest | undefined, who: Viewer = ann, now = at(10)) =>
    lifecycle.escalate(target, who, "hurry", now);

  it("raises the level, does not change the expiry, and logs the reason", () => {
    const { request: after, events } = escalate(request);
    expect(after).toMatchObject({ version: 2, status: "ESCALATED", escalationLevel: 1, expiresAt: request.expiresAt });
    expect(events).toEqual([expect.objectContaining({ action: "ESCALATED", byCaller: true, comment: "hurry" })]);
  });

  it("is allowed once, for the requester, the creator and admins, while the request is open and has escalation users", () => {
    expect(answer(() => escalate(undefined))).toBe("NOT_FOUND");
    expect(answer(() => escalate(request, viewerOf("mallory")))).toBe("NOT_FOUND");
    expect(answer(() => escalate(request, viewerOf("bob")))).toBe("FORBIDDEN");
    expect(answer(() => escalate(request, admin))).toBe("done");
    expect(answer(() => escalate(request, ann, at(HOUR)))).toBe("EXPIRED");
    expect(answer(() => escalate(reject(request, "bob").request))).toBe("ALREADY_DECIDED");
    expect(answer(() => escalate(escalate(request).request))).toBe("VALIDATION");
    expect(answer(() => escalate(two()))).toBe("VALIDATION");
    const byTime = lifecycle.expire(two({ timeoutAction: "ESCALATE", escalateToUsers: ["eve"] }), at(HOUR)).request;
    expect(answer(() => escalate(byTime, ann, at(HOUR + 1)))).toBe("VALIDATION");
  });
});

describe("extending a request", () => {
  const request = requestOf({ requestedBy: "ann", notifyUsers: ["bob"] }, "orchestrator");
  const extend = (who: Viewer, expiresAt: Date, now = at(10), target: ApprovalRequest | undefined = request) =>
    lifecycle.extend(target, who, expiresAt, now);

  it("sets a later expiry and logs the previous one", () => {
    const { request: after, events } = extend(orchestrator, at(2 * HOUR));
    expect(after).toMatchObject({ version: 2, status: "PENDING", expiresAt: at(2 * HOUR), timeoutMs: HOUR });
    expect(events).toEqual([
      expect.objectContaining({
        action: "EXTENDED",
        metadata: { expiresAt: at(2 * HOUR).toISOString(), previousExpiresAt: at(HOUR).toISOString() },
      }),
    ]);
  });

  it("is allowed for the creator and admins, only to a later expiry, at most ten years away", () => {
    expect(answer(() => extend(admin, at(HOUR + 1)))).toBe("done");
    expect(answer(() => extend(viewerOf("ann"), at(2 * HOUR)))).toBe("FORBIDDEN");
    expect(answer(() => extend(viewerOf("bob"), at(2 * HOUR)))).toBe("FORBIDDEN");
    expect(answer(() => extend(viewerOf("mallory"), at(2 * HOUR)))).toBe("NOT_FOUND");
    expect(answer(() => extend(orchestrator, at(HOUR)))).toBe("VALIDATION");
    expect(answer(() => extend(orchestrator, at(5)))).toBe("VALIDATION");
    expect(answer(() => extend(orchestrator, new Date(Number.NaN)))).toBe("VALIDATION");
    expect(answer(() => extend(orchestrator, at(MAX_DURATION_MS + 10)))).toBe("done");
    expect(answer(() => extend(orchestrator, at(MAX_DURATION_MS + 11)))).toBe("VALIDATION");
    expect(answer(() => extend(orchestrator, at(2 * HOUR), at(HOUR)))).toBe("EXPIRED");
    expect(answer(() => extend(admin, at(2 * HOUR), at(10), reject(request, "bob").request))).toBe("ALREADY_DECIDED");
  });
});

describe("cancelling a request", () => {
  const ann = viewerOf("ann");
  const request = two();
  const cancel = (target: ApprovalRequest | undefined, who: Viewer = ann, now = at(10)) =>
    lifecycle.cancel(target, who, "not needed", now);

  it("closes it if it is open, escalated or not, and stores who cancelled it and why", () => {
    const escalated = lifecycle.escalate(two({ escalateToUsers: ["eve"] }), ann, null, at(5)).request;
    for (const open of [request, escalated]) {
      const { request: after, events } = cancel(open);
      expect(after).toMatchObject({
        version: open.version + 1,
        status: "CANCELLED",
        decision: null,
        decisionSource: "CANCELLATION",
        decidedBy: "ann",
        decidedAt: at(10),
        comment: "not needed",
      });
      expect(events).toEqual([
        expect.objectContaining({
          action: "CANCELLED",
          oldStatus: open.status,
          newStatus: "CANCELLED",
          comment: "not needed",
        }),
      ]);
    }
  });

  it("returns it if it is already cancelled, and has an error in every other case", () => {
    const cancelled = cancel(request).request;
    expect(cancel(cancelled)).toEqual({ request: cancelled, events: [] });
    expect(cancel(cancelled, admin, at(2 * HOUR)).request).toBe(cancelled);
    expect(answer(() => cancel(cancelled, viewerOf("bob")))).toBe("FORBIDDEN");
    expect(answer(() => cancel(request, viewerOf("mallory")))).toBe("NOT_FOUND");
    expect(answer(() => cancel(undefined))).toBe("NOT_FOUND");
    expect(answer(() => cancel(request, ann, at(HOUR)))).toBe("EXPIRED");
    expect(answer(() => cancel(lifecycle.expire(request, at(HOUR)).request))).toBe("EXPIRED");
    expect(answer(() => cancel(reject(request, "bob").request))).toBe("ALREADY_DECIDED");
  });
});

describe("commenting on a request", () => {
  it("is allowed for everyone involved, also if it is final, and does not change the version", () => {
    const final = reject(two(), "bob").request;
    for (const request of [two(), final]) {
      const effects = lifecycle.comment(request, viewerOf("cleo"), "why?");
      expect(effects.request).toBe(request);
      expect(effects.comment).toEqual({ body: "why?" });
      expect(effects.events).toEqual([
        expect.objectContaining({
          action: "COMMENTED",
          oldStatus: request.status,
          newStatus: request.status,
          comment: "why?",
        }),
      ]);
      expect(answer(() => lifecycle.comment(request, viewerOf("mallory"), "hi"))).toBe("NOT_FOUND");
      expect(answer(() => lifecycle.comment(request, reader, "hi"))).toBe("FORBIDDEN");
      expect(lifecycle.comment(request, admin, "hi").comment).toEqual({ body: "hi" });
    }
  });
});

describe("updating the conditions of a request", () => {
  const cheap: ApprovalCondition = { field: "metadata.cost", operator: "LT", value: 100 };
  const dear: ApprovalCondition = { ...cheap, operator: "GT" };
  const request = requestOf({ approvalType: "CONDITIONAL", autoApproveConditions: [dear], metadata: { cost: 40 } });
  const update = (
    conditions: ApprovalCondition[],
    who: Viewer = admin,
    target: ApprovalRequest | undefined = request,
    more: { now?: Date; issues?: Issue[] } = {},
  ) =>
    lifecycle.updateConditions(
      target,
      { viewer: who, conditions, issues: more.issues ?? [] },
      more.now ?? at(10),
      NOBODY_KNOWN,
    );

  it("approves it at once if they are true, as one change with two events", () => {
    const { request: after, events } = update([cheap]);
    expect(after).toMatchObject({
      version: 2,
      status: "APPROVED",
      decision: "APPROVE",
      decisionSource: "AUTO",
      decidedBy: null,
      decidedAt: at(10),
      autoApproveConditions: [cheap],
    });
    expect(events).toEqual([
      expect.objectContaining({
        action: "CONDITIONS_UPDATED",
        byCaller: true,
        oldStatus: "PENDING",
        newStatus: "PENDING",
      }),
      expect.objectContaining({ action: "APPROVED", byCaller: false, oldStatus: "PENDING", newStatus: "APPROVED" }),
    ]);
  });

  it("leaves it open if they are false or the request is MANUAL", () => {
    expect(update([dear, cheap]).request).toMatchObject({
      version: 2,
      status: "PENDING",
      autoApproveConditions: [dear, cheap],
    });
    expect(update([cheap], admin, requestOf({ metadata: { cost: 40 } })).request.status).toBe("PENDING");
  });

  it("is allowed for admins who are not requester or creator, before the expiry, and reports faults last", () => {
    const own = (creator: string, more = {}) =>
      requestOf({ approvalType: "CONDITIONAL", autoApproveConditions: [dear], ...more }, creator);
    expect(answer(() => update([cheap], admin, own("admin")))).toBe("FORBIDDEN");
    expect(answer(() => update([cheap], admin, own("orchestrator", { requestedBy: "admin" })))).toBe("FORBIDDEN");
    expect(answer(() => update([cheap], admin, own("admin", { requestedBy: "ann", allowSelfApproval: true })))).toBe(
      "FORBIDDEN",
    );
    expect(answer(() => update([cheap], viewerOf("bob")))).toBe("FORBIDDEN");
    expect(answer(() => update([cheap], viewerOf("ann")))).toBe("FORBIDDEN");
    expect(answer(() => update([cheap], viewerOf("mallory")))).toBe("NOT_FOUND");
    expect(answer(() => update([], admin, request, { now: at(HOUR), issues: [fault] }))).toBe("EXPIRED");
    expect(answer(() => update([], admin, reject(request, "bob").request, { issues: [fault] }))).toBe(
      "ALREADY_DECIDED",
    );
    expect(answer(() => update([], admin, request, { issues: [fault] }))).toBe("VALIDATION");
  });
});
