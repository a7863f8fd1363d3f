/** Reads the log of a job backwards from its end, and follows new lines. */

import { useEffect, useState } from "react";
import { useClient, useSubscription } from "urql";
import type { LogLineFragment } from "../generated/graphql.ts";
import { JobLog, JobLogAdded } from "./history.graphql.ts";

/** The maximum number of lines in memory while the page follows a log. */
const MAX_LINES = 2_000;

export interface JobLogView {
  /** Null until the first lines are read. */
  lines: readonly LogLineFragment[] | null;
  /** Whether there are lines before these. */
  hasEarlier: boolean;
  error: unknown;
  showEarlier(): void;
}

/** @param isOpen whether the job has not ended; the log is read again when it restarts */
export function useJobLog(runId: string, jobId: string, isOpen: boolean): JobLogView {
  const client = useClient();
  const [lines, setLines] = useState<readonly LogLineFragment[] | null>(null);
  const [earlier, setEarlier] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  /** The line after which new lines are followed. */
  const [from, setFrom] = useState<number | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a job that restarts logs again
  useEffect(() => {
    let isGone = false;
    void read(client, runId, jobId, null).then((page) => {
      if (isGone) return;
      setError(page.error);
      if (page.error != null) return;
      setLines((before) => merged(before ?? [], page.lines));
      setEarlier((before) => before ?? page.before);
      setFrom(page.lines.at(-1)?.line ?? 0);
    });
    return () => {
      isGone = true;
    };
  }, [client, runId, jobId, isOpen]);

  useSubscription(
    { query: JobLogAdded, variables: { runId, jobId, afterLine: from ?? 0 }, pause: from === null },
    (_before, event) => {
      setLines((before) => merged(before ?? [], [event.workflowRunLogAdded]).slice(-MAX_LINES));
      return event;
    },
  );

  return {
    lines,
    hasEarlier: earlier !== null,
    error,
    showEarlier() {
      void read(client, runId, jobId, earlier).then((page) => {
        setError(page.error);
        if (page.error != null) return;
        setLines((before) => merged(page.lines, before ?? []));
        setEarlier(page.before);
      });
    },
  };
}

interface Page {
  lines: readonly LogLineFragment[];
  before: string | null;
  error: unknown;
}

async function read(
  client: ReturnType<typeof useClient>,
  runId: string,
  jobId: string,
  before: string | null,
): Promise<Page> {
  const options = { requestPolicy: "network-only" } as const;
  const { data, error } = await client.query(JobLog, { runId, jobId, before }, options).toPromise();
  const log = data?.workflowRunLog;
  const { hasPreviousPage = false, startCursor = null } = log?.pageInfo ?? {};
  return {
    lines: log?.edges.map(({ node }) => node) ?? [],
    before: hasPreviousPage ? (startCursor ?? null) : null,
    error: error ?? null,
  };
}

/** Merges overlapping lists of lines: each line once, in order. */
function merged(first: readonly LogLineFragment[], second: readonly LogLineFragment[]): readonly LogLineFragment[] {
  const last = first.at(-1)?.line ?? 0;
  return [...first, ...second.filter(({ line }) => line > last)];
}
