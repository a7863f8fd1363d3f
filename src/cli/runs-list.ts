/** `countersign runs list` */

import { command } from "./command.ts";
import { DURATIONS, print, printJson, REMOTE_OPTIONS, say, withRemote } from "./remote.ts";
import { RunsThatFit, type RunToShow } from "./run-documents.ts";
import { stateOf } from "./run-output.ts";
import { cut, printable, tableOf, wholeNumberOf } from "./values.ts";

const STATUSES = ["running", "succeeded", "failed", "cancelled"] as const;
const DEFAULT_LIMIT = 20;
const MOST = 1_000;
const PAGE = 100;
const WIDEST = 50;

const rowOf = (run: RunToShow): string[] => [
  run.id,
  cut(printable(run.workflowId), WIDEST),
  cut(printable(run.executionId), WIDEST),
  run.createdAt,
  stateOf(run),
];

export const listRunsCommand = command({
  name: "runs list",
  about: "list runs, newest first",
  text: "Lists the runs that you may see and that match all options, newest first.",
  options: {
    status: { value: "STATUS", multiple: true, choices: STATUSES, about: "in this status" },
    workflow: { value: "ID", about: "of this workflow" },
    execution: { value: "ID", about: "of this execution" },
    limit: { value: "N", about: `the maximum number, 1 to ${MOST}; default ${DEFAULT_LIMIT}` },
    ...REMOTE_OPTIONS,
  },
  notes: `With --json standard output has one array. ${DURATIONS}`,
  exits: "0, also if the list is empty, or 4 on an error.",
  failureCode: 4,
  examples: ["countersign runs list --status running", "countersign runs list --workflow release --status failed"],
  run(values) {
    const limit = wholeNumberOf("--limit", values.limit, 1, MOST) ?? DEFAULT_LIMIT;
    const statuses = values.status.map((name) => name.toUpperCase() as "RUNNING");
    const { workflow: workflowId, execution: executionId } = values;
    const filter = { workflowId, executionId, ...(statuses.length > 0 && { statuses }) };
    return withRemote(values, async (remote) => {
      const runs: RunToShow[] = [];
      let after: string | null | undefined = null;
      do {
        const variables: { first: number; after: string | null; filter: typeof filter } = {
          first: Math.min(PAGE, limit - runs.length),
          after,
          filter,
        };
        const { workflowRuns } = await remote.soon((signal) =>
          remote.client.request(RunsThatFit, variables, { signal }),
        );
        runs.push(...workflowRuns.edges.map(({ node }) => node));
        after = workflowRuns.pageInfo.hasNextPage ? (workflowRuns.pageInfo.endCursor ?? null) : null;
      } while (after !== null && runs.length < limit);
      if (values.json) printJson(runs);
      else if (runs.length === 0) say("No runs.");
      else print(tableOf([["ID", "WORKFLOW", "EXECUTION", "STARTED", "STATE"], ...runs.map(rowOf)]));
      if (after !== null) say(`There are more; --limit shows up to ${MOST}.`);
      return 0;
    });
  },
});
