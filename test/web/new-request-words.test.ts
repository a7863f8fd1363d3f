/** The form for new requests, without a browser: the policy in sentences, the validation, and the input. */

import { describe, expect, it } from "vitest";
import { MAX_DURATION_MS } from "../../src/model/durations.ts";
import { problemsOf } from "../../web/src/new-request/checks.ts";
import { type ContextDraft, contextOf, plainValue, writtenAs } from "../../web/src/new-request/context.ts";
import {
  type Author,
  type Draft,
  decidersOf,
  emptyDraft,
  faultsOf,
  fieldOf,
  toInput,
} from "../../web/src/new-request/draft.ts";
import { policyOf } from "../../web/src/new-request/policy-words.ts";
import { dayAndTime, proposedEnd, spanWords, toField, untilOf } from "../../web/src/new-request/until.ts";

// A Monday.
const NOW = new Date("2026-11-23T09:00:00Z");
const ALICE: Author = { userId: "alice", mayWeaken: false };
const ORCHESTRATOR: Author = { userId: "alice", mayWeaken: true };
const PEOPLE = ["ann", "bob", "cara"];

const draft = (change: Partial<Draft> = {}): Draft => ({
  ...emptyDraft("run-1"),
  title: "Deploy?",
  people: PEOPLE,
  ...change,
});
const until = (at: string): Partial<Draft> => ({
  until: { by: "instant", span: { amount: 1, unit: "days" }, at: toField(new Date(at)) },
});
const policy = (change: Partial<Draft> = {}, author = ALICE) => policyOf(draft(change), author, NOW, "en-GB", "UTC");
const json = (text: string): ContextDraft => ({ as: "json", rows: [], json: text });
const rows = (...pairs: [string, string][]): ContextDraft => ({
  as: "rows",
  rows: pairs.map(([name, value], id) => ({ id, name, value })),
  json: "",
});

describe("the policy of a new request in sentences", () => {
  it("states who must approve, until when, and what happens at the expiry", () => {
    expect(policy({ minimum: 2, ...until("2026-11-27T17:00Z") }).main).toBe(
      "2 of these 3 people must approve before Friday 17:00, otherwise it is rejected.",
    );
  });

  it.each<[string, Partial<Draft>]>([
    ["ann must approve within 1 day, otherwise it is rejected.", { people: ["ann"] }],
    ["ann or bob must approve within 1 day, otherwise it is rejected.", { people: ["ann", "bob"] }],
    ["ann and bob must both approve within 1 day, otherwise it is rejected.", { people: ["ann", "bob"], minimum: 2 }],
    ["One of these 3 people must approve within 1 day, otherwise it is rejected.", {}],
    ["All 3 people must approve within 1 day, otherwise it is rejected.", { needsAll: true }],
    [
      "One person with the role ops must approve within 1 day, otherwise it is rejected.",
      { people: [], roles: ["ops"] },
    ],
    [
      "2 people with the role ops or dev must approve within 1 day, otherwise it is rejected.",
      { people: [], roles: ["ops", "dev"], minimum: 2 },
    ],
    [
      "ann or one person with the role ops must approve within 1 day, otherwise it is rejected.",
      { people: ["ann"], roles: ["ops"] },
    ],
    [
      "2 out of ann, bob, and people with the role ops must approve within 1 day, otherwise it is rejected.",
      { people: ["ann", "bob"], roles: ["ops"], minimum: 2 },
    ],
    [
      "One of these 3 people must approve within 1 day, otherwise dora may also decide and there is 1 day more; " +
        "after that it is rejected.",
      { timeoutAction: "ESCALATE", escalateTo: ["dora"] },
    ],
    ["Enter who decides to see what will happen.", { people: [] }],
  ])("is stated as: %s", (main, change) => expect(policy(change).main).toBe(main));

  it("does not count the requester", () => {
    const { main, details } = policy({ people: ["alice", "bob"] });
    expect(main).toBe("bob must approve within 1 day, otherwise it is rejected.");
    expect(details).toContain("You are not counted: nobody may decide their own request.");
  });

  it("counts the requester if self-approval is allowed", () => {
    const { main, details } = policy({ people: ["alice", "bob"], allowSelfApproval: true }, ORCHESTRATOR);
    expect(main).toContain("alice or bob must approve");
    expect(details).toContain("The requester may also decide.");
  });

  it("shows who is reminded when, and who is notified how", () => {
    const { details } = policy({
      reminder: { amount: 2, unit: "hours" },
      channels: ["IN_APP", "EMAIL"],
      notifiedUsers: ["eve"],
    });
    expect(details).toEqual([
      "If you ask now, that is before tomorrow 9:00.",
      "One rejection is enough to reject it.",
      "People who have not decided are reminded 2 hours and 15 minutes before it expires.",
      "They are notified in the app and by email.",
      "eve is also notified, but cannot decide.",
    ]);
  });

  it("shows no reminder that the server does not send", () => {
    const short = { until: { by: "span", span: { amount: 20, unit: "minutes" }, at: "" } } as const;
    expect(policy(short).details.join(" ")).not.toContain("reminded");
  });
});

