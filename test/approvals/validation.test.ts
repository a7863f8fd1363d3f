import { describe, expect, it } from "vitest";
import {
  approvalsRequiredBy,
  checkConditions,
  checkRequestInput,
  checkText,
  completeInput,
  MAX_LIST,
  MAX_NAME,
  MAX_TEXT,
} from "../../src/approvals/validation.ts";
import type { ApprovalRequestInput } from "../../src/model/approvals.ts";
import { MAX_DURATION_MS } from "../../src/model/durations.ts";
import type { Issue } from "../../src/model/errors.ts";
import { LossyNumber } from "../../src/model/json-text.ts";
import { byName } from "../../src/model/same-person.ts";
import { DEFAULTS, inputOf } from "../support/approvals/requests.ts";

/** An input with values of any type. */
type Sent = { [K in keyof ApprovalRequestInput]?: unknown };
const issuesOf = (more: Sent, creator = "ann"): Issue[] =>
  checkRequestInput(inputOf(more as Partial<ApprovalRequestInput>), creator, DEFAULTS);
const pathsOf = (more: Sent, creator?: string): string[] => issuesOf(more, creator).map((issue) => issue.path);
const completed = (more: Partial<ApprovalRequestInput>, creator = "ann") =>
  completeInput(inputOf(more), creator, DEFAULTS);

const condition = { field: "metadata.cost", operator: "LT", value: 100 };
const MONTH = 30 * 86_400_000;

describe("an input is valid", () => {
  it.each<[string, Sent]>([
    ["the required fields", {}],
    ["a 30-day timeout", { timeoutMs: MONTH }],
    ["the shortest and the longest timeout", { timeoutMs: 1 }],
    ["the longest timeout and reminder", { timeoutMs: MAX_DURATION_MS, remindBeforeMs: MAX_DURATION_MS - 1 }],
    ["a reminder just shorter than the default timeout", { remindBeforeMs: DEFAULTS.timeoutMs - 1 }],
    ["escalation to the requester and someone else", { escalateToUsers: ["ann", "eve"] }],
    ["escalation to oneself, if that is allowed", { escalateToUsers: ["ann"], allowSelfApproval: true }],
    [
      "null for every optional field",
      {
        approvalType: null,
        description: null,
        context: null,
        metadata: null,
        config: null,
        results: null,
        requestedBy: null,
        timeoutMs: null,
        timeoutAction: null,
        notifyChannels: null,
        notifyRoles: null,
        requireMinApprovers: null,
        allowedApprovers: null,
        requireAllApprovers: null,
        autoApproveConditions: null,
        escalateToUsers: null,
        allowSelfApproval: null,
        callbackUrl: null,
        remindBeforeMs: null,
      },
    ],
    ["roles alone, with any minimum", { notifyUsers: [], notifyRoles: ["ops"], requireMinApprovers: 12 }],
    ["allowed approvers alone", { notifyUsers: null, allowedApprovers: ["cleo"] }],
    ["a title of 300 characters beyond the basic plane", { title: "😀".repeat(300) }],
    ["an empty description", { description: "" }],
    [
      "conditions in either spelling",
      {
        approvalType: "CONDITIONAL",
        autoApproveConditions: [condition, { field: "results.build.0", operator: "startsWith", value: null }],
      },
    ],
    ["escalation to someone", { timeoutAction: "ESCALATE", escalateToUsers: ["eve"] }],
    ["AUTO with nobody but the requester", { approvalType: "AUTO", notifyUsers: ["ann"] }],
    ["only oneself, if that is allowed", { notifyUsers: ["ann"], allowSelfApproval: true }],
    ["all named people, and nobody else", { notifyUsers: ["ann", "bob"], requireAllApprovers: true }],
    [
      "allowed approvers beside notified roles",
      { allowedApprovers: ["cleo"], notifyRoles: ["ops"], requireAllApprovers: true },
    ],
  ])("with %s", (_what, more) => {
    expect(issuesOf(more)).toEqual([]);
  });
});

