/** `countersign runs show` */

import { command } from "./command.ts";
import { DURATIONS, printJson, REMOTE_OPTIONS, withRemote } from "./remote.ts";
import { RunById } from "./run-documents.ts";
import { FOLLOW_EXITS, FOLLOW_OPTIONS, printOutcome, printRun, stateOf, unknownRun } from "./run-output.ts";

export const showRunCommand = command({
  name: "runs show",
  about: "show a run and its jobs, or wait until it has ended",
  text: "Shows the status of a run and its jobs. With --wait it follows the run until it has ended, without polling.",
  operand: { name: "ID" },
  options: { ...FOLLOW_OPTIONS, ...REMOTE_OPTIONS },
  notes: DURATIONS,
  exits: FOLLOW_EXITS,
  failureCode: 4,
  examples: ["countersign runs show run_1f0c5e3a-9a43-5c55-8a55-2f4e8a7c1d05 --wait"],
  run: (values, id) =>
    withRemote(values, async (remote) => {
      const { workflowRun: run } = await remote.soon((signal) => remote.client.request(RunById, { id }, { signal }));
      if (run == null) throw unknownRun(id);
      if (values.wait) return printOutcome(remote, run, { ...values, progress: stateOf(run) });
      if (values.json) printJson(run);
      else printRun(run);
      return 0;
    }),
});