describe("the expiry of a new request", () => {
  it.each([
    ["2026-11-23T17:00Z", "today 17:00"],
    ["2026-11-24T09:30Z", "tomorrow 9:30"],
    ["2026-11-27T17:00Z", "Friday 17:00"],
    ["2026-12-04T17:00Z", "Fri, 4 Dec 2026, 17:00"],
  ])("%s is %s", (at, words) => expect(dayAndTime(new Date(at), NOW, "en-GB", "UTC")).toBe(words));

  it("is as far in the future as chosen", () => {
    expect(untilOf({ by: "span", span: { amount: 1.5, unit: "hours" }, at: "" }, NOW).ms).toBe(5_400_000);
    const at = toField(new Date("2026-11-24T09:00Z"));
    expect(untilOf({ by: "instant", span: { amount: 1, unit: "days" }, at }, NOW).ms).toBe(86_400_000);
  });

  it.each([
    ["2026-11-23T08:00Z", "That time has passed. Choose a later time."],
    ["2126-11-23T08:00Z", "That is more than 10 years away."],
  ])("at %s is refused", (at, fault) => expect(problemsOf(draft(until(at)), ALICE, NOW).until).toBe(fault));

  it("is proposed on a working day", () => {
    expect(proposedEnd(new Date(2026, 10, 27, 12))).toBe("2026-11-30T17:00");
    expect(proposedEnd(new Date(2026, 10, 23, 12))).toBe("2026-11-24T17:00");
  });

  it.each([
    [90 * 60_000, "1 hour 30 minutes"],
    [36 * 3_600_000, "1 day 12 hours"],
    [1, "1 minute"],
    [MAX_DURATION_MS, "3,652 days 12 hours"],
  ])("in %d ms is %s", (ms, words) => expect(spanWords(ms, "en")).toBe(words));
});

describe("the context of a new request", () => {
  it("has numbers and booleans of its rows converted, and everything else as text", () => {
    const context = contextOf(
      rows(["version", "2.4.1"], ["build", "42"], ["tested", "true"], ["zip", "01234"], ["", ""]),
    );
    expect(context).toEqual({ value: { version: "2.4.1", build: 42, tested: true, zip: "01234" } });
  });

  it.each(["1e3", "1.0", "+1", "0x10", "Infinity", "NaN", "12345678901234567890", " ", "null"])(
    "has %j as text",
    (text) => expect(plainValue(text)).toBe(text),
  );

  it("accepts names that are special in JavaScript", () => {
    const context = contextOf(rows(["__proto__", "x"]));
    expect("value" in context && Object.keys(context.value)).toEqual(["__proto__"]);
  });

  it.each<[ContextDraft, string]>([
    [rows(["", "x"]), "Each value needs a name."],
    [rows(["a", "1"], ["a ", "2"]), "The name a is used twice."],
    [json("[1]"), "It must be an object: { … }."],
    [json("null"), "It must be an object: { … }."],
    [json('{"id": 12345678901234567890}'), "The number 12345678901234567890 cannot be stored exactly."],
    [json('{"id": 1e999}'), "The number 1e999 cannot be stored exactly."],
    [json('{\n  "a": 1,\n}'), "This is not valid JSON"],
    [json("{"), "This is not valid JSON"],
    [json(`{"a":"${"x".repeat(1_050_000)}"}`), "It is larger than 1 MiB."],
  ])("has its fault explained: %#", (context, fault) => {
    expect(contextOf(context)).toEqual({ fault: expect.stringContaining(fault) });
  });

  it("has the place reported at which its JSON is not valid", () => {
    expect(contextOf(json('{\n  "a": 1\n  "b": 2\n}'))).toEqual({
      fault: expect.stringMatching(/in line 3, column \d+\.$/),
    });
  });

  it.each(["1.50", "1500e-1", "0.1", "-0", "9007199254740991", "1E2", "0.000001"])(
    "accepts the number %s",
    (number) => {
      expect(contextOf(json(`{"n":${number}}`))).toEqual({ value: { n: Number(number) } });
    },
  );

  it("is the same in the other format or is not converted", () => {
    const context = rows(["version", "2.4.1"], ["build", "42"]);
    const there = writtenAs(context, "json");
    expect(there && contextOf(there)).toEqual(contextOf(context));
    const back = there && writtenAs(there, "rows");
    expect(back && contextOf(back)).toEqual(contextOf(context));
    for (const deep of ['{"a":{"b":1}}', '{"a":[]}', '{"a":"42"}', '{"a":null}', '{" a":"x"}', "{"]) {
      expect(writtenAs(json(deep), "rows")).toBeNull();
    }
  });
});

