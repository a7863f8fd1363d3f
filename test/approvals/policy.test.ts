import { describe, expect, it } from "vitest";
import * as policy from "../../src/approvals/policy.ts";
import type { ApprovalRequest, Viewer } from "../../src/model/approvals.ts";
import { byName } from "../../src/model/same-person.ts";
import { admin, at, orchestrator, reader, requestOf, viewerOf } from "../support/approvals/requests.ts";

const escalated = (request: ApprovalRequest): ApprovalRequest => ({
  ...request,
  status: "ESCALATED",
  escalationLevel: 1,
});
const decides = (request: ApprovalRequest, viewer: Viewer | string) =>
  policy.mayDecide(request, typeof viewer === "string" ? viewerOf(viewer) : viewer, byName);

describe("the policy of a request", () => {
  it("lets only the allowed approvers decide, if there are any", () => {
    const request = requestOf({ allowedApprovers: ["cleo"], notifyUsers: ["bob"], notifyRoles: ["ops"] });
    expect(decides(request, "cleo")).toBe(true);
    expect(decides(request, "bob")).toBe(false);
    expect(decides(request, viewerOf("dan", { roles: ["ops"] }))).toBe(false);
  });

  it("lets the notified people and everyone with a notified role decide otherwise", () => {
    const request = requestOf({ notifyUsers: ["bob"], notifyRoles: ["ops", "security"] });
    expect(decides(request, "bob")).toBe(true);
    expect(decides(request, viewerOf("dan", { roles: ["sales", "security"] }))).toBe(true);
    expect(decides(request, viewerOf("dan", { roles: ["sales"] }))).toBe(false);
    expect(decides(request, "ops")).toBe(false);
  });

  it("lets the escalation users decide once the request is escalated, beside the others", () => {
    const request = requestOf({ allowedApprovers: ["cleo"], escalateToUsers: ["eve"] });
    expect(decides(request, "eve")).toBe(false);
    expect(decides(escalated(request), "eve")).toBe(true);
    expect(decides(escalated(request), "cleo")).toBe(true);
    expect(decides(escalated(request), "bob")).toBe(false);
  });

  it("never lets the requester or the creator decide, unless self-approval is allowed", () => {
    const named = { notifyUsers: ["ann", "orchestrator", "bob"], requestedBy: "ann", escalateToUsers: ["ann", "eve"] };
    for (const request of [requestOf(named, "orchestrator"), escalated(requestOf(named, "orchestrator"))]) {
      expect(decides(request, "ann")).toBe(false);
      expect(decides(request, orchestrator)).toBe(false);
      expect(decides(request, viewerOf("ann", { roles: ["ops"], scopes: admin.scopes }))).toBe(false);
      expect(decides({ ...request, allowSelfApproval: true }, "ann")).toBe(true);
      expect(decides({ ...request, allowSelfApproval: true }, orchestrator)).toBe(true);
    }
  });

  it("does not let self-approval add anyone to the policy", () => {
    const request = requestOf({ notifyUsers: ["bob"], allowSelfApproval: true });
    expect(decides(request, "ann")).toBe(false);
  });

  it("gives no scope the right to decide", () => {
    const request = requestOf();
    for (const viewer of [admin, reader, orchestrator]) expect(decides(request, viewer)).toBe(false);
  });

  it("compares ids and roles byte for byte", () => {
    const request = requestOf({ notifyUsers: ["bob", "zoë"], notifyRoles: ["Ops"] });
    expect(decides(request, "Bob")).toBe(false);
    expect(decides(request, "bob ")).toBe(false);
    expect(decides(request, "zoe\u0308")).toBe(false);
    expect(decides(request, viewerOf("dan", { roles: ["ops"] }))).toBe(false);
  });
});

