/** The list, the filters and the texts of the inbox, without a browser. */

import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { DecidedRequest, DecisionAnswer, DecisionSubject } from "../../web/src/decision/decision-model.ts";
import {
  nextSentence,
  nextSentenceOfMany,
  recordedSentence,
  refusalSentence,
} from "../../web/src/decision/decision-words.ts";
import { choicesOf, inboxFilters, matching, NO_FILTERS } from "../../web/src/inbox/filters.ts";
import { type Change, InboxList, type Row } from "../../web/src/inbox/inbox-list.ts";
import { departure, isLowRisk, leadOf } from "../../web/src/inbox/inbox-words.ts";
import { ago, countdown, dateTime, duration, urgencyOf } from "../../web/src/shared/time.ts";

const NOON = new Date("2026-03-10T12:00:00Z");
const inMs = (ms: number) => new Date(NOON.getTime() + ms).toISOString();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const rowOf = (id: string, more: Partial<Row> = {}): Row => ({
  id,
  version: 1,
  title: `Request ${id}`,
  workflowId: "release",
  requestedBy: "ann",
  createdBy: "ann",
  allowSelfApproval: false,
  expiresAt: inMs(HOUR),
  createdAt: inMs(-HOUR),
  timeoutAction: "REJECT",
  status: "PENDING",
  approvalsRequired: 1,
  approvalsReceived: 0,
  approvers: [],
  contextDigest: "00",
  canApprove: true,
  risk: null,
  ...more,
});
const ids = (list: InboxList) => list.sorted().map(({ id }) => id);

