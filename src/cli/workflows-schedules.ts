/** `countersign workflows schedules` */

import { command } from "./command.ts";
import { DURATIONS, print, printJson, REMOTE_OPTIONS, say, withRemote } from "./remote.ts";
import { cut, printable, tableOf } from "./values.ts";
import { SchedulesToShow, type ScheduleToShow } from "./workflow-documents.ts";

const PAGE = 100;
const WIDEST = 50;

const rowOf = ({ name, cron, timezone, workflow, pausedAt, lastTick, lastError }: ScheduleToShow): string[] => [
  cut(printable(name), WIDEST),
  printable(cron),
  printable(timezone),
  cut(printable(workflow), WIDEST),
  pausedAt == null ? "active" : "paused",
  `${lastTick ?? "-"}${lastError == null ? "" : " failed"}`,
];

export const schedulesCommand = command({
  name: "workflows schedules",
  about: "list the schedules that start workflows",
  text: "Lists the schedules of all orchestrators, for programs and for viewers who see everything. Programs set them, with orchestrator.schedule().",
  options: REMOTE_OPTIONS,
  notes: `With --json standard output has one array. ${DURATIONS}`,
  exits: "0, also if the list is empty, or 4 on an error.",
  failureCode: 4,
  examples: ["countersign workflows schedules"],
  run: (values) =>
    withRemote(values, async (remote) => {
      const schedules: ScheduleToShow[] = [];
      let after: string | null | undefined = null;
      do {
        const variables: { first: number; after: string | null } = { first: PAGE, after };
        const page = await remote.soon((signal) => remote.client.request(SchedulesToShow, variables, { signal }));
        schedules.push(...page.workflowSchedules.edges.map(({ node }) => node));
        const { hasNextPage, endCursor } = page.workflowSchedules.pageInfo;
        after = hasNextPage ? (endCursor ?? null) : null;
      } while (after !== null);
      if (values.json) printJson(schedules);
      else if (schedules.length === 0) say("No schedules.");
      else print(tableOf([["NAME", "CRON", "ZONE", "WORKFLOW", "STATE", "LAST TICK"], ...schedules.map(rowOf)]));
      return 0;
    }),
});
