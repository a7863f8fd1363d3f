/** The inbox: the requests that the viewer can decide now. */

import { Button } from "@mantine/core";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useClient } from "urql";
import { needsReview } from "../../../src/model/risk.ts";
import { useCounts } from "../api/live.tsx";
import { useViewer } from "../api/viewer.tsx";
import { DecideDialog } from "../decision/decide-dialog.tsx";
import { type Decision, type DecisionResult, isOver } from "../decision/decision-model.ts";
import { useFilters } from "../shared/address.ts";
import { useFirstView } from "../shared/idle.tsx";
import { useShortcuts } from "../shared/keyboard.ts";
import { notify } from "../shared/notices.tsx";
import { useMinute } from "../shared/now.tsx";
import { Page } from "../shared/page.tsx";
import { Empty, Failed, Loading } from "../shared/states.tsx";
import { useStore } from "../shared/store.ts";
import { count } from "../shared/words.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { inboxFilters, isNarrowed, matching } from "./filters.ts";
import type { Row } from "./inbox-list.ts";
import { type Departure, inboxOf } from "./inbox-source.ts";
import { departureSentence, leadOf } from "./inbox-words.ts";
import { type ListHandle, RequestList } from "./request-list.tsx";
import { useSelection } from "./selection.ts";

/** If more requests than this leave at the same time, one notice reports them all. */
const MAX_NOTICES = 3;

export function InboxPage() {
  const { userId } = useViewer();
  const source = inboxOf(useClient(), userId);
  const { rows: all, departures, isComplete, error } = useStore(source.inbox);
  const { pending } = useCounts();
  const navigate = useNavigate();
  const { filters, change, clear } = useFilters(inboxFilters);
  const deferredFilters = useDeferredValue(filters);
  const now = useMinute();
  const rows = useMemo(() => matching(all, deferredFilters, now), [all, deferredFilters, now]);
  const selection = useSelection(rows, departures);
  const [current, setCurrent] = useState<string | null>(null);
  const [question, setQuestion] = useState<{ requests: readonly Row[]; decision: Decision } | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const list = useRef<ListHandle>(null);

  useEffect(
    () =>
      source.onDepartures((left: readonly Departure[]) => {
        if (left.length > MAX_NOTICES) return notify({ text: `${count(left.length, "request")} left your inbox.` });
        for (const { row, by } of left) notify({ text: departureSentence(row.title, by, userId) });
      }),
    [source, userId],
  );

  const ask = useCallback((requests: readonly Row[], decision: Decision) => {
    if (requests.length > 0) setQuestion({ requests, decision });
  }, []);
  const askOne = useCallback(
    (row: Row, decision: Decision) => {
      if (decision === "APPROVE" && needsReview(row.risk)) navigate(`/requests/${row.id}`);
      else ask([row], decision);
    },
    [ask, navigate],
  );

  const at = rows.findIndex(({ id }) => id === current);
  const go = (step: number) => {
    if (rows.length === 0) return;
    const index = Math.min(Math.max(at + step, 0), rows.length - 1);
    setCurrent(rows[index]?.id ?? null);
    list.current?.focus(index);
  };
  /** Decides the selected requests, or the current one if none is selected. */
  const askHere = (decision: Decision) => {
    const here = rows[at];
    if (selection.rows.length > 0) return ask(selection.rows, decision);
    if (here !== undefined && !departures.has(here.id)) askOne(here, decision);
  };
  useShortcuts([
    { key: "j", label: "Next request", group: "Inbox", run: () => go(1) },
    { key: "k", label: "Previous request", group: "Inbox", run: () => go(-1) },
    { key: "Enter", label: "Open the request", group: "Inbox", run: () => at >= 0 && navigate(`/requests/${current}`) },
    { key: "a", label: "Approve the request, or the selected requests", group: "Inbox", run: () => askHere("APPROVE") },
    { key: "r", label: "Reject the request, or the selected requests", group: "Inbox", run: () => askHere("REJECT") },
    { key: "x", label: "Select the request", group: "Inbox", run: () => rows[at] && selection.toggle(rows[at]) },
    { key: "/", label: "Search", group: "Inbox", run: () => search.current?.focus() },
    { key: "Escape", label: "Clear the selection", group: "Inbox", run: selection.clear },
  ]);

  const decided = (results: readonly DecisionResult[]) => {
    const ids = results.filter(({ answer }) => isOver(answer)).map(({ subject }) => subject.id);
    // Users of the keyboard continue with the next request.
    const next = rows.slice(Math.max(at, 0)).find(({ id }) => !ids.includes(id));
    if (ids.includes(current ?? "")) setCurrent(next?.id ?? null);
    source.remove(ids);
    selection.clear();
  };

  const isLoading = !isComplete && all.length === 0 && error === null;
  useFirstView(!isLoading);
  const n = all.length - departures.size;
  return (
    <Page
      title="Inbox"
      lead={isLoading || (isComplete && n <= 0) ? undefined : leadOf(n, rows.length, isComplete, pending)}
    >
      {all.length > 0 && <FilterBar rows={all} filters={filters} change={change} clear={clear} searchRef={search} />}
      {isLoading && <Loading what="your inbox" />}
      {error !== null && all.length === 0 && (
        <Failed what="Your inbox" error={error} retry={() => void source.read()} />
      )}
      {isComplete && all.length === 0 && (
        <Empty title="No pending requests" text="Requests that need your decision appear here automatically." />
      )}
      {all.length > 0 && rows.length === 0 && isNarrowed(deferredFilters) && (
        <Empty
          title="No matching requests"
          text={`${count(all.length, "request")} in all.`}
          action={<Button onClick={clear}>Clear search and filters</Button>}
        />
      )}
      {rows.length > 0 && (
        <>
          <BulkBar selection={selection} onDecide={(decision) => ask(selection.rows, decision)} />
          <RequestList
            rows={rows}
            departures={departures}
            selection={selection}
            current={current}
            onCurrent={setCurrent}
            onDecide={askOne}
            handle={list}
          />
        </>
      )}
      <DecideDialog
        requests={question?.requests ?? []}
        decision={question?.decision ?? null}
        onClose={() => setQuestion(null)}
        onDecided={decided}
      />
    </Page>
  );
}
