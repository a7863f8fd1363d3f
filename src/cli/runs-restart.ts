/** `countersign runs restart` */

import { randomUUID } from "node:crypto";
import { refusal } from "./answers.ts";
import { command, type Options } from "./command.ts";
import { jsonObjectOf } from "./json-value.ts";
import { DURATIONS, REMOTE_OPTIONS, withRemote } from "./remote.ts";
import { RestartRun } from "./run-documents.ts";
import { FOLLOW_EXITS, FOLLOW_OPTIONS, printOutcome, stateOf } from "./run-output.ts";

const OPTIONS = {
  config: {
    value: "JSON",
    field: "config",
    file: "at",
    about: "fields of job configurations to change, by job id, or @FILE",
  },
  results: {
    value: "JSON",
    field: "results",
    file: "at",
    about: "outputs by job id, or @FILE; these jobs do not run",
  },
  definition: {
    value: "JSON",
    field: "definition",
    file: "at",
    about: "another document of the same workflow, or @FILE",
  },
  "execution-id": {
    value: "ID",
    field: "executionId",
    about: "the execution id of the new run, which is never started twice; default a new id",
  },
  ...FOLLOW_OPTIONS,
  ...REMOTE_OPTIONS,
} as const satisfies Options;

export const restartRunCommand = command({
  name: "runs restart",
  about: "start a new run from a checkpoint, as printed by runs show",
  text:
    "Starts a new run from the state before a gate of a run. Jobs that had succeeded by then are taken over " +
    "with their outputs, if they and all jobs before them are unchanged.",
  operand: { name: "CHECKPOINT" },
  options: OPTIONS,
  notes: `Standard output has the id of the new run; with --wait also its outcome. ${DURATIONS}`,
  exits: FOLLOW_EXITS,
  failureCode: 4,
  examples: [
    'countersign runs restart 7d0f1c9e-2f64-5b8e-9d0a-3c6a51f0e8d2 --config \'{"train":{"epochs":9}}\' --wait',
  ],
  async run(values, checkpointId) {
    const config = await jsonObjectOf("--config", values.config);
    const results = await jsonObjectOf("--results", values.results);
    const definition = await jsonObjectOf("--definition", values.definition);
    // A generated id, so that the start can be repeated after a lost connection.
    const executionId = values["execution-id"] ?? randomUUID();
    return withRemote(values, async (remote) => {
      const input = { checkpointId, executionId, config, results, definition };
      const { startRunFromCheckpoint: answer } = await remote.soon((signal) =>
        remote.client.request(RestartRun, { input }, { idempotent: true, signal }),
      );
      if (!("run" in answer)) throw refusal(answer, OPTIONS);
      const { run, created } = answer;
      const progress = `${created ? "Started" : "Started before"}: ${run.workflowId}, execution ${run.executionId}. ${stateOf(run)}`;
      return printOutcome(remote, run, { ...values, progress });
    });
  },
});
