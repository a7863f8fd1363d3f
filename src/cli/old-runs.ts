/** Deletes or counts old runs, for `countersign prune-runs`. */

import { countOldRuns, engineTables, MOST_DAYS } from "../db/queries/run-pruning.ts";
import { createLogger } from "../log.ts";
import { pruneRuns } from "../orchestrator/prune-runs.ts";
import { wrong } from "./arguments.ts";
import { progressLine } from "./files.ts";
import { withSession } from "./session.ts";

function daysOf(given: string): number {
  const days = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  return days <= MOST_DAYS ? days : wrong("--older-than", given, `a number of days from 0 to ${MOST_DAYS}`);
}

const counted = (runs: number): string => `${runs.toLocaleString("en")} ${runs === 1 ? "run" : "runs"}`;

/** The values of the command's options. */
export interface PruneValues {
  "older-than": string;
  orchestrator: string | undefined;
  "dry-run": boolean;
  json: boolean;
  quiet: boolean;
}

/** Prints the number of runs that it deleted or would delete. */
export async function pruneOldRuns(values: PruneValues): Promise<void> {
  const { "older-than": olderThan, orchestrator = null, "dry-run": isDryRun, json, quiet } = values;
  const filter = { days: daysOf(olderThan), orchestrator };
  const line = progressLine((runs: number) => `deleted: ${counted(runs)}`);
  try {
    const runs = await withSession(async (session) => {
      if (isDryRun) return countOldRuns(session, filter, await engineTables(session));
      const onProgress = quiet ? undefined : line.say;
      return pruneRuns(session, filter, {
        log: createLogger(quiet ? "warn" : "info", 2),
        ...(onProgress && { onProgress }),
      });
    });
    if (json) console.log(JSON.stringify({ runs, dryRun: isDryRun }));
    else console.log(isDryRun ? `Would delete ${counted(runs)}.` : `Deleted ${counted(runs)}.`);
  } finally {
    line.end();
  }
}
