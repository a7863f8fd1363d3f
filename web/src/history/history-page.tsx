/** The history: all requests that the viewer may see, newest first. */

import { Button } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useQuery, useSubscription } from "urql";
import { seesEverything, useViewer } from "../api/viewer.tsx";
import type { ApprovalRequestFilter } from "../generated/graphql.ts";
import { useFilters } from "../shared/address.ts";
import { useShortcuts } from "../shared/keyboard.ts";
import { useMinute } from "../shared/now.tsx";
import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";
import { count } from "../shared/words.ts";
import { ExportButton } from "./export-button.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { historyFilters, isNarrowed, mayMatch, serverFilter } from "./filters.ts";
import { HistoryCount, HistoryEvents, HistoryNames } from "./history.graphql.ts";
import classes from "./history.module.css";
import { HistoryRows, type Loaded } from "./history-rows.tsx";

export default function HistoryPage() {
  const viewer = useViewer();
  const { filters, change, clear } = useFilters(historyFilters);
  // The text identifies the filter, so that a change that is undone causes no new read.
  const key = JSON.stringify(serverFilter(filters, useMinute()));
  const filter = useMemo(() => JSON.parse(key) as ApprovalRequestFilter, [key]);
  const [{ data: names }] = useQuery({ query: HistoryNames });
  const [seen, setSeen] = useState<readonly string[]>([]);
  const search = useRef<HTMLInputElement>(null);
  useShortcuts([{ key: "/", label: "Search the history", group: "History", run: () => search.current?.focus() }]);

  const workflows = names?.approvalStatisticsByWorkflow.map(({ workflowId }) => workflowId) ?? [];
  const people = names?.approvalStatisticsByApprover.map(({ approver }) => approver) ?? [];
  return (
    <Page
      title="History"
      lead={seesEverything(viewer) ? "All requests." : "Requests that you made, and requests to you."}
      actions={<ExportButton filter={filter} disabled={false} />}
    >
      <FilterBar
        filters={filters}
        change={change}
        clear={clear}
        workflows={workflows}
        people={[...new Set([viewer.userId, ...people, ...seen])]}
        searchRef={search}
      />
      <List key={key} filter={filter} isNarrowed={isNarrowed(filters)} clear={clear} onPeople={setSeen} />
    </Page>
  );
}

interface ListProps {
  filter: ApprovalRequestFilter;
  isNarrowed: boolean;
  clear(): void;
  onPeople(people: readonly string[]): void;
}

function List({ filter, isNarrowed, clear, onPeople }: ListProps) {
  const [starts, setStarts] = useState<readonly (string | null)[]>([null]);
  const [loaded, setLoaded] = useState<ReadonlyMap<string | null, Loaded>>(new Map());
  const [reading, setReading] = useState(0);
  const [fresh, setFresh] = useState(0);
  const [{ data }, readCount] = useQuery({
    query: HistoryCount,
    variables: { filter },
    requestPolicy: "cache-and-network",
  });
  const onLoaded = useCallback(
    (after: string | null, page: Loaded) => setLoaded((before) => new Map(before).set(after, page)),
    [],
  );
  useSubscription({ query: HistoryEvents }, (_before, event) => {
    const { action, request } = event.approvalEvents;
    if (action === "CREATED" && request != null && mayMatch(request, filter)) setFresh((n) => n + 1);
    return event;
  });
  useEffect(() => {
    const rows = [...loaded.values()].flatMap((page) => page.rows);
    onPeople([...new Set(rows.map(({ requestedBy }) => requestedBy))].sort());
  }, [loaded, onPeople]);

  const readAgain = () => {
    setStarts([null]);
    setFresh(0);
    setReading((n) => n + 1);
    readCount({ requestPolicy: "network-only" });
  };
  const last = loaded.get(starts.at(-1) ?? null);
  const more = useCallback(() => {
    if (last?.endCursor != null)
      setStarts((before) => [...before.filter((each) => each !== last.endCursor), last.endCursor]);
  }, [last]);
  // The count may arrive before the list; above an empty list it would be wrong.
  const total = loaded.has(null) ? data?.approvalRequests : undefined;
  const isEmpty = starts.length === 1 && last?.rows.length === 0;
  return (
    <section aria-label="Results">
      <div className={classes.count}>
        <span role="status">{total !== undefined && totalWords(total.totalCount, total.totalCountIsCapped)}</span>
        {fresh > 0 && (
          <Button size="compact-sm" variant="light" onClick={readAgain}>
            {count(fresh, "new request")}: show
          </Button>
        )}
      </div>
      {isEmpty ? (
        <Empty
          title={isNarrowed ? "No requests match these filters" : "No requests yet"}
          text={isNarrowed ? "Remove some filters to see more." : "Requests appear here as they are created."}
          action={
            isNarrowed && (
              <Button variant="default" onClick={clear}>
                Clear filters
              </Button>
            )
          }
        />
      ) : (
        <ul className={classes.list} aria-label="Requests">
          {starts.map((after) => (
            <HistoryRows
              key={after ?? ""}
              filter={filter}
              after={after}
              reading={after === null ? reading : 0}
              onLoaded={onLoaded}
            />
          ))}
        </ul>
      )}
      {last?.hasNextPage === true && <More more={more} />}
    </section>
  );
}

const totalWords = (total: number, isCapped: boolean): string =>
  isCapped ? `More than ${count(total, "request")}` : count(total, "request");

/** Loads the next page when it scrolls into view or is pressed. */
function More({ more }: { more: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Several entries may arrive together, for example first not intersecting, then intersecting.
    const onChange = (entries: IntersectionObserverEntry[]) => entries.some((entry) => entry.isIntersecting) && more();
    const observer = new IntersectionObserver(onChange, { rootMargin: "300px" });
    if (place.current !== null) observer.observe(place.current);
    return () => observer.disconnect();
  }, [more]);
  return (
    <div ref={place} className={classes.more}>
      <Button variant="default" onClick={more}>
        Load more
      </Button>
    </div>
  );
}
