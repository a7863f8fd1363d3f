import { describe, expect, it } from "vitest";
import type { FiguresFragment } from "../../web/src/generated/graphql.ts";
import {
  byApprover,
  intervalFor,
  overTime,
  rowOf,
  summaryOf,
  timeTaken,
  timeTicks,
} from "../../web/src/statistics/figures.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NONE: FiguresFragment = {
  total: 0,
  pending: 0,
  escalated: 0,
  approved: 0,
  rejected: 0,
  timedOut: 0,
  cancelled: 0,
  autoApproved: 0,
  medianDecisionTimeMs: null,
  p95DecisionTimeMs: null,
};
const figures = (more: object = {}): FiguresFragment => ({ ...NONE, ...more });

describe("a row of figures in the statistics", () => {
  it("counts every request once", () => {
    const all = figures({ total: 21, pending: 1, escalated: 2, approved: 3, rejected: 4, timedOut: 5, cancelled: 6 });
    const row = rowOf("release", all);
    expect(row).toMatchObject({ label: "release", open: 3, cancelled: 6, median: null });
    expect(row.approved + row.rejected + row.timedOut + row.cancelled + row.open).toBe(21);
  });

  it("is named after its day, its month, or a day with its year if there are several years", () => {
    const series = (...starts: string[]) => starts.map((start) => ({ start, end: start, statistics: figures() }));
    const labels = (interval: "DAY" | "WEEK" | "MONTH", ...starts: string[]) =>
      overTime(series(...starts), interval, "en-GB", "UTC").map(({ label }) => label);
    expect(labels("DAY", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")).toEqual(["21 Nov", "22 Nov"]);
    expect(labels("WEEK", "2025-11-17T00:00:00Z", "2026-11-16T00:00:00Z")).toEqual(["17 Nov 2025", "16 Nov 2026"]);
    expect(labels("MONTH", "2026-11-01T00:00:00Z")).toEqual(["Nov 2026"]);
  });

  it("of a person has the person's decisions", () => {
    const times = { medianDecisionTimeMs: 5, p95DecisionTimeMs: 9 };
    expect(byApprover([{ approver: "bob", total: 3, approved: 2, rejected: 1, ...times }])).toEqual([
      { label: "bob", total: 3, approved: 2, rejected: 1, timedOut: 0, cancelled: 0, open: 0, median: 5, p95: 9 },
    ]);
  });

  it("has a text alternative", () => {
    const rows = [figures({ approved: 1_000 }), figures({ approved: 234, rejected: 1 })].map((of) => rowOf("", of));
    expect(summaryOf(rows, ["approved", "rejected"])).toBe(
      "1,234 approved, 1 rejected. See the table for all figures.",
    );
  });
});

describe("time in the statistics", () => {
  it("to decide is shown in up to two units", () => {
    const times = [
      null,
      0,
      300,
      45 * SECOND,
      65 * SECOND,
      5 * HOUR,
      5 * HOUR + 6 * MINUTE,
      12 * HOUR + MINUTE,
      40 * DAY,
    ];
    expect(times.map((ms) => timeTaken(ms, "en"))).toEqual([
      "–",
      "0",
      "1s",
      "45s",
      "1m 5s",
      "5h",
      "5h 6m",
      "12h",
      "40d",
    ]);
  });

  it("has round steps on an axis", () => {
    expect(timeTicks(86 * MINUTE)).toEqual([0, 30, 60, 90].map((n) => n * MINUTE));
    expect(timeTicks(0)).toEqual([0, SECOND]);
    for (const most of [1, 999, 3 * MINUTE, 7 * HOUR, 3 * DAY, 400 * DAY, 9_000 * DAY]) {
      const ticks = timeTicks(most);
      expect([most, ticks.length <= 6, (ticks.at(-1) as number) >= most]).toEqual([most, true, true]);
    }
  });

  it("is divided into intervals that fit into a chart", () => {
    const now = new Date("2026-11-22T12:00:00Z");
    const interval = (days: number) => intervalFor(new Date(now.getTime() - days * DAY).toISOString(), null, now);
    expect([7, 30, 90, 335].map(interval)).toEqual(["DAY", "DAY", "WEEK", "MONTH"]);
    expect(intervalFor(null, null, now)).toBe("MONTH");
    expect(intervalFor("2020-01-01T00:00:00Z", "2020-01-08T00:00:00Z", now)).toBe("DAY");
  });
});
