/** The charts. They are loaded on demand. Each figure has a table with the same numbers. */

import "@mantine/charts/styles.layer.css";
import { BarChart, LineChart } from "@mantine/charts";
import { ENDINGS, type Ending, type Row, timeTaken, timeTicks } from "./figures.ts";

const COLORS: Readonly<Record<Ending, string>> = {
  approved: "var(--chart-approved)",
  rejected: "var(--chart-rejected)",
  timedOut: "var(--chart-timed-out)",
  cancelled: "var(--chart-cancelled)",
  open: "var(--chart-open)",
};

const seriesOf = (endings: readonly Ending[]) =>
  endings.map((name) => ({ name, label: ENDINGS[name], color: COLORS[name] }));
// The label of a chart describes it better than its parts.
const QUIET = { accessibilityLayer: false };
// In the order of the bars.
const LEGEND = { verticalAlign: "bottom", itemSorter: null } as const;
const HEIGHT = 280;
const BAR_HEIGHT = 36;

/** Bars side by side, over time. */
export function EndingsOverTime({ rows, endings }: { rows: Row[]; endings: readonly Ending[] }) {
  return (
    <BarChart
      h={HEIGHT}
      data={rows}
      dataKey="label"
      type="stacked"
      series={seriesOf(endings)}
      withLegend
      legendProps={LEGEND}
      maxBarWidth={40}
      yAxisProps={{ allowDecimals: false, width: 40 }}
      xAxisProps={{ minTickGap: 12 }}
      barProps={{ isAnimationActive: false }}
      barChartProps={QUIET}
    />
  );
}

/** Bars below each other, by name. */
export function EndingsByName({ rows, endings }: { rows: Row[]; endings: readonly Ending[] }) {
  return (
    <BarChart
      h={rows.length * BAR_HEIGHT + 80}
      data={rows}
      dataKey="label"
      type="stacked"
      orientation="vertical"
      series={seriesOf(endings)}
      withLegend
      legendProps={LEGEND}
      gridAxis="x"
      maxBarWidth={22}
      xAxisProps={{ allowDecimals: false }}
      yAxisProps={{ width: 130, interval: 0, tickFormatter: shortened }}
      barProps={{ isAnimationActive: false }}
      barChartProps={QUIET}
    />
  );
}

export function TimesOverTime({ rows }: { rows: Row[] }) {
  const ticks = timeTicks(Math.max(...rows.map(({ p95 }) => p95 ?? 0)));
  return (
    <LineChart
      h={HEIGHT}
      data={rows}
      dataKey="label"
      series={[
        { name: "median", label: "Median", color: "var(--chart-open)" },
        { name: "p95", label: "95th percentile", color: "var(--chart-timed-out)" },
      ]}
      curveType="linear"
      connectNulls
      withLegend
      legendProps={LEGEND}
      valueFormatter={(ms) => timeTaken(ms)}
      yAxisProps={{ ticks, domain: [0, ticks.at(-1) as number], width: 72, interval: 0 }}
      xAxisProps={{ minTickGap: 12 }}
      lineProps={{ isAnimationActive: false }}
      lineChartProps={QUIET}
    />
  );
}

const MAX_LETTERS = 18;
const shortened = (name: string): string => (name.length > MAX_LETTERS ? `${name.slice(0, MAX_LETTERS - 1)}…` : name);
