import { describe, expect, it } from "vitest";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import * as policy from "../../src/approvals/policy.ts";
import { approvalsRequiredBy, checkRequestInput, completeInput, policyIssues } from "../../src/approvals/validation.ts";
import type { ApprovalRequest, ApprovalRequestInput, Viewer } from "../../src/model/approvals.ts";
import { knownPeople, NOBODY_KNOWN, type Vote } from "../../src/model/known-people.ts";
import { byName, distinctPeople, isSamePerson, type KnownName, personsOf } from "../../src/model/same-person.ts";
import { at, DEFAULTS, inputOf, requestOf, START, viewerOf } from "../support/approvals/requests.ts";

const row = (id: string, email: string | null = null): KnownName => ({ id, email });

describe("two names are one person", () => {
  it.each([
    ["Alice@Company.com", "alice@company.com"],
    ["ANN", "ann"],
    ["ÅSA", "åsa"],
    // The same letter, composed and decomposed.
    ["Zo\u00eb", "zoe\u0308"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
    ["İ@example.org", "i\u0307@example.org"],
  ])("if %j and %j differ only in case or composition", (one, other) => {
    expect(isSamePerson(one, other, byName)).toBe(true);
    expect(isSamePerson(one, other, personsOf([row("u-1", "somebody@example.org")]))).toBe(true);
  });

  it("if the directory knows one as the address of the other, in any case", () => {
    const personOf = personsOf([row("U-1", "Alice2@Company.com")]);
    expect(isSamePerson("u-1", "alice2@company.com", personOf)).toBe(true);
    expect(isSamePerson("u-1", "alice@company.com", personOf)).toBe(false);
  });

  it("if the directory knows one address for both", () => {
    const personOf = personsOf([row("u-1", "team@company.com"), row("u-2", "TEAM@company.com"), row("u-3")]);
    expect(isSamePerson("u-1", "U-2", personOf)).toBe(true);
    expect(isSamePerson("u-1", "u-3", personOf)).toBe(false);
  });

  it("transitively, in any order of the rows", () => {
    const rows = [row("u-1", "a@x"), row("u-2", "A@X"), row("u-2b", "b@x"), row("b@x", "u-2"), row("u-9", "z@x")];
    for (const order of [rows, rows.toReversed(), [...rows.slice(2), ...rows.slice(0, 2)]]) {
      const personOf = personsOf(order);
      expect(new Set(["u-1", "a@x", "u-2", "u-2B", "B@x"].map(personOf)).size).toBe(1);
      expect(isSamePerson("u-1", "u-9", personOf)).toBe(false);
    }
  });

  it("but not if letters only look alike, or nothing connects them", () => {
    for (const [one, other] of [
      ["ann", "аnn"],
      ["ann@x", "ann@y"],
      ["ﬁn", "fin"],
    ] as const) {
      expect(isSamePerson(one, other, byName)).toBe(false);
    }
  });

  it("and count once, under the first name", () => {
    const personOf = personsOf([row("u-1", "alice@x")]);
    expect(distinctPeople(["bob", "alice@x", "BOB", "u-1", "cleo"], personOf)).toEqual(["bob", "alice@x", "cleo"]);
  });
});

describe("a policy, when a request is created", () => {
  const issuesOf = (input: Partial<ApprovalRequestInput>, known: KnownName[] = [], creator = "orchestrator") => {
    const faults = checkRequestInput(inputOf(input), creator, DEFAULTS);
    return faults.length > 0
      ? faults
      : policyIssues(completeInput(inputOf(input), creator, DEFAULTS), personsOf(known));
  };

  it("names nobody if it names the requester in another case", () => {
    expect(issuesOf({ requestedBy: "alice@company.com", notifyUsers: ["Alice@Company.com"] })).toEqual([
      expect.objectContaining({ path: "notifyUsers" }),
    ]);
    expect(issuesOf({ notifyUsers: ["Orchestrator"] })).toEqual([expect.objectContaining({ path: "notifyUsers" })]);
  });

  it("names nobody if it names the address of the requester or the creator", () => {
    const known = [row("u-1", "alice2@company.com")];
    const named = { notifyUsers: ["Alice2@company.com"] };
    expect(issuesOf({ ...named, requestedBy: "u-1" }, known)).toMatchObject([{ path: "notifyUsers" }]);
    expect(issuesOf(named, known, "u-1")).toMatchObject([{ path: "notifyUsers" }]);
    expect(issuesOf({ ...named, requestedBy: "u-1" })).toEqual([]);
    expect(issuesOf({ ...named, requestedBy: "u-1", allowSelfApproval: true }, known)).toEqual([]);
  });

  it("that requires more people than it names in several ways is rejected", () => {
    const two = { requireMinApprovers: 2 };
    expect(issuesOf({ ...two, allowedApprovers: ["alice@x.org", "ALICE@x.org"] })).toMatchObject([
      { path: "requireMinApprovers", message: expect.stringMatching(/names only 1 person/) },
    ]);
    const split = { ...two, allowedApprovers: ["u-1", "alice2@x.org"] };
    expect(issuesOf(split)).toEqual([]);
    expect(issuesOf(split, [row("u-1", "alice2@x.org")])).toMatchObject([{ path: "requireMinApprovers" }]);
  });

  it("counts people once if all of them are needed", () => {
    const draft = completeInput(
      inputOf({ allowedApprovers: ["u-1", "alice2@x.org", "bob", "BOB"], requireAllApprovers: true }),
      "orchestrator",
      DEFAULTS,
    );
    expect(approvalsRequiredBy(draft, byName)).toBe(3);
    expect(approvalsRequiredBy(draft, personsOf([row("u-1", "alice2@x.org")]))).toBe(2);
  });

  it.each([
    " alice@company.com",
    "alice@company.com\u00a0",
    "\u0085alice@company.com",
    "alice@company.com\u200b",
    "\u2060alice@company.com",
    "alice@company.com\u202e",
    "Alice <alice@company.com>",
    "a@company.com,b@company.com",
    "a>b",
    "alice@company.com\nBcc: eve@company.com",
    "alice\u2028bob",
    "alice\tbob",
    "\u200b",
    "\u{e0041}\u{e0042}",
    "\u3164",
    "\u2800",
  ])("that names %j is rejected in every field that names people", (name) => {
    for (const field of ["notifyUsers", "allowedApprovers", "escalateToUsers"] as const) {
      expect(issuesOf({ [field]: ["bob", name] })).toMatchObject([{ path: `${field}.1` }]);
    }
    expect(issuesOf({ requestedBy: name })).toMatchObject([{ path: "requestedBy" }]);
  });

  it("that names a role without a visible character is rejected", () => {
    expect(issuesOf({ notifyRoles: ["ops", "\u200b\u200b"] })).toMatchObject([{ path: "notifyRoles.1" }]);
    expect(issuesOf({ notifyRoles: ["release managers, night"] })).toEqual([]);
  });

  it("accepts the creator as the token names them", () => {
    expect(issuesOf({}, [], "CN=Deploy, O=Company")).toEqual([]);
  });
});

describe("a decision", () => {
  const known = [row("u-1", "alice2@x.org")];
  const people = (rows: KnownName[], votes: Record<string, Vote[]> = {}, roles: Record<string, string[]> = {}) =>
    knownPeople(
      rows.map((person) => ({ ...person, roles: roles[person.id] ?? [] })),
      new Map(Object.entries(votes)),
    );
  const decide = (
    request: ApprovalRequest,
    viewer: Viewer | string,
    who = NOBODY_KNOWN,
    decision: "APPROVE" | "REJECT" = "APPROVE",
  ) =>
    lifecycle.decide(
      request,
      {
        viewer: typeof viewer === "string" ? viewerOf(viewer) : viewer,
        decision,
        comment: null,
        reason: null,
        contextDigest: null,
        issues: [],
      },
      START,
      who,
    ).request;

  it("of the requester under another name is FORBIDDEN, and is not offered", () => {
    const cases = [
      { request: requestOf({ requestedBy: "alice@x.org", notifyUsers: ["Alice@x.org", "bob"] }, "bot"), rows: [] },
      { request: requestOf({ requestedBy: "u-1", notifyUsers: ["alice2@x.org"] }, "bot"), rows: known },
      { request: requestOf({ notifyUsers: ["alice2@x.org"] }, "u-1"), rows: known },
    ];
    for (const { request, rows } of cases) {
      const named = request.notifyUsers[0] as string;
      for (const decision of ["APPROVE", "REJECT"] as const) {
        expect(() => decide(request, named, people(rows), decision)).toThrow(
          expect.objectContaining({ code: "FORBIDDEN" }),
        );
      }
      expect(policy.canDecideNow(request, viewerOf(named), START, personsOf(rows))).toBe(false);
      expect(decide({ ...request, allowSelfApproval: true }, named, people(rows)).status).toBe("APPROVED");
    }
  });

  it("of an admin about the conditions of their own request under another name is FORBIDDEN", () => {
    const request = requestOf({ requestedBy: "u-1" }, "bot");
    const admin = viewerOf("alice2@x.org", { scopes: ["approvals:admin"] });
    expect(policy.mayUpdateConditions(request, admin, byName)).toBe(true);
    expect(policy.mayUpdateConditions(request, admin, personsOf(known))).toBe(false);
  });

  it("of one person under two names counts once and cannot be changed", () => {
    const request = requestOf({ allowedApprovers: ["u-1", "alice2@x.org", "bob"], requireMinApprovers: 2 });
    const half = decide(request, "u-1", people(known));
    expect(half).toMatchObject({ status: "PENDING", approvers: ["u-1"] });
    expect(decide(half, "alice2@x.org", people(known))).toBe(half);
    expect(() => decide(half, "alice2@x.org", people(known), "REJECT")).toThrow(
      expect.objectContaining({ code: "ALREADY_DECIDED" }),
    );
    expect(policy.canDecideNow(half, viewerOf("alice2@x.org"), at(1), personsOf(known))).toBe(false);
    expect(decide(half, "bob", people(known))).toMatchObject({ status: "APPROVED", approvers: ["u-1", "bob"] });
  });

  it("counts two votes once if the directory shows by then that they are from one person", () => {
    const request = requestOf({ allowedApprovers: ["u-1", "alice2@x.org", "bob", "cleo"], requireMinApprovers: 3 });
    const twice = decide(decide(request, "u-1"), "alice2@x.org");
    expect(twice.approvers).toEqual(["u-1", "alice2@x.org"]);
    const third = decide(twice, "bob", people(known));
    expect(third).toMatchObject({ status: "PENDING", approvers: ["u-1", "bob"] });
    expect(decide(third, "cleo", people(known))).toMatchObject({
      status: "APPROVED",
      approvers: ["u-1", "bob", "cleo"],
    });
  });

  it("does not count the vote of a person whom the directory now knows as the requester", () => {
    const request = requestOf(
      { requestedBy: "u-1", allowedApprovers: ["alice2@x.org", "bob", "cleo"], requireMinApprovers: 2 },
      "bot",
    );
    const half = decide(request, "alice2@x.org");
    expect(decide(half, "bob", people(known))).toMatchObject({ status: "PENDING", approvers: ["bob"] });
  });

  describe("that would reach the quorum", () => {
    const request = requestOf({ notifyUsers: [], notifyRoles: ["ops"], requireMinApprovers: 2 });
    const ops = (id: string) => viewerOf(id, { roles: ["ops"] });
    const half = decide(request, ops("ann2"));
    const votes = { [request.id]: [{ approver: "ann2", decision: "APPROVE" as const, roles: ["ops"] }] };

    it("counts the others by the roles that the directory knows now", () => {
      const lost = decide(half, ops("bob"), people([row("ann2")], votes, { ann2: [] }));
      expect(lost).toMatchObject({ status: "PENDING", approvers: ["bob"] });
      const kept = decide(half, ops("bob"), people([row("ann2")], votes, { ann2: ["ops"] }));
      expect(kept).toMatchObject({ status: "APPROVED", approvers: ["ann2", "bob"] });
    });

    it("counts a person whom the directory does not know by their roles at the vote", () => {
      expect(decide(half, ops("bob"), people([], votes))).toMatchObject({ status: "APPROVED" });
    });

    it("counts a vote again if its voter has the right again", () => {
      const both = [
        ...(votes[request.id] as Vote[]),
        { approver: "bob", decision: "APPROVE" as const, roles: ["ops"] },
      ];
      const lost = decide(half, ops("bob"), people([row("ann2")], votes, { ann2: [] }));
      const again = people([row("ann2"), row("bob")], { [request.id]: both }, { ann2: ["ops"], bob: ["ops"] });
      expect(decide(lost, ops("ann2"), again)).toMatchObject({ status: "APPROVED", approvers: ["bob", "ann2"] });
      const without = viewerOf("ann2", { scopes: ["approvals:read"] });
      expect(decide(lost, without, people([row("ann2")], { [request.id]: both }))).toBe(lost);
    });

    it("stores a vote under the name that has the right, if the vote under another name no longer counts", () => {
      const mixed = requestOf({ notifyUsers: ["u-1", "bob"], notifyRoles: ["ops"], requireMinApprovers: 2 });
      const votes = ["alice2@x.org", "bob"].map((approver) => ({
        approver,
        decision: "APPROVE" as const,
        roles: ["ops"],
      }));
      const rows = [...known, row("alice2@x.org"), row("bob")];
      const asBob = decide(decide(mixed, ops("alice2@x.org")), "bob", people(rows, { [mixed.id]: votes.slice(0, 1) }));
      expect(asBob).toMatchObject({ status: "PENDING", approvers: ["bob"] });
      const command = { decision: "APPROVE" as const, comment: null, reason: null, contextDigest: null, issues: [] };
      const who = people(rows, { [mixed.id]: votes });
      const { request, decision } = lifecycle.decide(asBob, { ...command, viewer: viewerOf("u-1") }, START, who);
      expect(request).toMatchObject({ status: "APPROVED", approvers: ["bob", "u-1"] });
      expect(decision).toMatchObject({ decision: "APPROVE" });
    });
  });
});