describe("the draft of a new request", () => {
  it("without a title and people has faults", () => {
    expect(problemsOf(emptyDraft("run-1"), ALICE, NOW)).toEqual({
      title: "Enter a title.",
      people: "Enter at least one person or role who decides.",
    });
  });

  it.each<[keyof Draft, Partial<Draft>]>([
    ["title", { title: "x".repeat(301) }],
    ["people", { people: ["alice"] }],
    ["minimum", { minimum: 4 }],
    ["minimum", { minimum: "" }],
    ["minimum", { minimum: 2, people: ["alice", "bob"] }],
    ["escalateTo", { timeoutAction: "ESCALATE" }],
    ["reminder", { reminder: { amount: 1, unit: "days" } }],
    ["reminder", { reminder: { amount: "", unit: "days" } }],
    ["until", { until: { by: "span", span: { amount: "", unit: "days" }, at: "" } }],
    ["callbackUrl", { callbackUrl: "ftp://example.com" }],
    ["workflowId", { workflowId: " " }],
    ["executionId", { executionId: "x".repeat(201) }],
  ])("is wrong at %s: %j", (field, change) => {
    expect(Object.keys(problemsOf(draft(change), ALICE, NOW))).toEqual([field]);
  });

  it("may need more approvals than people are named, if a role decides", () => {
    expect(problemsOf(draft({ people: [], roles: ["ops"], minimum: 5 }), ALICE, NOW)).toEqual({});
  });

  it("becomes an input with approvers and other notified people", () => {
    const made = toInput(
      draft({ notifiedUsers: ["eve"], notifiedRoles: ["support"], minimum: 2, ...until("2026-11-24T09:00Z") }),
      ALICE,
      NOW,
    );
    expect(made).toEqual({
      workflowId: "by-hand",
      jobId: "approval",
      executionId: "run-1",
      title: "Deploy?",
      allowedApprovers: PEOPLE,
      notifyUsers: ["eve"],
      notifyRoles: ["support"],
      requireMinApprovers: 2,
      notifyChannels: ["IN_APP"],
      timeoutMs: 86_400_000,
      timeoutAction: "REJECT",
    });
  });

  it("allows no decision by people who should only be notified", () => {
    const made = toInput(
      draft({ roles: ["ops"], notifiedUsers: ["eve"], notifiedRoles: ["support"], needsAll: true }),
      ALICE,
      NOW,
    );
    expect(made).toMatchObject({ notifyUsers: PEOPLE, notifyRoles: ["ops"], requireMinApprovers: 1 });
    expect(made).not.toHaveProperty("allowedApprovers");
    expect(made).not.toHaveProperty("requireAllApprovers");
  });

  it("weakens the gate only if its author may do this", () => {
    const weak = draft({ requestedBy: "zoe", allowSelfApproval: true, people: ["zoe", "bob"] });
    expect(toInput(weak, ORCHESTRATOR, NOW)).toMatchObject({ requestedBy: "zoe", allowSelfApproval: true });
    const made = toInput(weak, ALICE, NOW);
    expect(made).not.toHaveProperty("requestedBy");
    expect(made).not.toHaveProperty("allowSelfApproval");
    expect(decidersOf({ ...weak, allowSelfApproval: false }, ORCHESTRATOR)).toEqual(["bob"]);
  });
});

describe("a fault of a new request that the server found", () => {
  it.each([
    ["title", "title"],
    ["context.a.b", "context"],
    ["allowedApprovers.2", "people"],
    ["notifyUsers", "people"],
    ["notifyUsers.0", "notifiedUsers"],
    ["notifyRoles.0", "notifiedRoles"],
    ["requireAllApprovers", "minimum"],
    ["timeoutMs", "until"],
    ["remindBeforeMs", "reminder"],
    ["escalateToUsers.0", "escalateTo"],
    ["constructor", null],
    ["metadata", null],
  ])("at %s is shown at %s", (path, field) => expect(fieldOf(path, draft())).toBe(field));

  it("is shown at the people if roles decide as well", () => {
    expect(fieldOf("notifyUsers.0", draft({ roles: ["ops"] }))).toBe("people");
    expect(fieldOf("notifyRoles.0", draft({ roles: ["ops"] }))).toBe("roles");
  });

  it("is a sentence, and is separate if it belongs to no field", () => {
    const issues = [
      { path: "title", message: "must not be empty" },
      { path: "allowedApprovers.1", message: "must not be empty" },
      { path: "metadata", message: "must be an object" },
    ];
    expect(faultsOf(issues, draft())).toEqual({
      fields: { title: "Must not be empty.", people: "Entry 2 must not be empty." },
      others: ["metadata: must be an object."],
    });
  });
});