describe("the list of the inbox", () => {
  it("has the earliest expiry first", () => {
    const list = new InboxList();
    list.add([rowOf("late", { expiresAt: inMs(9 * HOUR) }), rowOf("soon", { expiresAt: inMs(MINUTE) })]);
    list.apply({ change: "ADDED", request: rowOf("between") });
    expect(ids(list)).toEqual(["soon", "between", "late"]);
  });

  it("retains its rows while it is read again, and then removes rows that the read did not find", () => {
    const list = new InboxList();
    list.add([rowOf("a"), rowOf("b")]);
    list.start();
    expect(ids(list)).toEqual(["a", "b"]);
    list.add([rowOf("b")]);
    list.apply({ change: "ADDED", request: rowOf("c") });
    list.finish();
    expect(ids(list)).toEqual(["b", "c"]);
  });

  it("does not add a row that left while its page was read", () => {
    const list = new InboxList();
    list.start();
    list.apply({ change: "REMOVED", request: rowOf("a", { version: 2 }) });
    list.add([rowOf("a", { version: 1 })]);
    list.finish();
    expect(ids(list)).toEqual([]);
  });

  it("ends with the newest state of each request, whatever the order of pages and events", () => {
    // Several states of each request. Only in the last one it may have left the inbox.
    const histories = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { maxLength: 6 });
    fc.assert(
      fc.property(histories, fc.infiniteStream(fc.nat()), (requests, chance) => {
        const random = () => chance.next().value as number;
        const expected: string[] = [];
        const steps: ((list: InboxList) => void)[] = [];
        requests.forEach(([versions, leaves], n) => {
          const id = `r${n}`;
          const states = Array.from({ length: versions }, (_, i) => rowOf(id, { version: i + 1 }));
          const last = leaves ? versions + 1 : versions;
          if (!leaves) expected.push(id);
          const news: Change[] = states.map((request) => ({ change: "UPDATED", request }));
          if (leaves) news.push({ change: "REMOVED", request: rowOf(id, { version: last }) });
          steps.push(...news.map((change) => (list: InboxList) => void list.apply(change)));
          const read = states[random() % states.length] as Row;
          steps.push((list) => list.add([read]));
        });
        const list = new InboxList();
        list.start();
        while (steps.length > 0) (steps.splice(random() % steps.length, 1)[0] as (list: InboxList) => void)(list);
        list.finish();
        expect(ids(list).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });
});

describe("the filters of the inbox", () => {
  const rows = [
    rowOf("1", { title: "Deploy the shop", expiresAt: inMs(5 * MINUTE) }),
    rowOf("2", { title: "Deploy the gate", workflowId: "infra", expiresAt: inMs(30 * MINUTE) }),
    rowOf("3", { title: "Refund", requestedBy: "zoe", expiresAt: inMs(2 * HOUR) }),
  ];
  const found = (filters: object) => matching(rows, { ...NO_FILTERS, ...filters }, NOON).map(({ id }) => id);

  test.each([
    [{ search: "DEPLOY gate" }, ["2"]],
    [{ search: "zoe" }, ["3"]],
    [{ workflow: "infra" }, ["2"]],
    [{ requester: "ann", search: "shop" }, ["1"]],
    [{ urgency: "urgent" }, ["1"]],
    [{ urgency: "soon" }, ["1", "2"]],
    [{}, ["1", "2", "3"]],
  ])("%j finds %j", (filters, expected) => expect(found(filters)).toEqual(expected));

  it("are written to the address and read from it", () => {
    fc.assert(
      fc.property(fc.record({ search: fc.string(), workflow: fc.string(), requester: fc.string() }), (texts) => {
        const filters = { ...texts, urgency: "soon" as const };
        const address = inboxFilters.write(filters, new URLSearchParams("other=1"));
        expect(address.get("other")).toBe("1");
        expect(inboxFilters.read(new URLSearchParams(address.toString()))).toEqual(filters);
      }),
    );
  });

  it("ignore an unknown urgency", () => {
    expect(inboxFilters.read(new URLSearchParams("urgency=toString"))).toEqual(NO_FILTERS);
  });

  it("offer the existing values, the most frequent first", () => {
    expect(choicesOf(rows, "requestedBy")).toEqual([
      { value: "ann", n: 2 },
      { value: "zoe", n: 1 },
    ]);
  });
});

describe("the texts of the inbox", () => {
  test.each([
    [{ status: "APPROVED", decidedBy: "carol", decisionSource: "APPROVER" }, "carol approved it"],
    [{ status: "APPROVED", decidedBy: null, decisionSource: "TIMEOUT" }, "it was approved automatically"],
    [{ status: "REJECTED", decidedBy: "carol", decisionSource: "APPROVER" }, "carol rejected it"],
    [{ status: "CANCELLED", decidedBy: "ann", decisionSource: "CANCELLATION" }, "ann cancelled it"],
    [{ status: "TIMEOUT", decidedBy: null, decisionSource: "TIMEOUT" }, "it expired"],
    [{ status: "PENDING", approvers: ["bob"] }, "you approved it elsewhere"],
    [{ status: "PENDING" }, "you may no longer decide it"],
  ] as const)("explain that a row left as %j: %s", (left, words) => {
    expect(departure({ approvers: [], ...left }, "bob")).toBe(words);
  });

  it("count waiting, visible and loaded requests", () => {
    expect(leadOf(1, 1, true, 1)).toBe("1 request waits for your decision, earliest expiry first.");
    expect(leadOf(9, 3, true, 9)).toBe("3 of 9 requests wait for your decision, earliest expiry first.");
    expect(leadOf(200, 200, false, 7_500)).toBe("200 of 7,500 loaded…");
  });

  it("call a request low-risk unless it states a risk or was escalated", () => {
    expect(isLowRisk(rowOf("1"))).toBe(true);
    expect(isLowRisk(rowOf("1", { risk: "Low" }))).toBe(true);
    expect(isLowRisk(rowOf("1", { risk: "medium" }))).toBe(false);
    expect(isLowRisk(rowOf("1", { status: "ESCALATED" }))).toBe(false);
  });
});

describe("the texts of the decision dialog", () => {
  const subject = (more: Partial<DecisionSubject> = {}): DecisionSubject => ({ ...rowOf("1"), ...more });
  test.each([
    [1, [], "Your approval is enough: the workflow continues."],
    [2, ["ann"], "Yours is the last approval needed: the workflow continues."],
    [2, [], "After yours, one more approval is needed. The workflow continues to wait."],
    [4, ["ann"], "After yours, 2 more approvals are needed. The workflow continues to wait."],
  ])("are, before an approval with %i needed and %j given: %s", (approvalsRequired, approvers, words) => {
    expect(nextSentence(subject({ approvalsRequired, approvers }), "APPROVE", "bob")).toBe(words);
  });

  it("state before a rejection that one is enough", () => {
    expect(nextSentence(subject({ approvalsRequired: 3 }), "REJECT", "bob")).toContain("One rejection is enough");
  });

  it("state before several approvals how many workflows continue", () => {
    const both = [subject(), subject({ id: "2", approvalsRequired: 2 })];
    expect(nextSentenceOfMany(both, "APPROVE", "bob")).toBe(
      "1 request will continue. 1 request still needs others to approve.",
    );
    expect(nextSentenceOfMany([subject()], "APPROVE", "bob")).toContain("the last one they need");
  });

  it("state after an approval whether the workflow continues", () => {
    const request = { status: "PENDING", approvalsRequired: 3, approvers: ["bob"] } as const;
    expect(recordedSentence(request, "APPROVE")).toBe("Your approval is recorded. 2 more approvals are needed.");
    expect(recordedSentence({ ...request, status: "APPROVED" }, "APPROVE")).toBe("Approved. The workflow continues.");
  });

  const refused = (code: string, request: Partial<DecidedRequest> | null = null) =>
    refusalSentence(
      { recorded: false, code, message: "said by the server", request } as Extract<DecisionAnswer, { recorded: false }>,
      "bob",
    );
  const final = { approvalsRequired: 1, approvers: [], decisionSource: "APPROVER" } as const;
  test.each([
    ["ALREADY_DECIDED", { ...final, status: "REJECTED", decidedBy: "carol" }, "carol was faster and has rejected it."],
    [
      "ALREADY_DECIDED",
      { ...final, status: "REJECTED", decidedBy: "bob" },
      "You have already rejected it. Your decision stands.",
    ],
    ["ALREADY_DECIDED", { ...final, status: "CANCELLED", decidedBy: "ann" }, "ann has cancelled it in the meantime."],
    ["ALREADY_DECIDED", { ...final, status: "TIMEOUT" }, "The request has expired."],
    ["ALREADY_DECIDED", { ...final, status: "PENDING" }, "You have already decided it. Your decision stands."],
    ["ALREADY_DECIDED", null, "Already decided."],
    ["EXPIRED", null, "The request has expired."],
    ["VALIDATION", null, "said by the server"],
    ["FAILED", null, "said by the server"],
    [
      "UNAUTHENTICATED",
      null,
      "Your session has ended. Sign in again, for example in another tab, and send your decision again.",
    ],
  ] as const)("are, after %s of %j: %s", (code, request, words) => expect(refused(code, request)).toBe(words));
});

describe("times in the inbox", () => {
  it("are counted down in two units, and at the end in minutes and seconds", () => {
    const left = (ms: number) => countdown(ms, "en");
    expect([50 * HOUR, 48 * HOUR, 3 * HOUR + 5 * MINUTE, 42 * MINUTE, 14 * MINUTE + 5_000, 4_000, 0].map(left)).toEqual(
      ["2d 2h", "2d", "3h 5m", "42m", "14:05", "0:04", "over"],
    );
  });

  it("are formatted in the viewer's language and time zone, with the year if it is not the current one", () => {
    expect(dateTime("2026-03-13T16:00:00Z", NOON, "en-GB", "Europe/Berlin")).toBe("Fri 13 Mar, 17:00");
    expect(dateTime("2026-03-13T16:00:00Z", NOON, "de", "America/New_York")).toBe("Fr., 13. März, 12:00");
    expect(dateTime("2027-01-01T12:00:00Z", NOON, "en-GB", "UTC")).toBe("Fri, 1 Jan 2027, 12:00");
  });

  it("that have passed are relative", () => {
    expect(ago(inMs(-20_000), NOON, "en")).toBe("just now");
    expect(ago(inMs(-5 * MINUTE), NOON, "en")).toBe("5 minutes ago");
    expect(ago(inMs(-26 * HOUR), NOON, "en")).toBe("yesterday");
    expect(duration(90 * MINUTE, "en")).toBe("1 hour");
  });

  it("are urgent under 15 minutes", () => {
    expect([0, 14 * MINUTE, 15 * MINUTE, HOUR].map((ms) => urgencyOf(inMs(ms), NOON))).toEqual([
      "over",
      "urgent",
      "soon",
      "later",
    ]);
  });
});
