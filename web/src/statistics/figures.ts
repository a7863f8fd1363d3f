/** Converts the server's statistics to rows, which charts and tables share. Pure. */

import type { FiguresFragment, StatisticsInterval, StatisticsPageQuery } from "../generated/graphql.ts";
import { duration, type Locale } from "../shared/time.ts";

/** The outcomes of requests, and open ones, in the order of the bars, with their labels. */
export const ENDINGS = {
  approved: "Approved",
  rejected: "Rejected",
  timedOut: "Timed out",
  cancelled: "Cancelled",
  open: "Open",
} as const;
export type Ending = keyof typeof ENDINGS;

/** One bar or point of a chart and one row of its table. Times are in milliseconds; null if nobody decided. */
export interface Row extends Record<Ending, number> {
  /** A day, a workflow or a person. */
  label: string;
  total: number;
  median: number | null;
  p95: number | null;
}

export const rowOf = (label: string, figures: FiguresFragment): Row => ({
  label,
  total: figures.total,
  approved: figures.approved,
  rejected: figures.rejected,
  timedOut: figures.timedOut,
  cancelled: figures.cancelled,
  open: figures.pending + figures.escalated,
  median: figures.medianDecisionTimeMs ?? null,
  p95: figures.p95DecisionTimeMs ?? null,
});

export function overTime(
  series: StatisticsPageQuery["approvalStatisticsOverTime"],
  interval: StatisticsInterval,
  locale?: Locale,
  timeZone?: string,
): Row[] {
  const years = new Set(series.map(({ start }) => new Date(start).getFullYear()));
  const format = new Intl.DateTimeFormat(locale, {
    month: "short",
    ...(interval !== "MONTH" && { day: "numeric" }),
    ...((interval === "MONTH" || years.size > 1) && { year: "numeric" }),
    timeZone,
  });
  return series.map(({ start, statistics }) => rowOf(format.format(new Date(start)), statistics));
}

export const byWorkflow = (groups: StatisticsPageQuery["approvalStatisticsByWorkflow"]): Row[] =>
  groups.map(({ workflowId, statistics }) => rowOf(workflowId, statistics));

export const byApprover = (groups: StatisticsPageQuery["approvalStatisticsByApprover"]): Row[] =>
  groups.map(({ approver, total, approved, rejected, medianDecisionTimeMs, p95DecisionTimeMs }) => ({
    label: approver,
    total,
    approved,
    rejected,
    timedOut: 0,
    cancelled: 0,
    open: 0,
    median: medianDecisionTimeMs,
    p95: p95DecisionTimeMs,
  }));

const DAY = 86_400_000;

/** The interval for a period, so that the chart has room for its bars. */
export function intervalFor(from: string | null, to: string | null, now: Date): StatisticsInterval {
  if (from === null) return "MONTH";
  const days = ((to === null ? now : new Date(to)).getTime() - new Date(from).getTime()) / DAY;
  if (days <= 35) return "DAY";
  return days <= 190 ? "WEEK" : "MONTH";
}

export const INTERVAL_WORDS: Readonly<Record<StatisticsInterval, string>> = {
  DAY: "Day",
  WEEK: "Week of",
  MONTH: "Month",
};

/** A duration in short form: "2h 5m". Two units if the first is less than 10. */
export function timeTaken(ms: number | null, locale?: Locale): string {
  if (ms === null) return "–";
  if (ms === 0) return "0";
  const units = [DAY, 3_600_000, 60_000, 1_000];
  const at = units.findIndex((unit) => ms >= unit);
  const unit = units[at];
  const next = units[at + 1];
  if (unit === undefined || next === undefined || ms >= unit * 10) return duration(ms, locale, "narrow");
  const rest = ms % unit;
  const first = duration(ms, locale, "narrow");
  return rest < next ? first : `${first} ${duration(rest, locale, "narrow")}`;
}

const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200].map(
  (seconds) => seconds * 1_000,
);

/** Round times for an axis up to a maximum, in at most five steps. */
export function timeTicks(most: number): number[] {
  const days = [1, 2, 5, 7, 14, 30, 90, 180, 365].map((n) => n * DAY);
  const step = [...TICKS, ...days].find((step) => most / step <= 5) ?? Math.ceil(most / 5 / DAY) * DAY;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, n) => n * step);
}

/** The text alternative of a chart. */
export function summaryOf(rows: readonly Row[], endings: readonly Ending[]): string {
  const counted = endings.map((ending) => {
    const sum = rows.reduce((sum, row) => sum + row[ending], 0);
    return `${sum.toLocaleString("en")} ${ENDINGS[ending].toLowerCase()}`;
  });
  return `${counted.join(", ")}. See the table for all figures.`;
}
