/** The texts of the request's page and its view of values, without a browser. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Liquid } from "liquidjs";
import { describe, expect, test } from "vitest";
import { timeoutSentence } from "../../src/server/decision/sentences.ts";
import {
  decidersOf,
  manageable,
  mayComment,
  othersSentence,
  whySentence,
} from "../../web/src/decision/policy-words.ts";
import { contentChanges, isSame } from "../../web/src/request/content-changes.ts";
import { hostOf, isInline, pageAddress, pictureAddress } from "../../web/src/request/context/addresses.ts";
import { diffRows, fieldChanges, stretchesOf, textOf } from "../../web/src/request/context/diff-rows.ts";
import { labelOf, shapeOf } from "../../web/src/request/context/shape.ts";
import { type GivenPolicy, givenPolicy } from "../../web/src/request/given-policy.ts";
import { entrySentence, thenSentence, timelineOf } from "../../web/src/request/request-words.ts";

const request = {
  status: "PENDING",
  requestedBy: "ann",
  createdBy: "orchestrator",
  allowSelfApproval: false,
  allowedApprovers: [] as string[],
  notifyUsers: ["bob"],
  notifyRoles: [] as string[],
  escalateToUsers: [] as string[],
  escalationLevel: 0,
  canApprove: true,
  approvalsRequired: 1,
  approvers: [] as string[],
  decisions: [] as { approver: string; decision: "APPROVE" | "REJECT"; decidedAt: string }[],
};
const TEMPLATE = join(import.meta.dirname, "../../src/notifications/templates/words/timeout.liquid");
const person = (userId: string, roles: string[] = [], scopes: string[] = []) => ({ userId, roles, scopes });
const bob = person("bob");
const now = new Date("2026-11-22T12:00:00Z");

describe("the reason why the viewer may decide", () => {
  const named = { ...request, allowedApprovers: ["bob", "carol"], notifyUsers: ["dave"] };
  test.each([
    [request, bob, "The request names you."],
    [named, bob, "You are one of 2 approvers."],
    [{ ...named, allowedApprovers: ["bob"] }, bob, "You are the only approver."],
    [{ ...request, notifyRoles: ["sre"] }, person("eve", ["sre"]), "You have the role sre, which may decide."],
    [{ ...request, escalateToUsers: ["eve"], escalationLevel: 1 }, person("eve"), "It was escalated to you."],
    [{ ...named, canApprove: false }, person("dave"), "You were notified; only its approvers can decide."],
    [
      { ...request, notifyUsers: ["ann", "bob"], canApprove: false },
      person("ann"),
      "You made this request, so others decide.",
    ],
    [
      { ...request, notifyUsers: ["ann"] },
      person("ann"),
      "The request names you. It is your own request; it allows self-approval.",
    ],
    [{ ...request, canApprove: false }, person("root", [], ["approvals:read"]), "You can see all requests."],
    [{ ...request, canApprove: false }, person("zoe"), "You can see this request, but you cannot decide."],
    [
      { ...request, canApprove: false, decisions: [{ approver: "zoe", decision: "APPROVE", decidedAt: "" }] },
      person("zoe"),
      "You voted, but you may no longer decide.",
    ],
  ])("is the rule that applies (%#)", (policy, viewer, sentence) => {
    expect(whySentence(policy, viewer)).toBe(sentence);
  });

  test("is missing for the creator of a request", () => {
    const own = { ...request, createdBy: "bob", notifyUsers: ["bob", "carol"], canApprove: false };
    expect(whySentence(own, bob)).toBe("This request was created with your token, so others decide.");
  });

  test("is not a role if approvers are named", () => {
    const policy = { ...named, notifyRoles: ["sre"], canApprove: false };
    expect(whySentence(policy, person("eve", ["sre"]))).toMatch(/only its approvers/);
    expect(decidersOf(policy).roles).toEqual([]);
  });
});

describe("the list of the other people who decide", () => {
  test.each([
    [request, "Nobody else can decide."],
    [{ ...request, notifyUsers: ["bob", "carol"] }, "Nobody else must approve; carol could decide instead of you."],
    [{ ...request, notifyUsers: ["bob", "carol"], approvalsRequired: 2 }, "carol must approve as well."],
    [
      { ...request, notifyUsers: ["bob", "carol", "dave"], approvalsRequired: 2 },
      "1 more approval from carol or dave is needed.",
    ],
    [
      { ...request, notifyUsers: ["carol", "dave"], canApprove: false, approvalsRequired: 2 },
      "carol and dave must approve.",
    ],
    [
      { ...request, notifyUsers: [], notifyRoles: ["sre"], canApprove: false },
      "1 approval from anyone with the role sre is needed.",
    ],
  ])("has their names (%#)", (policy, sentence) => {
    expect(othersSentence(policy, bob)).toBe(sentence);
  });

  test("has the people who have decided first, then the people who may, without the requester", () => {
    const decisions = [{ approver: "eve", decision: "APPROVE" as const, decidedAt: now.toISOString() }];
    const { people } = decidersOf({ ...request, notifyUsers: ["ann", "bob"], notifyRoles: ["sre"], decisions });
    expect(people).toMatchObject([
      { userId: "eve", via: "role", decided: { decision: "APPROVE" } },
      { userId: "bob", via: null, decided: null },
    ]);
    const own = { ...request, notifyUsers: ["ann", "bob"], allowSelfApproval: true };
    expect(decidersOf(own).people.map(({ userId }) => userId)).toEqual(["ann", "bob"]);
  });
});

test("the page offers comments and commands of a request by the rules of docs/rules.md", () => {
  const reader = person("root", [], ["approvals:read"]);
  const seen = { ...request, createdBy: "flow", canApprove: false, escalateToUsers: ["eve"] };
  expect(mayComment(seen, reader)).toBe(false);
  expect(mayComment(seen, person("ann"))).toBe(true);
  const voted = { ...seen, decisions: [{ approver: "zoe" }] };
  expect([mayComment(seen, person("zoe")), mayComment(voted, person("zoe"))]).toEqual([false, true]);
  expect(mayComment(seen, person("flow", [], ["approvals:request"]))).toBe(true);
  expect(manageable(seen, person("ann"))).toEqual({ cancel: true, escalate: true, extend: false });
  expect(manageable(seen, person("flow", [], ["approvals:request"]))).toMatchObject({ extend: true });
  expect(manageable(seen, bob)).toEqual({ cancel: false, escalate: false, extend: false });
  const final = { ...seen, status: "APPROVED" };
  expect(manageable(final, person("a", [], ["approvals:admin"]))).toEqual({
    cancel: false,
    escalate: false,
    extend: false,
  });
});

describe("the policy of a request as it was given", () => {
  const given: GivenPolicy = {
    approvalType: "CONDITIONAL",
    allowedApprovers: ["bob"],
    notifyUsers: ["bob", "carol"],
    notifyRoles: ["sre"],
    requireMinApprovers: 2,
    requireAllApprovers: false,
    approvalsRequired: 2,
    timeoutMs: 7_200_000,
    timeoutAction: "ESCALATE",
    escalateToUsers: ["eve"],
    allowSelfApproval: true,
    autoApproveConditions: [
      { field: "metadata.size", operator: "LT", value: 5 },
      { field: "results.a", operator: "IN", value: ["x"] },
    ],
  };

  test("shows each of its parts", () => {
    expect(givenPolicy(given, "en")).toEqual([
      ["How it is approved", ["Approved automatically if all conditions are met; otherwise people decide."]],
      ["Conditions (all must be met)", ["metadata.size < 5", 'results.a is one of ["x"]']],
      ["Approvers", ["bob"]],
      ["Notified people", ["bob", "carol"]],
      ["Notified roles", ["sre"]],
      ["Approvals required", ["2"]],
      ["Time to decide", ["2 hours"]],
      ["When it expires", ["It is escalated."]],
      ["Escalated to", ["eve"]],
      ["The requester may approve", ["Yes"]],
    ]);
  });

  test("omits parts that were not given", () => {
    const plain = {
      ...given,
      approvalType: "MANUAL" as const,
      allowedApprovers: [],
      notifyRoles: [],
      escalateToUsers: [],
    };
    const rows = new Map(givenPolicy({ ...plain, requireAllApprovers: true, allowSelfApproval: false }, "en"));
    expect([...rows.keys()]).not.toContain("Conditions (all must be met)");
    expect([...rows.keys()]).not.toContain("Approvers");
    expect(rows.get("Approvals required")).toEqual(["2: everyone named"]);
    expect(rows.get("The requester may approve")).toEqual(["No"]);
  });
});

describe("the result if nobody decides", () => {
  const deadline = { status: "PENDING" as const, expiresAt: "", timeoutMs: 7_200_000, escalateToUsers: ["eve"] };
  test.each([
    ["ESCALATE", "If nobody decides by then, it is escalated to eve, with 2 hours more."],
    ["APPROVE", "If nobody decides by then, it is approved automatically and the workflow continues."],
    ["REJECT", "If nobody decides by then, it expires without approval."],
  ] as const)("is stated for the timeout action %s", (timeoutAction, sentence) => {
    expect(thenSentence({ ...deadline, timeoutAction }, "en")).toBe(sentence);
  });
  test("is an expiry for an escalated request, which is not escalated again", () => {
    const sentence = thenSentence({ ...deadline, timeoutAction: "ESCALATE", status: "ESCALATED" }, "en");
    expect(sentence).toBe("If nobody decides by then, it expires without approval.");
  });

  test.each(["ESCALATE", "APPROVE", "REJECT"] as const)(
    "starts as on the server's page and in notifications (%s)",
    async (timeoutAction) => {
      const expiring = { ...deadline, timeoutAction };
      const ofServer = timeoutSentence(expiring as unknown as Parameters<typeof timeoutSentence>[0]);
      const ofTemplate = await new Liquid().parseAndRender(readFileSync(TEMPLATE, "utf8"), {
        isOpen: true,
        request: expiring,
      });
      expect(ofTemplate.replaceAll(/\s+/g, " ").trim()).toBe(ofServer);
      expect(thenSentence(expiring, "en")).toContain(ofServer.slice(0, -1));
    },
  );
});

describe("the history of a request", () => {
  const entry = (action: string, more: object = {}) => ({
    id: action,
    action,
    userId: "ann",
    newStatus: null,
    comment: null,
    metadata: {},
    createdAt: now.toISOString(),
    ...more,
  });

  test("has unchanged user ids, and calls the viewer you", () => {
    expect(entrySentence(entry("CREATED"), "bob", now)).toBe("ann asked.");
    expect(entrySentence(entry("COMMENTED", { userId: "bob" }), "bob", now)).toBe("You commented.");
    const last = entry("APPROVED", { newStatus: "APPROVED" });
    expect(entrySentence(last, "bob", now)).toBe("ann approved, which was the last approval needed.");
    const auto = entry("TIMEOUT", { userId: null, newStatus: "APPROVED" });
    expect(entrySentence(auto, "bob", now)).toBe("It expired, so it was approved automatically.");
  });

  test("has one line for people who were notified at about the same time", () => {
    const notified = (id: string, recipient: string) =>
      entry("NOTIFIED", { id, userId: null, metadata: { recipients: [recipient], channel: "IN_APP" } });
    const items = timelineOf([notified("3", "carol"), notified("2", "bob"), entry("CREATED")], "bob", now);
    expect(items.map(({ text }) => text)).toEqual(["You and carol were notified (in the app).", "ann asked."]);
  });
});

describe("a value of the context", () => {
  test.each([
    ["https://ci.company.com/runs/1", "", "link"],
    ["https://x.example/a.png", "", "image"],
    ["http://x.example/a.png", "", "link"],
    ["javascript:alert(1)", "", "text"],
    ["data:text/html;base64,AAAA", "", "text"],
    ["see https://x.example", "", "text"],
    ["2026-11-27T16:00:00Z", "", "instant"],
    ["2026-99-99T16:00:00Z", "", "text"],
    ["select 1;\nselect 2;", "", "code"],
    ["Select one of these.\nThen go on.", "note", "text"],
    ["orders", "query", "text"],
    ["kubectl apply -f x.yaml", "command", "code"],
    [12.5, "", "scalar"],
    [null, "", "nothing"],
    [[], "", "nothing"],
    [["a", 1], "", "list"],
    [[{ a: 1 }, { a: 2, b: "x" }], "", "table"],
    [[{ a: { b: { c: 1 } } }], "", "tree"],
    [{ before: 1, after: 2 }, "", "diff"],
    [{ a: 1 }, "", "record"],
    [{ code: "x = 1", language: "Python" }, "", "code"],
  ])("such as %j, named %j, is shown as %s", (value, key, kind) => {
    expect(shapeOf(value, key, 1).kind).toBe(kind);
  });

  test("is a tree if it is deep", () => {
    expect(shapeOf({ a: 1 }, "", 3).kind).toBe("tree");
  });

  test("is ordinary data if a property has a hostile name", () => {
    const value = JSON.parse('{"__proto__": 1, "constructor": "toString", "hasOwnProperty": [1]}');
    expect(shapeOf(value, "", 0)).toMatchObject({ kind: "record" });
    expect(shapeOf("two words", "constructor").kind).toBe("text");
  });

  test("has its name formatted for people", () => {
    expect(["pullRequestUrl", "cost_eur", "SLA", "deploy.yaml", "HTTPStatus", "x"].map(labelOf)).toEqual([
      "Pull request URL",
      "Cost EUR",
      "SLA",
      "deploy.yaml",
      "HTTP status",
      "X",
    ]);
  });

  test("has its fields and columns in the given order", () => {
    const keysOf = (value: unknown) => {
      const shape = shapeOf(value);
      return shape.kind === "record"
        ? shape.entries.map(([key]) => key)
        : shape.kind === "table"
          ? shape.columns
          : null;
    };
    expect(keysOf({ text: "a\nb", size: 1, list: [{ a: 1 }], a: 2 })).toEqual(["text", "size", "list", "a"]);
    expect(keysOf([{ value: 1, state: "ok", name: "x" }])).toEqual(["value", "state", "name"]);
  });

  test("is not a link if it is the address of a script or a file", () => {
    expect(["javascript:alert(1)", "/auth/logout", "file:///etc/passwd", "data:text/html,x"].map(pageAddress)).toEqual(
      Array(4).fill(null),
    );
    const odd = [
      "ftp://x.example/a.png",
      "data:image/svg+xml;base64,AA",
      "/a.png",
      "//x.example/a.png",
      "blob:https://x",
    ];
    expect(odd.map(pictureAddress)).toEqual(odd.map(() => null));
    for (const remote of ["https://x.example/a.png", "http://x.example/a.png"]) {
      expect([pictureAddress(remote), isInline(remote), hostOf(remote)]).toEqual([remote, false, "x.example"]);
    }
    expect(isInline("data:image/png;base64,AA")).toBe(true);
  });
});

describe("the difference between two contents of a request", () => {
  test("has changed lines next to their old versions, with the changed words marked", () => {
    const rows = diffRows("a\nreplicas: 4\nz", "a\nreplicas: 12\nz\nnew");
    expect(rows.map(({ kind }) => kind)).toEqual(["same", "changed", "same", "added"]);
    expect(rows[1]?.left?.parts.filter(({ changed }) => changed)).toEqual([{ text: "4", changed: true }]);
    expect(rows[1]?.right).toMatchObject({ line: 2 });
  });

  test("has the originals if each side is joined again", () => {
    const before = "one\ntwo\n\nthree\nfour";
    const after = "one\n2\nthree\nfour\nfive\nsix";
    const side = (pick: "left" | "right") =>
      diffRows(before, after)
        .flatMap((row) => row[pick] ?? [])
        .map(({ parts }) => parts.map(({ text }) => text).join(""))
        .join("\n");
    expect([side("left"), side("right")]).toEqual([before, after]);
  });

  test("hides lines far from any change, and loses none", () => {
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    const rows = diffRows(lines.join("\n"), lines.with(25, "other").join("\n"));
    const stretches = stretchesOf(rows);
    expect(stretches.map(({ hidden }) => hidden)).toEqual([true, false, true]);
    expect(stretches.flatMap((stretch) => stretch.rows)).toEqual(rows);
  });

  test("compares records by their fields, whatever the order of their keys", () => {
    expect(fieldChanges({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 3 }, a: 1 })).toEqual([
      { path: "b.c", before: 1, after: 3 },
    ]);
    expect(fieldChanges({ a: "x\ny" }, { a: "z" })).toBe(null);
    expect(fieldChanges("a", "b")).toBe(null);
    const before = { b: 1, a: [{ d: 1, c: 2 }] };
    expect(textOf({ a: [{ c: 2, d: 1 }], b: 1 }, before)).toBe(textOf(before));
    expect(textOf({ new: 0, a: 1, b: 2 }, { b: 1, gone: 3 })).toBe(textOf({ b: 2, new: 0, a: 1 }));
    expect(isSame({ a: undefined }, { b: undefined })).toBe(false);
  });

  test("lists changed content part by part", () => {
    const content = {
      contextDigest: "1",
      title: "T",
      description: null,
      context: { amount: 1, to: "x" },
      metadata: {},
    };
    const changed = { ...content, title: "U", context: { amount: 2, to: "x", note: "new" } };
    expect(contentChanges(content, changed)).toEqual([
      { label: "Title", before: "T", after: "U" },
      { label: "Amount", before: 1, after: 2 },
      { label: "Note", before: undefined, after: "new" },
    ]);
  });
});
