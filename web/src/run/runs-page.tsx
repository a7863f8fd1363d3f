/** The list of the runs that the viewer may see, newest first. */

import { Button, Group, NativeSelect } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery, useSubscription } from "urql";
import { seesEverything, useViewer } from "../api/viewer.tsx";
import type { RunRowFragment, WorkflowRunFilter } from "../generated/graphql.ts";
import { Page } from "../shared/page.tsx";
import { Empty, Failed, Loading } from "../shared/states.tsx";
import { Ago } from "../shared/times.tsx";
import { StartRunLink } from "../start-run/start-run-link.tsx";
import { RunBadge } from "./badge.tsx";
import { RunList, RunListEvents } from "./run.graphql.ts";
import classes from "./run.module.css";
import { progressWords, withGates } from "./run-words.ts";

const PAGE = 30;
/** Events within this many ms cause a single read. */
const BATCH_MS = 1_000;
/**
 * The list is read again this many ms after the last event, because a job may store its request late. The same read
 * after the page has opened finds what happened before the subscription was live.
 */
const LATE_MS = 5_000;
const SHOWN = {
  all: { label: "All runs", statuses: null },
  open: { label: "Running", statuses: ["RUNNING"] },
  ended: { label: "Ended", statuses: ["SUCCEEDED", "FAILED", "CANCELLED"] },
  failed: { label: "Failed", statuses: ["FAILED"] },
} as const satisfies Record<string, { label: string; statuses: WorkflowRunFilter["statuses"] }>;
type Shown = keyof typeof SHOWN;

export default function RunsPage() {
  const viewer = useViewer();
  const [search, setSearch] = useSearchParams();
  const given = search.get("show") ?? "all";
  const shown: Shown = given in SHOWN ? (given as Shown) : "all";
  const workflowId = search.get("workflow");
  const filter: WorkflowRunFilter = { statuses: SHOWN[shown].statuses, workflowId };
  const change = (name: string, value: string | null) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (value === null) after.delete(name);
      else after.set(name, value);
      return after;
    });
  return (
    <Page
      title="Runs"
      lead={seesEverything(viewer) ? "All runs." : "Runs with requests that you may see."}
      actions={
        <Group gap="sm">
          <StartRunLink />
          <NativeSelect
            aria-label="Status"
            value={shown}
            data={Object.entries(SHOWN).map(([value, { label }]) => ({ value, label }))}
            onChange={({ currentTarget: { value } }) => change("show", value === "all" ? null : value)}
          />
        </Group>
      }
    >
      {workflowId !== null && (
        <p className={classes.facts}>
          Workflow <strong>{workflowId}</strong>
          <Button variant="default" size="compact-sm" onClick={() => change("workflow", null)}>
            Show all workflows
          </Button>
        </p>
      )}
      <List key={JSON.stringify(filter)} filter={filter} />
    </Page>
  );
}

function List({ filter }: { filter: WorkflowRunFilter }) {
  const [starts, setStarts] = useState<readonly (string | null)[]>([null]);
  const changes = useChanges();
  return (
    <ul className={classes.list} aria-label="Runs">
      {starts.map((after, index) => (
        <Part
          key={after ?? ""}
          filter={filter}
          after={after}
          changes={changes}
          isLast={index === starts.length - 1}
          onMore={(cursor) => setStarts((before) => [...before, cursor])}
        />
      ))}
    </ul>
  );
}

/** Increases when the list may have changed: after an event of a request, and when the viewer returns to the page. */
function useChanges(): number {
  const [changes, setChanges] = useState(0);
  const soon = useRef<ReturnType<typeof setTimeout>>(undefined);
  const late = useRef<ReturnType<typeof setTimeout>>(undefined);
  const readLate = useCallback(() => {
    clearTimeout(late.current);
    late.current = setTimeout(() => setChanges((n) => n + 1), LATE_MS);
  }, []);
  useSubscription({ query: RunListEvents }, (_before, event) => {
    soon.current ??= setTimeout(() => {
      soon.current = undefined;
      setChanges((n) => n + 1);
    }, BATCH_MS);
    readLate();
    return event;
  });
  useEffect(() => {
    const refresh = () => {
      if (!document.hidden) setChanges((n) => n + 1);
    };
    readLate();
    addEventListener("focus", refresh);
    document.addEventListener("visibilitychange", refresh);
    return () => {
      removeEventListener("focus", refresh);
      document.removeEventListener("visibilitychange", refresh);
      clearTimeout(soon.current);
      clearTimeout(late.current);
    };
  }, [readLate]);
  return changes;
}

interface PartProps {
  filter: WorkflowRunFilter;
  after: string | null;
  changes: number;
  isLast: boolean;
  onMore(cursor: string): void;
}

function Part({ filter, after, changes, isLast, onMore }: PartProps) {
  const variables = { first: PAGE, after, filter };
  const [{ data, error }, read] = useQuery({ query: RunList, variables, requestPolicy: "cache-and-network" });
  useEffect(() => {
    if (changes > 0) read({ requestPolicy: "network-only" });
  }, [changes, read]);
  const page = data?.workflowRuns;
  if (page === undefined) {
    return (
      <li>
        {error === undefined ? (
          <Loading what="runs" />
        ) : (
          <Failed what="The runs" error={error} retry={() => read({ requestPolicy: "network-only" })} />
        )}
      </li>
    );
  }
  const { hasNextPage, endCursor } = page.pageInfo;
  return (
    <>
      {after === null && page.edges.length === 0 && (
        <li>
          <Empty title="No runs" text="Runs appear here when workflows are started." />
        </li>
      )}
      {page.edges.map(({ node }) => (
        <Row key={node.id} run={node} />
      ))}
      {isLast && hasNextPage && endCursor != null && (
        <li className={classes.more}>
          <Button variant="default" onClick={() => onMore(endCursor)}>
            Load more
          </Button>
        </li>
      )}
    </>
  );
}

function Row({ run }: { run: RunRowFragment }) {
  const shown = withGates(run);
  return (
    <li className={classes.row}>
      <div>
        <Link to={`/runs/${run.id}`} className={classes.title} dir="auto">
          {run.workflowId}
        </Link>
        <div className={classes.facts}>
          <span>{progressWords(shown)}</span>
          <span className={classes.soft}>{run.executionId}</span>
        </div>
      </div>
      <div className={classes.facts}>
        <RunBadge run={shown} />
        <span className={classes.soft}>
          {run.endedAt == null ? <Ago at={run.createdAt} /> : <Ago at={run.endedAt} />}
        </span>
      </div>
    </li>
  );
}