describe("a fault of an input is reported by its path:", () => {
  it.each<[string, Sent, string[]]>([
    ["a missing key", { workflowId: undefined, jobId: null, executionId: 7 }, ["workflowId", "jobId", "executionId"]],
    ["an empty key", { workflowId: "", jobId: " " }, ["workflowId", "jobId"]],
    ["a key that is too long", { executionId: "x".repeat(MAX_NAME + 1) }, ["executionId"]],
    ["an empty title", { title: "" }, ["title"]],
    ["a title of white space", { title: " \n\u00a0" }, ["title"]],
    ["a long title", { title: "😀".repeat(301) }, ["title"]],
    ["a NUL in the title", { title: "a\0b" }, ["title"]],
    ["half a surrogate pair in the description", { description: "\ud800" }, ["description"]],
    ["a long description", { description: "x".repeat(MAX_TEXT + 1) }, ["description"]],
    ["a context that is not an object", { context: [1] }, ["context"]],
    ["a context that is malformed text", { context: "{" }, ["context"]],
    ["a number that would change", { metadata: { n: new LossyNumber("1e400") } }, ["metadata.n"]],
    ["a large context", { context: { blob: "x".repeat(2_000_000) } }, ["context"]],
    ["a NUL in a result", { results: { build: { log: ["\0"] } } }, ["results.build.log.0"]],
    ["a timeout of 0", { timeoutMs: 0 }, ["timeoutMs"]],
    ["a negative timeout", { timeoutMs: -MONTH }, ["timeoutMs"]],
    ["half a millisecond", { timeoutMs: 1.5 }, ["timeoutMs"]],
    ["a timeout over ten years", { timeoutMs: MAX_DURATION_MS + 1 }, ["timeoutMs"]],
    ["a timeout as text", { timeoutMs: "1000" }, ["timeoutMs"]],
    ["a reminder as long as the timeout", { timeoutMs: 5, remindBeforeMs: 5 }, ["remindBeforeMs"]],
    ["a reminder longer than the timeout", { timeoutMs: 1, remindBeforeMs: MAX_DURATION_MS }, ["remindBeforeMs"]],
    ["a reminder as long as the default timeout", { remindBeforeMs: DEFAULTS.timeoutMs }, ["remindBeforeMs"]],
    ["escalation to the requester alone", { escalateToUsers: ["ann"] }, ["escalateToUsers"]],
    [
      "escalation at the end to the requester alone, in other letters and twice",
      { timeoutAction: "ESCALATE", escalateToUsers: ["ANN", "ann"] },
      ["escalateToUsers"],
    ],
    [
      "escalation to the requester alone, if roles decide",
      { notifyUsers: [], notifyRoles: ["ops"], escalateToUsers: ["ann"] },
      ["escalateToUsers"],
    ],
    ["a list with an undefined entry in the context", { context: { list: [1, undefined] } }, ["context.list.1"]],
    ["a reminder that is not a number", { remindBeforeMs: Number.NaN }, ["remindBeforeMs"]],
    ["an unknown timeout action", { timeoutAction: "approve" }, ["timeoutAction"]],
    ["an unknown type", { approvalType: "manual" }, ["approvalType"]],
    ["an unknown channel", { notifyChannels: ["IN_APP", "PIGEON"] }, ["notifyChannels.1"]],
    ["channels that are not a list", { notifyChannels: "SLACK" }, ["notifyChannels"]],
    ["a user without a name", { notifyUsers: ["bob", ""] }, ["notifyUsers.1"]],
    ["a user that is not a string", { allowedApprovers: [7, null] }, ["allowedApprovers.0", "allowedApprovers.1"]],
    ["users that are not a list", { escalateToUsers: "eve" }, ["escalateToUsers"]],
    ["too many roles", { notifyRoles: Array(MAX_LIST + 1).fill("r") }, ["notifyRoles"]],
    ["a requester without a name", { requestedBy: "" }, ["requestedBy"]],
    ["no approvers", { requireMinApprovers: 0 }, ["requireMinApprovers"]],
    ["half an approver", { requireMinApprovers: 1.5 }, ["requireMinApprovers"]],
    ["approvers as text", { requireMinApprovers: "2" }, ["requireMinApprovers"]],
    ["a string instead of a boolean", { requireAllApprovers: "true" }, ["requireAllApprovers"]],
    ["a number instead of a boolean", { allowSelfApproval: 1 }, ["allowSelfApproval"]],
    ["a callback that is not a URL", { callbackUrl: "here" }, ["callbackUrl"]],
    ["a callback that is too long", { callbackUrl: `https://x.example/${"a".repeat(2_000)}` }, ["callbackUrl"]],
    [
      "a callback that is too long once escaped",
      { callbackUrl: `https://x.example/${"é".repeat(1_000)}` },
      ["callbackUrl"],
    ],
    ["a callback to a file", { callbackUrl: "file:///etc/passwd" }, ["callbackUrl"]],
    ["conditions that are not a list", { autoApproveConditions: { ...condition } }, ["autoApproveConditions"]],
    ["a condition that is null", { autoApproveConditions: [null] }, ["autoApproveConditions.0"]],
    [
      "an unknown operator",
      { autoApproveConditions: [{ ...condition, operator: "toString" }] },
      ["autoApproveConditions.0.operator"],
    ],
    [
      "a path through the prototype",
      { autoApproveConditions: [condition, { ...condition, field: "context.__proto__.x" }] },
      ["autoApproveConditions.1.field"],
    ],
    [
      "a path without a root",
      { autoApproveConditions: [{ ...condition, field: "cost" }] },
      ["autoApproveConditions.0.field"],
    ],
    [
      "a condition without a value",
      { autoApproveConditions: [{ field: "context.a", operator: "EQ" }] },
      ["autoApproveConditions.0.value"],
    ],
    [
      "a value that is lost",
      { autoApproveConditions: [{ ...condition, value: [new LossyNumber("1e400")] }] },
      ["autoApproveConditions.0.value.0"],
    ],
  ])("%s", (_what, more, paths) => {
    expect(pathsOf(more)).toEqual(paths);
  });

  it("and with the found and the allowed value, all faults at once", () => {
    const issues = issuesOf({ title: "", timeoutMs: -5, timeoutAction: "EXPLODE", notifyUsers: ["bob", 3] });
    expect(Object.fromEntries(issues.map((issue) => [issue.path, issue.message]))).toEqual({
      title: "must not be empty",
      timeoutMs: "must be a whole number of milliseconds from 1 to 315576000000 (10 years), not -5",
      timeoutAction: 'must be one of APPROVE, REJECT, ESCALATE, not "EXPLODE"',
      "notifyUsers.1": "must be a string, not 3",
    });
  });

  it("a creator that is too long for an index", () => {
    expect(pathsOf({}, "x".repeat(MAX_NAME + 1))).toEqual(["requestedBy"]);
  });

  it("an empty list of conditions, only when they are updated", () => {
    const issues: Issue[] = [];
    checkConditions("conditions", [], issues);
    checkConditions("conditions", undefined, issues);
    expect(issues.map((issue) => issue.path)).toEqual(["conditions", "conditions"]);
    expect(issuesOf({ autoApproveConditions: [] })).toEqual([]);
  });

  it("a text that is too long in characters, not in code units", () => {
    const issues: Issue[] = [];
    checkText("t", "😀😀", 2, issues);
    checkText("t", "😀😀😀", 2, issues);
    expect(issues).toEqual([{ path: "t", message: "has 3 characters; at most 2 are allowed" }]);
  });
});

