/** Tests that the tables of docs/rules.md agree with the code and with the cases of the conformance tests. */

import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { CODE_OPERATORS, conditionHolds } from "../../src/approvals/conditions.ts";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import * as policy from "../../src/approvals/policy.ts";
import { nextReminder, reminderKind } from "../../src/approvals/reminders.ts";
import * as validation from "../../src/approvals/validation.ts";
import {
  APPROVAL_ACTIONS,
  APPROVAL_STATUSES,
  type ApprovalRequest,
  type ApprovalRequestInput,
  type ConditionOperator,
  isOpen,
  type Json,
  type JsonObject,
  type TimeoutAction,
} from "../../src/model/approvals.ts";
import { URGENT_MINUTES } from "../../src/model/deadline.ts";
import { MAX_DURATION_MS } from "../../src/model/durations.ts";
import { CommandError } from "../../src/model/errors.ts";
import { MAX_JSON_BYTES } from "../../src/model/json.ts";
import { NOBODY_KNOWN } from "../../src/model/known-people.ts";
import { byName } from "../../src/model/same-person.ts";
import { PROBLEMS } from "../../src/server/rest/problems.ts";
import { admin, at, DEFAULTS, requestOf, viewerOf } from "../support/approvals/requests.ts";
import {
  type CasePolicy,
  type CaseViewer,
  GENERAL,
  has,
  POLICIES,
  policyNames,
  type Right,
  VIEWERS,
  viewerNames,
} from "../support/conformance/cases.ts";
import { coded, docPage } from "../support/docs/doc-page.ts";

const page = docPage("rules.md");

/** The rows of the table in a section: each cell under the heading of its column. */
function rowsOf(heading: string): Record<string, string>[] {
  const [head = [], , ...rows] = page
    .text(heading)
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ""])));
}

const COLUMNS: Partial<Record<Right, string>> = {
  see: "see",
  comment: "comment",
  decide: "decide",
  cancel: "cancel",
  escalate: "escalate",
  extend: "extend",
  conditions: "update conditions",
  detail: "audit detail",
};
const RIGHTS = Object.keys(COLUMNS) as Right[];

const RELATIONS = {
  requester: "is the requester (`requestedBy`)",
  approver: "is named in `allowedApprovers`",
  notified: "is named in `notifyUsers`, and `allowedApprovers` is empty",
  role: "has a role of `notifyRoles`, and `allowedApprovers` is empty",
  informed: "is named in `notifyUsers` or has a role of `notifyRoles`, and `allowedApprovers` lists others",
  mayCome: "is named in `escalateToUsers`, before an escalation",
  escalated: "is named in `escalateToUsers`, after an escalation",
  voter: "has voted, and lost the right to decide since",
  creator: "created the request with a token that no longer has a scope",
  none: "has no relation to it",
} as const;
type Relation = keyof typeof RELATIONS;

/** The relation of a viewer of the cases to a request of the cases. */
function relationsOf({ userId, roles = [], scope = "" }: CaseViewer, { input, creator, escalated }: CasePolicy) {
  const {
    allowedApprovers = [],
    notifyUsers = [],
    notifyRoles = [],
    escalateToUsers = [],
  } = input as Partial<ApprovalRequestInput>;
  const createdBy = VIEWERS[creator].userId;
  const isListed = (allowedApprovers as string[]).length > 0;
  const isTold = notifyUsers?.includes(userId) ?? false;
  const holdsRole = roles.some((role) => notifyRoles?.includes(role));
  const isOwn = userId === (input.requestedBy ?? createdBy) || userId === createdBy;
  const found: [Relation, boolean][] = [
    ["requester", userId === (input.requestedBy ?? createdBy)],
    ["approver", allowedApprovers?.includes(userId) ?? false],
    ["notified", isTold && !isListed],
    ["role", holdsRole && !isListed],
    ["informed", (isTold || holdsRole) && isListed],
    ["mayCome", (escalateToUsers?.includes(userId) ?? false) && escalated !== true],
    ["escalated", (escalateToUsers?.includes(userId) ?? false) && escalated === true],
    ["creator", userId === createdBy && scope === ""],
  ];
  const relations: Relation[] = found.flatMap(([relation, holds]) => (holds ? [relation] : []));
  return { relations: relations.length > 0 ? relations : (["none"] as const), isOwn, isCreator: userId === createdBy };
}

