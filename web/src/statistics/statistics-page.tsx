/** The statistics: how requests ended, how fast, and who decided. */

import { useEffect, useMemo } from "react";
import { useQuery } from "urql";
import { seesEverything, useViewer } from "../api/viewer.tsx";
import type { StatisticsInterval, StatisticsPageQuery } from "../generated/graphql.ts";
import { useAddress } from "../shared/address.ts";
import { loaded } from "../shared/loaded.tsx";
import { useMinute } from "../shared/now.tsx";
import { Page } from "../shared/page.tsx";
import { addressOfPeriod, boundsOf, type Period, type Preset, periodIn } from "../shared/period.ts";
import { PeriodSelect } from "../shared/period-select.tsx";
import { Empty, Failed, Loading } from "../shared/states.tsx";
import { viewerZone } from "../shared/time.ts";
import { Figure } from "./figure.tsx";
import {
  byApprover,
  byWorkflow,
  ENDINGS,
  type Ending,
  INTERVAL_WORDS,
  intervalFor,
  overTime,
  summaryOf,
  timeTaken,
} from "./figures.ts";
import { LongestWaitingList } from "./longest-waiting.tsx";
import { StatisticsPage as StatisticsQuery } from "./statistics.graphql.ts";
import classes from "./statistics.module.css";
import { FiguresTable } from "./tables.tsx";
import { Tiles } from "./tiles.tsx";

const EndingsOverTime = loaded(() => import("./charts.tsx").then((m) => ({ default: m.EndingsOverTime })));
const EndingsByName = loaded(() => import("./charts.tsx").then((m) => ({ default: m.EndingsByName })));
const TimesOverTime = loaded(() => import("./charts.tsx").then((m) => ({ default: m.TimesOverTime })));

const BY_DEFAULT: Preset = "30d";
const ALL = Object.keys(ENDINGS) as Ending[];
const DECISIONS: readonly Ending[] = ["approved", "rejected"];

export default function StatisticsPage() {
  const viewer = useViewer();
  const now = useMinute();
  const [address, setAddress] = useAddress();
  const period = periodIn(address, BY_DEFAULT);
  const change = (next: Period) => setAddress((before) => addressOfPeriod(next, before, BY_DEFAULT));

  const { from, to } = boundsOf(period, now);
  const interval = intervalFor(from, to, now);
  const timeZone = viewerZone() ?? "UTC";
  const variables = useMemo(() => ({ from, to, interval, timeZone }), [from, to, interval, timeZone]);
  const [{ data, error, stale, fetching }, read] = useQuery({
    query: StatisticsQuery,
    variables,
    requestPolicy: "cache-and-network",
  });
  const minute = now.getTime();
  // biome-ignore lint/correctness/useExhaustiveDependencies: statistics are read again each minute
  useEffect(() => {
    if (document.visibilityState === "visible") read({ requestPolicy: "cache-and-network" });
  }, [minute]);

  return (
    <Page
      title="Statistics"
      lead={seesEverything(viewer) ? "All requests, by creation time." : "Requests that you made."}
      actions={<PeriodSelect period={period} change={change} />}
    >
      <div className={classes.page} aria-busy={fetching || stale}>
        {data === undefined && (
          <div className={classes.wide}>
            {error === undefined ? (
              <Loading what="the statistics" />
            ) : (
              <Failed what="The statistics" error={error} retry={() => read({ requestPolicy: "network-only" })} />
            )}
          </div>
        )}
        {data !== undefined && <Figures data={data} interval={interval} />}
        <div className={classes.wide}>
          <LongestWaitingList />
        </div>
      </div>
    </Page>
  );
}

function Figures({ data, interval }: { data: StatisticsPageQuery; interval: StatisticsInterval }) {
  const series = useMemo(() => overTime(data.approvalStatisticsOverTime, interval), [data, interval]);
  const workflows = useMemo(() => byWorkflow(data.approvalStatisticsByWorkflow), [data]);
  const approvers = useMemo(() => byApprover(data.approvalStatisticsByApprover), [data]);
  const figures = data.approvalStatistics;
  if (figures.total === 0) {
    return (
      <div className={classes.wide}>
        <Empty title="No requests in this period" text="Choose a longer period to see more." />
      </div>
    );
  }
  const when = INTERVAL_WORDS[interval];
  return (
    <>
      <Tiles figures={figures} />
      <Figure
        title="How requests ended"
        wide
        lead={`By the ${when.toLowerCase().split(" ")[0]} of creation`}
        summary={summaryOf(series, ALL)}
        chart={<EndingsOverTime rows={series} endings={ALL} />}
        table={<FiguresTable caption="How requests ended" of={when} rows={series} endings={ALL} />}
      />
      <Figure
        title="Time to decide"
        lead="From request to decision by people"
        summary={`median ${timeTaken(figures.medianDecisionTimeMs ?? null)}, 95th percentile ${timeTaken(figures.p95DecisionTimeMs ?? null)}. See the table for all figures.`}
        chart={<TimesOverTime rows={series} />}
        table={<FiguresTable caption="Time to decide" of={when} rows={series} endings={[]} withTimes />}
      />
      <Figure
        title="By workflow"
        wide
        lead="The 20 with the most requests"
        summary={summaryOf(workflows, ALL)}
        chart={<EndingsByName rows={workflows} endings={ALL} />}
        table={<FiguresTable caption="By workflow" of="Workflow" rows={workflows} endings={ALL} withTimes />}
      />
      {approvers.length > 0 && (
        <Figure
          title="By approver"
          wide
          lead="The 20 with the most decisions"
          summary={summaryOf(approvers, DECISIONS)}
          chart={<EndingsByName rows={approvers} endings={DECISIONS} />}
          table={<FiguresTable caption="By approver" of="Approver" rows={approvers} endings={DECISIONS} withTimes />}
        />
      )}
    </>
  );
}
