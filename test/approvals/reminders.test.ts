import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, expire, extend, remind } from "../../src/approvals/lifecycle.ts";
import { nextReminder } from "../../src/approvals/reminders.ts";
import { NOBODY_KNOWN } from "../../src/model/known-people.ts";
import { admin, at, requestOf, viewerOf } from "../support/approvals/requests.ts";

const MIN = 60_000;
const HOUR = 60 * MIN;

describe("the reminders of a request", () => {
  it.each([
    ["an hour by default: once, 15 minutes before the expiry", { timeoutMs: HOUR }, [45 * MIN]],
    ["half an hour by default: the same", { timeoutMs: 30 * MIN }, [15 * MIN]],
    ["less than half an hour: none", { timeoutMs: 29 * MIN }, []],
    [
      "a day, and two hours before: then, and in the last quarter",
      { timeoutMs: 24 * HOUR, remindBeforeMs: 2 * HOUR },
      [22 * HOUR, 24 * HOUR - 15 * MIN],
    ],
    [
      "an hour, and ten minutes before: then, which is in the last quarter",
      { timeoutMs: HOUR, remindBeforeMs: 10 * MIN },
      [50 * MIN],
    ],
    ["ten minutes, and one before: then", { timeoutMs: 10 * MIN, remindBeforeMs: MIN }, [9 * MIN]],
  ])("come on time with a timeout of %s", (_what, policy, expected) => {
    const times: number[] = [];
    const request = requestOf(policy);
    for (let next = request.remindAt; next !== null; next = nextReminder(request, next)) {
      times.push(next.getTime() - request.createdAt.getTime());
    }
    expect(times).toEqual(expected);
  });

  it("are at most two and come before the expiry, whatever its durations are", () => {
    const duration = fc.integer({ min: 1, max: 10 * 365 * 24 * HOUR });
    fc.assert(
      fc.property(duration, fc.option(duration), (timeoutMs, remindBeforeMs) => {
        // A request of an earlier version may have a reminder that is longer than its timeout.
        const request = { ...requestOf({ timeoutMs }), remindBeforeMs };
        const times: Date[] = [];
        for (let next = nextReminder(request, request.createdAt); next !== null; next = nextReminder(request, next))
          times.push(next);
        expect(times.length).toBeLessThanOrEqual(2);
        for (const time of times) {
          expect(time > request.createdAt && time < request.expiresAt).toBe(true);
        }
      }),
    );
  });
});

describe("a reminder", () => {
  it("is urgent in the last 15 minutes, by the time it is sent rather than the time it was due", () => {
    const request = requestOf({ timeoutMs: 24 * HOUR, remindBeforeMs: 2 * HOUR });
    expect(remind(request, at(22 * HOUR))).toMatchObject({
      reminder: "REMINDER",
      request: { remindAt: at(24 * HOUR - 15 * MIN) },
    });
    expect(remind(request, at(24 * HOUR - 10 * MIN))).toMatchObject({
      reminder: "URGENT",
      request: { remindAt: null },
    });
  });

  it("does not change the version, and is not due early, after the expiry, or twice", () => {
    const request = requestOf({ timeoutMs: HOUR });
    const { request: after } = remind(request, at(45 * MIN));
    expect(after.version).toBe(request.version);
    expect(remind(after, at(45 * MIN)).reminder).toBeUndefined();
    expect(remind(request, at(45 * MIN - 1)).reminder).toBeUndefined();
    expect(remind(request, at(HOUR)).reminder).toBeUndefined();
  });

  it("follows an extension, and ends with the request", () => {
    const request = requestOf({ timeoutMs: HOUR, timeoutAction: "ESCALATE", escalateToUsers: ["esther"] });
    expect(extend(request, admin, at(3 * HOUR), at(0)).request.remindAt).toEqual(at(3 * HOUR - 15 * MIN));
    expect(expire(request, at(HOUR)).request.remindAt).toEqual(at(2 * HOUR - 15 * MIN));
    const command = { decision: "APPROVE", comment: null, reason: null, contextDigest: null, issues: [] } as const;
    expect(decide(request, { ...command, viewer: viewerOf("bob") }, at(MIN), NOBODY_KNOWN).request.remindAt).toBeNull();
  });
});