describe("the rights in docs/rules.md", () => {
  const byRelation = new Map(rowsOf("Rights by relation").map((row) => [row["the viewer"], row]));
  const byScope = new Map(rowsOf("Rights by scope").map((row) => [coded(row.scope as string)[0], row]));

  it("have a row for each relation and each scope", () => {
    expect([...byRelation.keys()]).toEqual(Object.values(RELATIONS));
    expect([...byScope.keys()]).toEqual(["approvals:request", "approvals:read", "approvals:admin"]);
  });

  it("add up to the rights in each case of the conformance tests", () => {
    const used = new Set<Relation>();
    const wrong: object[] = [];
    for (const name of viewerNames) {
      for (const policyName of policyNames) {
        const viewer: CaseViewer = VIEWERS[name];
        const casePolicy: CasePolicy = POLICIES[policyName];
        const { relations, isOwn, isCreator } = relationsOf(viewer, casePolicy);
        for (const relation of relations) used.add(relation);
        const scopes = (viewer.scope ?? "").split(" ").filter((scope) => scope !== "approvals:request" || isCreator);
        const rows = [
          ...relations.map((relation) => byRelation.get(RELATIONS[relation])),
          ...scopes.map((scope) => byScope.get(scope)),
        ];
        for (const right of RIGHTS) {
          const cells = rows.map((row) => row?.[COLUMNS[right] as string]);
          const isExcluded = right === "decide" && isOwn && casePolicy.input.allowSelfApproval !== true;
          const may = !isExcluded && (cells.includes("yes") || (cells.includes("others' requests only") && !isOwn));
          if (may !== has(right, name, policyName)) wrong.push({ name, policyName, right, relations, scopes, may });
        }
      }
    }
    expect(wrong).toEqual([]);
    expect([...used].toSorted()).toEqual(
      Object.keys(RELATIONS)
        .filter((relation) => relation !== "voter")
        .toSorted(),
    );
  });

  it("are those of a voter who lost the right to decide", () => {
    const request = { ...requestOf(), voters: ["vera"] };
    const vera = viewerOf("vera");
    const rights = [
      policy.mayRead(request, vera),
      policy.mayComment(request, vera),
      policy.mayDecide(request, vera, byName),
      policy.mayCancel(request, vera),
      policy.mayEscalate(request, vera),
    ];
    const row = byRelation.get(RELATIONS.voter) ?? {};
    expect(rights.map((may) => (may ? "yes" : "no"))).toEqual(
      ["see", "comment", "decide", "cancel", "escalate"].map((column) => row[column]),
    );
  });

  it("on other objects are those of the conformance tests", () => {
    const acts = rowsOf("Rights on other things");
    for (const row of acts) {
      const act = row.act as string;
      const allowed = viewerNames.filter((name) => {
        const scopes = ((VIEWERS[name] as CaseViewer).scope ?? "").split(" ");
        return ["everyone", ...scopes.map((scope) => `\`${scope}\``)].some((column) => row[column] === "yes");
      });
      expect([act, allowed.toSorted()]).toEqual([act, [...(GENERAL[act] ?? [])].toSorted()]);
    }
    const elsewhere = Object.keys(GENERAL).filter((act) => !acts.some((row) => row.act === act));
    expect(elsewhere).toEqual(["see a workflow", "register a workflow", "start a workflow", "steer a run"]);
  });
});

