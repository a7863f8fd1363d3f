/** A figure that the viewer can switch between chart and table. */

import { Paper, SegmentedControl, Text, Title } from "@mantine/core";
import { type ReactNode, Suspense, useId, useState } from "react";
import { ErrorBoundary } from "../shared/error-boundary.tsx";
import { Loading } from "../shared/states.tsx";
import classes from "./statistics.module.css";

interface Props {
  title: string;
  lead?: string;
  /** The text alternative of the chart. */
  summary: string;
  chart: ReactNode;
  table: ReactNode;
  /** Whether the table takes the full width. */
  wide?: boolean;
}

const VIEWS = [
  { value: "chart", label: "Chart" },
  { value: "table", label: "Table" },
];

export function Figure({ title, lead, summary, chart, table, wide = false }: Props) {
  const id = useId();
  const [view, setView] = useState("chart");
  return (
    <Paper
      component="section"
      className={classes.figure}
      data-wide={(wide && view === "table") || undefined}
      withBorder
      aria-labelledby={id}
    >
      <div className={classes.head}>
        <div>
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          {lead !== undefined && (
            <Text size="sm" c="dimmed">
              {lead}
            </Text>
          )}
        </div>
        <SegmentedControl size="xs" data={VIEWS} value={view} onChange={setView} aria-label={`${title}: shown as`} />
      </div>
      {view === "table" ? (
        table
      ) : (
        <div role="img" aria-label={`${title}: ${summary}`}>
          <ErrorBoundary isPart>
            <Suspense fallback={<Loading what="the chart" />}>{chart}</Suspense>
          </ErrorBoundary>
        </div>
      )}
    </Paper>
  );
}
