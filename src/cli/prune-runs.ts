/** `countersign prune-runs` */

import { countOldRuns, engineTables, MOST_DAYS } from "../db/queries/run-pruning.ts";
import { wrong } from "./arguments.ts";
import { command } from "./command.ts";
import { progressLine, WHICH_DATABASE } from "./files.ts";

function daysOf(given: string): number {
  const days = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  return days <= MOST_DAYS ? days : wrong("--older-than", given, `a number of days from 0 to ${MOST_DAYS}`);
}

const counted = (runs: number): string => `${runs.toLocaleString("en")} ${runs === 1 ? "run" : "runs"}`;

export const pruneRunsCommand = command({
  name: "prune-runs",
  about: "delete workflow runs that ended long ago",
  text:
    "Deletes runs that ended more than this number of days ago, with their jobs, attempts, logs and checkpoints. Requests and " +
    "their audit log stay. Runs that have not ended are never deleted, nor are runs with an open request, nor the run " +
    "that a remaining run was started again from.",
  options: {
    "older-than": { value: "DAYS", required: true, about: "days since the end of a run; parts of a day are allowed" },
    orchestrator: { value: "NAME", about: "only the runs of the orchestrators with this name" },
    "dry-run": { about: "delete nothing, and print how many runs would be deleted" },
    json: { about: "print the result as JSON" },
    quiet: { about: "do not print progress" },
  },
  notes: WHICH_DATABASE,
  exits: "0, or 4 if the runs could not be deleted.",
  failureCode: 4,
  examples: ["countersign prune-runs --older-than 90 --dry-run", "countersign prune-runs --older-than 90"],
  async run({ "older-than": olderThan, orchestrator = null, "dry-run": isDryRun, json, quiet }) {
    const filter = { days: daysOf(olderThan), orchestrator };
    const [{ withSession }, { pruneRuns }, { createLogger }] = await Promise.all([
      import("./session.ts"),
      import("../orchestrator/prune-runs.ts"),
      import("../log.ts"),
    ]);
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
    return 0;
  },
});