test("docs/rules.md lists exactly the inputs that need a scope, and each is refused without one", () => {
  const inputs: Record<string, Partial<ApprovalRequestInput>> = {
    requestedBy: { requestedBy: "someone" },
    allowSelfApproval: { allowSelfApproval: true },
    approvalType: { approvalType: "AUTO" },
    autoApproveConditions: { autoApproveConditions: [{ field: "context.size", operator: "EQ", value: 1 }] },
    timeoutAction: { timeoutAction: "APPROVE" },
    timeoutMs: { timeoutMs: 1_000 },
    callbackUrl: { callbackUrl: "https://example.com" },
  };
  const fields = rowsOf("Creating a request").map((row) => coded(row.input as string)[0] as string);
  expect(fields).toEqual(Object.keys(inputs));
  const defaults = { ...DEFAULTS, timeoutAction: "APPROVE" } as const;
  for (const field of fields) {
    const input = { workflowId: "w", jobId: "j", executionId: "e", title: "t", ...inputs[field] };
    const check = (viewer: typeof admin) => () => {
      policy.authoriseInput(input, viewer, field === "timeoutMs" ? defaults : DEFAULTS);
      policy.authoriseCallback(input, viewer);
    };
    expect(check(viewerOf("ann"))).toThrow(field);
    expect(check(admin)).not.toThrow();
  }
});

test("docs/rules.md states the limits of a request's values", () => {
  const limits = rowsOf("Values").map((row) => Number.parseInt(row.limit as string, 10));
  expect(limits).toEqual([
    validation.MAX_TITLE,
    validation.MAX_NAME,
    validation.MAX_TEXT,
    MAX_JSON_BYTES,
    validation.MAX_LIST,
    validation.MAX_CONDITIONS,
    validation.MAX_LIST,
    MAX_DURATION_MS,
  ]);
});

const noDecision = { comment: null, reason: null, contextDigest: null, issues: [] };
const vote = (request: ApprovalRequest, userId: string, decision: "APPROVE" | "REJECT", more = {}, now = at(10)) =>
  lifecycle.decide(request, { viewer: viewerOf(userId), decision, ...noDecision, ...more }, now, NOBODY_KNOWN).request;
const past = at(DEFAULTS.timeoutMs);
const expired = (timeoutAction: TimeoutAction, escalated = false): ApprovalRequest => {
  const request = requestOf({ timeoutAction, escalateToUsers: ["dan"] });
  const before = escalated ? lifecycle.escalate(request, admin, null, at(1)).request : request;
  return lifecycle.expire(before, past).request;
};

describe("the statuses in docs/rules.md", () => {
  const rows = rowsOf("Statuses");

  it("are all statuses, open or final", () => {
    expect(rows.map(({ status }) => status).toSorted()).toEqual(APPROVAL_STATUSES.toSorted());
    for (const { status, open } of rows) {
      expect([status, open]).toEqual([status, isOpen({ status: status as ApprovalRequest["status"] }) ? "yes" : "no"]);
    }
  });

  it("have the decision and the source that lead to them", () => {
    const automatic = { autoApproveConditions: [{ field: "context.size", operator: "EQ" as const, value: 1 }] };
    const reached = [
      requestOf(),
      requestOf({ approvalType: "AUTO" }),
      requestOf({ approvalType: "CONDITIONAL", context: { size: 1 }, ...automatic }),
      vote(requestOf(), "bob", "APPROVE"),
      vote(requestOf(), "bob", "REJECT"),
      lifecycle.cancel(requestOf(), viewerOf("ann"), null, at(1)).request,
      lifecycle.escalate(requestOf({ escalateToUsers: ["dan"] }), admin, null, at(1)).request,
      ...(["APPROVE", "REJECT", "ESCALATE"] as const).map((action) => expired(action)),
    ].map(({ status, decision, decisionSource }) => [status, decision ?? "", decisionSource ?? ""].join(" "));
    const written = rows.flatMap((row) =>
      (row["`decisionSource`"] ?? "").split(", ").map((source) => [row.status, row["`decision`"], source].join(" ")),
    );
    expect([...new Set(reached)].toSorted()).toEqual(written.toSorted());
  });
});

test("docs/rules.md lists the actions of the audit log", () => {
  expect(rowsOf("Audit actions").map(({ action }) => action)).toEqual(APPROVAL_ACTIONS);
});

