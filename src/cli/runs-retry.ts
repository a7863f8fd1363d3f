/** `countersign runs retry` */

import { refusal } from "./answers.ts";
import { command, type Options } from "./command.ts";
import { DURATIONS, REMOTE_OPTIONS, withRemote } from "./remote.ts";
import { RetryJob } from "./run-documents.ts";
import { FOLLOW_EXITS, FOLLOW_OPTIONS, printOutcome, stateOf } from "./run-output.ts";

const OPTIONS = {
  job: { value: "JOB", field: "jobId", required: true, about: "the failed job" },
  ...FOLLOW_OPTIONS,
  ...REMOTE_OPTIONS,
} as const satisfies Options;

export const retryRunCommand = command({
  name: "runs retry",
  about: "retry one failed job of a run that has ended",
  text: "Retries one failed job of a run that has ended. The job and those that were skipped because of it run again, in the same run. All other jobs do not change.",
  operand: { name: "ID" },
  options: OPTIONS,
  notes: `Standard output has the id of the run; with --wait also its outcome. ${DURATIONS}`,
  exits: FOLLOW_EXITS,
  failureCode: 4,
  examples: ["countersign runs retry run_1f0c5e3a-9a43-5c55-8a55-2f4e8a7c1d05 --job deploy --wait"],
  run: (values, id) =>
    withRemote(values, async (remote) => {
      const input = { runId: id, jobId: values.job };
      const { retryWorkflowJob: answer } = await remote.soon((signal) =>
        remote.client.request(RetryJob, { input }, { signal }),
      );
      if (!("run" in answer)) throw refusal(answer, OPTIONS);
      return printOutcome(remote, answer.run, { ...values, progress: stateOf(answer.run) });
    }),
});
