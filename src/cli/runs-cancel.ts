/** `countersign runs cancel` */

import { refusal } from "./answers.ts";
import { command, type Options } from "./command.ts";
import { DURATIONS, REMOTE_OPTIONS, withRemote } from "./remote.ts";
import { CancelRun } from "./run-documents.ts";
import { FOLLOW_EXITS, FOLLOW_OPTIONS, printOutcome, stateOf } from "./run-output.ts";

const OPTIONS = {
  reason: { value: "TEXT", field: "reason", about: "the reason, which jobs and approvers see" },
  ...FOLLOW_OPTIONS,
  ...REMOTE_OPTIONS,
} as const satisfies Options;

export const cancelRunCommand = command({
  name: "runs cancel",
  about: "cancel a run and its open requests",
  text:
    "Cancels a run. Its open requests are cancelled, jobs that have not started are cancelled, and running " +
    "jobs end as their handlers do. A run that is already cancelled does not change.",
  operand: { name: "ID" },
  options: OPTIONS,
  notes: `Standard output has the id of the run; with --wait also its outcome. ${DURATIONS}`,
  exits: FOLLOW_EXITS,
  failureCode: 4,
  examples: ['countersign runs cancel run_1f0c5e3a-9a43-5c55-8a55-2f4e8a7c1d05 --reason "Wrong branch" --wait'],
  run: (values, id) =>
    withRemote(values, async (remote) => {
      const input = { runId: id, reason: values.reason };
      const { cancelWorkflowRun: answer } = await remote.soon((signal) =>
        remote.client.request(CancelRun, { input }, { idempotent: true, signal }),
      );
      if (!("run" in answer)) throw refusal(answer, OPTIONS);
      return printOutcome(remote, answer.run, { ...values, progress: stateOf(answer.run) });
    }),
});