test("docs/rules.md lists the answers to a decision in their order, with their HTTP statuses", () => {
  const codes = rowsOf("Answers");
  const ended = expired("REJECT");
  const wrong = { contextDigest: "0", issues: [{ path: "comment", message: "is wrong" }] };
  const listed = requestOf({ allowedApprovers: ["bob"], notifyUsers: ["nina"], timeoutAction: "REJECT" });
  const answer = (request: ApprovalRequest, userId: string, given: object = wrong, now?: Date): string => {
    try {
      const { status } = vote(request, userId, "APPROVE", given, now);
      return status === request.status ? "*the request*" : status;
    } catch (error) {
      if (error instanceof CommandError) return error.code;
      throw error;
    }
  };
  // Each has every later fault as well.
  expect([
    answer(ended, "mallory"),
    answer({ ...ended, approvers: ["bob"], voters: ["bob"] }, "bob"),
    answer(lifecycle.expire(listed, past).request, "nina"),
    answer(ended, "bob"),
    answer(vote(requestOf({ notifyUsers: ["bob", "cleo"] }), "cleo", "APPROVE"), "bob"),
    answer(requestOf(), "bob"),
    answer(requestOf(), "bob", { issues: wrong.issues }),
  ]).toEqual(codes.map(({ code }) => code));
  expect(answer(requestOf(), "bob", wrong, past)).toBe("EXPIRED");
  for (const { code, HTTP } of codes) {
    if (code !== "*the request*")
      expect([code, PROBLEMS[code as keyof typeof PROBLEMS][0]]).toEqual([code, Number(HTTP)]);
  }
});

describe("the conditions in docs/rules.md", () => {
  it("have every operator in both spellings", () => {
    expect(rowsOf("Conditions").map((row) => [coded(row["in code"] as string)[0], row.operator])).toEqual(
      Object.entries(CODE_OPERATORS),
    );
  });

  it.each(rowsOf("Examples of conditions"))("evaluate as in the examples: $operator $value", (row) => {
    const read = (cell = ""): Json => JSON.parse(coded(cell)[0] ?? "null");
    const context: JsonObject = row["field holds"] === "*nothing*" ? {} : { it: read(row["field holds"]) };
    const condition = { field: "context.it", operator: row.operator as ConditionOperator, value: read(row.value) };
    const scope = { context, metadata: {}, config: {}, results: {} };
    expect(conditionHolds(condition, scope) ? "yes" : "no").toBe(row.holds);
  });
});

test("docs/rules.md states what each timeout action does, before and after an escalation", () => {
  const rows = rowsOf("Timeouts");
  expect(rows.map((row) => `${row["`timeoutAction`"]} ${row["escalated before"]}`)).toEqual(
    ["APPROVE", "REJECT", "ESCALATE"].flatMap((action) => [`${action} no`, `${action} yes`]),
  );
  for (const row of rows) {
    const after = expired(row["`timeoutAction`"] as TimeoutAction, row["escalated before"] === "yes");
    const left = after.expiresAt.getTime() - past.getTime() === after.timeoutMs ? "`timeoutMs`" : "none";
    expect([after.status, after.decisionSource ?? "", left]).toEqual([
      row["status after"],
      row["`decisionSource`"],
      row["time left after"],
    ]);
  }
});

test.each(rowsOf("Reminders"))("docs/rules.md states when people are reminded: %j", (row) => {
  const [timeoutMs, before] = [Number(row["`timeoutMs`"]), row["`remindBeforeMs`"]];
  const timed = { timeoutMs, remindBeforeMs: before === "" ? null : Number(before), expiresAt: at(timeoutMs) };
  const reminders: string[] = [];
  for (let next = nextReminder(timed, at(0)); next !== null; next = nextReminder(timed, next)) {
    reminders.push(`${(timed.expiresAt.getTime() - next.getTime()) / 60_000} ${reminderKind(timed, next)}`);
  }
  expect(reminders.join(", ")).toBe(row["reminders, in minutes before the deadline"]);
});

test.each(["docs/rules.md", "docs/notifications.md"])(
  "%s states how long before the deadline a request is urgent",
  (path) => {
    const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    expect(text).toMatch(new RegExp(`${URGENT_MINUTES} minutes before the (deadline \\(URGENT\\)|request expires)`));
  },
);
