/** The navigation: links to the pages, and the number of waiting requests. */

import { Badge, NavLink } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { NavLink as RouterLink, useLocation } from "react-router";
import { useQuery } from "urql";
import { usePendingChanges } from "../api/live.tsx";
import { Icon, type IconName } from "../shared/icons.tsx";
import { whenIdle } from "../shared/idle.tsx";
import { addressAt, settings } from "../shared/settings.ts";
import { HasRuns } from "./has-runs.graphql.ts";

const PAGES: readonly { to: string; label: string; icon: IconName }[] = [
  { to: "/", label: "Inbox", icon: "inbox" },
  { to: "/history", label: "History", icon: "history" },
  { to: "/runs", label: "Runs", icon: "graph" },
  { to: "/statistics", label: "Statistics", icon: "chart" },
  { to: "/new", label: "New request", icon: "plus" },
  { to: "/preferences", label: "Preferences", icon: "settings" },
];

export function Navigation({ pending }: { pending: number | null }) {
  const { pathname } = useLocation();
  const hasRuns = useHasRuns() || pathname.startsWith("/runs");
  return (
    <>
      {PAGES.filter(({ to }) => to !== "/runs" || hasRuns).map(({ to, label, icon }) => (
        <NavLink
          key={to}
          component={RouterLink}
          to={to}
          label={label}
          active={pathname === to}
          leftSection={<Icon name={icon} />}
          rightSection={to === "/" && pending ? <Pending count={pending} /> : undefined}
        />
      ))}
      {settings.graphiql && (
        <NavLink component="a" href={addressAt("/graphql")} label="GraphiQL" leftSection={<Icon name="code" />} />
      )}
    </>
  );
}

/** Delays before the check for runs: a run is visible once its job has stored the request, usually soon. */
const CHECK_AFTER_MS = [1_000, 5_000];

/** Whether the viewer can see a run. Read when the browser is idle, and again when a request enters the inbox. */
function useHasRuns(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => void whenIdle().then(() => setIdle(true)), []);
  const [{ data }, read] = useQuery({ query: HasRuns, pause: !isIdle });
  const hasRuns =
    data !== undefined && (data.workflowRuns.pageInfo.endCursor ?? data.workflows.pageInfo.endCursor) != null;
  const timers = useRef<ReturnType<typeof setTimeout>[]>([]);
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  usePendingChanges(
    useCallback(
      ({ change }) => {
        if (change !== "ADDED" || hasRuns || !isIdle) return;
        timers.current.forEach(clearTimeout);
        timers.current = CHECK_AFTER_MS.map((ms) => setTimeout(() => read({ requestPolicy: "network-only" }), ms));
      },
      [hasRuns, isIdle, read],
    ),
  );
  return hasRuns;
}

const Pending = ({ count }: { count: number }) => (
  <Badge color="red.8" variant="filled" size="md" circle={count < 10} aria-label={`${count} waiting for you`}>
    {count.toLocaleString()}
  </Badge>
);
