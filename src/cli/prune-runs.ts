/** `countersign prune-runs` */

import { importServer } from "../server-package.ts";
import { command } from "./command.ts";
import { WHICH_DATABASE } from "./files.ts";

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
  async run(values) {
    const { pruneOldRuns } = await importServer(() => import("./old-runs.ts"), "prune-runs");
    await pruneOldRuns(values);
    return 0;
  },
});