describe("a policy that cannot work is refused:", () => {
  it.each<[string, Sent, string[]]>([
    ["nobody is named", { notifyUsers: [] }, ["notifyUsers"]],
    [
      "nobody is named, though someone is escalated to",
      { notifyUsers: null, escalateToUsers: ["eve"] },
      ["notifyUsers"],
    ],
    ["only the requester is named", { notifyUsers: ["ann"] }, ["notifyUsers"]],
    ["only the requester is allowed", { allowedApprovers: ["ann"], notifyUsers: ["bob"] }, ["allowedApprovers"]],
    [
      "the minimum is above the named",
      { notifyUsers: ["bob", "cleo", "bob", "ann"], requireMinApprovers: 3 },
      ["requireMinApprovers"],
    ],
    [
      "the minimum is above the allowed, though more are notified",
      {
        allowedApprovers: ["bob"],
        notifyUsers: ["cleo", "dan"],
        notifyRoles: ["ops"],
        requireMinApprovers: 2,
      },
      ["requireMinApprovers"],
    ],
    [
      "escalation users would be needed",
      { notifyUsers: ["bob"], escalateToUsers: ["eve"], requireMinApprovers: 2 },
      ["requireMinApprovers"],
    ],
    ["all must approve if roles decide", { notifyRoles: ["ops"], requireAllApprovers: true }, ["requireAllApprovers"]],
    ["it escalates to nobody", { timeoutAction: "ESCALATE" }, ["escalateToUsers"]],
    ["it is conditional without conditions", { approvalType: "CONDITIONAL" }, ["autoApproveConditions"]],
    [
      "it is conditional with no conditions",
      { approvalType: "CONDITIONAL", autoApproveConditions: [] },
      ["autoApproveConditions"],
    ],
  ])("%s", (_why, more, paths) => {
    expect(pathsOf(more)).toEqual(paths);
  });

  it("excludes the creator as well, if another is the requester", () => {
    expect(pathsOf({ requestedBy: "ann", notifyUsers: ["ann", "orchestrator"] }, "orchestrator")).toEqual([
      "notifyUsers",
    ]);
    expect(
      pathsOf({ requestedBy: "ann", notifyUsers: ["ann", "orchestrator"], allowSelfApproval: true }, "orchestrator"),
    ).toEqual([]);
  });

  it("checks the default action", () => {
    const issues = checkRequestInput(inputOf(), "ann", { ...DEFAULTS, timeoutAction: "ESCALATE" });
    expect(issues.map((issue) => issue.path)).toEqual(["escalateToUsers"]);
  });
});