describe("the rights to see, cancel, escalate, extend and set conditions", () => {
  const request = requestOf(
    {
      requestedBy: "ann",
      notifyUsers: ["bob"],
      notifyRoles: ["ops"],
      allowedApprovers: ["cleo"],
      escalateToUsers: ["eve"],
    },
    "orchestrator",
  );
  const rights = (viewer: Viewer) =>
    [
      policy.mayRead(request, viewer) && "read",
      policy.mayCancel(request, viewer) && "cancel",
      policy.mayEscalate(request, viewer) && "escalate",
      policy.mayExtend(request, viewer) && "extend",
      policy.mayUpdateConditions(request, viewer, byName) && "conditions",
    ].filter((right) => right !== false);

  it.each<[string, Viewer, string[]]>([
    ["the requester", viewerOf("ann"), ["read", "cancel", "escalate"]],
    ["the creator, with the scope", orchestrator, ["read", "cancel", "escalate", "extend"]],
    ["the creator, without the scope", viewerOf("orchestrator"), []],
    ["another orchestrator", viewerOf("other", { scopes: orchestrator.scopes }), []],
    ["an admin", admin, ["read", "cancel", "escalate", "extend", "conditions"]],
    ["an admin who asked", viewerOf("ann", { scopes: admin.scopes }), ["read", "cancel", "escalate", "extend"]],
    [
      "an admin who created",
      viewerOf("orchestrator", { scopes: admin.scopes }),
      ["read", "cancel", "escalate", "extend"],
    ],
    ["a reader", reader, ["read"]],
    ["an approver", viewerOf("cleo"), ["read"]],
    ["a notified person", viewerOf("bob"), ["read"]],
    ["someone with a notified role", viewerOf("dan", { roles: ["ops"] }), ["read"]],
    ["an escalation user before the escalation", viewerOf("eve"), []],
    ["a stranger", viewerOf("mallory", { roles: ["bob", "ann"] }), []],
  ])("are those of docs/rules.md for %s", (_who, viewer, expected) => {
    expect(rights(viewer)).toEqual(expected);
  });

  it("include seeing and commenting for a voter who lost the right to decide", () => {
    const voted = { ...request, voters: ["vic"] };
    for (const viewer of [viewerOf("vic"), viewerOf("vic", { roles: ["sales"] })]) {
      expect(policy.mayRead(voted, viewer)).toBe(true);
      expect(policy.mayComment(voted, viewer)).toBe(true);
      expect(policy.mayDecide(voted, viewer, byName)).toBe(false);
      expect(policy.mayCancel(voted, viewer)).toBe(false);
    }
    for (const other of ["Vic", "vic ", "vic@company.com"]) {
      expect(policy.mayRead(voted, viewerOf(other))).toBe(false);
    }
  });

  it("include seeing for the escalation users once the request is escalated", () => {
    expect(policy.mayRead(escalated(request), viewerOf("eve"))).toBe(true);
  });
});

describe("the check whether a person can decide now", () => {
  const request = requestOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2, timeoutMs: 1_000 });
  const bob = viewerOf("bob");

  it("is true before the instant of expiry", () => {
    expect(policy.canDecideNow(request, bob, at(999), byName)).toBe(true);
    expect(policy.canDecideNow(request, bob, at(1_000), byName)).toBe(false);
    expect(policy.isExpired(request, at(1_000))).toBe(true);
  });

  it("is false for a person who has already approved, and for a final request", () => {
    expect(policy.canDecideNow({ ...request, approvers: ["bob"] }, bob, at(0), byName)).toBe(false);
    expect(policy.canDecideNow({ ...request, approvers: ["bob"] }, viewerOf("cleo"), at(0), byName)).toBe(true);
    for (const status of ["APPROVED", "REJECTED", "TIMEOUT", "CANCELLED"] as const) {
      expect(policy.canDecideNow({ ...request, status }, bob, at(0), byName)).toBe(false);
    }
  });
});

describe("the people who could decide from the start", () => {
  it("are counted once each, without requester, creator, roles and escalation users", () => {
    const request = requestOf({ allowSelfApproval: false });
    const people = { ...request, notifyUsers: ["bob", "ann", "bob", "cleo"], escalateToUsers: ["eve"] };
    expect(policy.namedDeciders(people, byName)).toEqual(["bob", "cleo"]);
    expect(policy.namedDeciders({ ...people, allowSelfApproval: true }, byName)).toEqual(["bob", "ann", "cleo"]);
    expect(policy.namedDeciders({ ...people, allowedApprovers: ["dan"] }, byName)).toEqual(["dan"]);
  });
});