describe("one fault does not hide another:", () => {
  it.each<[string, Sent, string[]]>([
    [
      "of fields and of the policy",
      { title: " ", notifyUsers: [], timeoutMs: -1, requireMinApprovers: 0 },
      ["title", "timeoutMs", "requireMinApprovers", "notifyUsers"],
    ],
    [
      "of several rules",
      { notifyUsers: [], timeoutAction: "ESCALATE", approvalType: "CONDITIONAL" },
      ["notifyUsers", "escalateToUsers", "autoApproveConditions"],
    ],
    [
      "of a list of approvers that is too short, next to users that are not a list",
      { notifyUsers: "bob", allowedApprovers: ["cleo"], requireMinApprovers: 2 },
      ["notifyUsers", "requireMinApprovers"],
    ],
    [
      "of approval by all if roles decide",
      { description: 7, notifyRoles: ["ops"], requireAllApprovers: true },
      ["description", "requireAllApprovers"],
    ],
  ])("%s", (_why, more, paths) => {
    expect(pathsOf(more)).toEqual(paths);
  });

  it.each<[string, Sent, string[]]>([
    ["users that are not a list", { notifyUsers: 5 }, ["notifyUsers"]],
    ["a user without a name", { notifyUsers: [null] }, ["notifyUsers.0"]],
    ["roles that are not a list", { notifyUsers: [], notifyRoles: "ops" }, ["notifyRoles"]],
    ["an unknown action", { timeoutAction: "LATER" }, ["timeoutAction"]],
    [
      "a condition that is null",
      { approvalType: "CONDITIONAL", autoApproveConditions: [null] },
      ["autoApproveConditions.0"],
    ],
    [
      "a string instead of a boolean",
      { notifyRoles: ["ops"], requireAllApprovers: "yes", requireMinApprovers: 9 },
      ["requireAllApprovers"],
    ],
  ])("and a field with a fault of its own has no second fault: %s", (_why, more, paths) => {
    expect(pathsOf(more)).toEqual(paths);
  });
});

describe("an input without optional fields", () => {
  it("has their defaults", () => {
    const { workflowId, jobId, executionId, ...rest } = completed({});
    expect(rest).toEqual({
      title: "Deploy 1.4 to production?",
      approvalType: "MANUAL",
      description: null,
      context: {},
      metadata: {},
      config: {},
      results: {},
      requestedBy: "ann",
      createdBy: "ann",
      timeoutMs: DEFAULTS.timeoutMs,
      timeoutAction: "REJECT",
      notifyUsers: ["bob"],
      notifyChannels: ["IN_APP"],
      notifyRoles: [],
      requireMinApprovers: 1,
      allowedApprovers: [],
      requireAllApprovers: false,
      autoApproveConditions: [],
      escalateToUsers: [],
      allowSelfApproval: false,
      callbackUrl: null,
      remindBeforeMs: null,
    });
  });

  it("stores duplicates once, and operators in one spelling", () => {
    const draft = completed({
      notifyUsers: ["bob", "cleo", "bob"],
      notifyChannels: ["SLACK", "SLACK"],
      autoApproveConditions: [{ field: "context.a", operator: "notIn" as "NOT_IN", value: [1] }],
    });
    expect(draft.notifyUsers).toEqual(["bob", "cleo"]);
    expect(draft.notifyChannels).toEqual(["SLACK"]);
    expect(draft.autoApproveConditions).toEqual([{ field: "context.a", operator: "NOT_IN", value: [1] }]);
  });

  it.each<[Partial<ApprovalRequestInput>, number]>([
    [{}, 1],
    [{ notifyRoles: ["ops"], requireMinApprovers: 4 }, 4],
    [{ notifyUsers: ["ann", "bob", "cleo", "bob"], requireAllApprovers: true }, 2],
    [{ notifyUsers: ["ann", "bob", "cleo"], requireAllApprovers: true, allowSelfApproval: true }, 3],
    [{ notifyUsers: ["bob", "cleo"], requireAllApprovers: true, requireMinApprovers: 1 }, 2],
    [{ notifyUsers: ["bob", "cleo"], allowedApprovers: ["dan"], requireAllApprovers: true }, 1],
    [{ notifyUsers: ["ann"], requireAllApprovers: true, approvalType: "AUTO" }, 1],
  ])("with %j requires %i approvals", (more, expected) => {
    expect(approvalsRequiredBy(completed(more), byName)).toBe(expected);
  });
});
