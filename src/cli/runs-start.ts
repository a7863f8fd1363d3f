/** `countersign runs start` */

import { randomUUID } from "node:crypto";
import { refusal } from "./answers.ts";
import { wrong } from "./arguments.ts";
import { command, type Options } from "./command.ts";
import { jsonObjectOf } from "./json-value.ts";
import { DURATIONS, REMOTE_OPTIONS, withRemote } from "./remote.ts";
import { StartRun } from "./run-documents.ts";
import { FOLLOW_EXITS, FOLLOW_OPTIONS, printOutcome, stateOf } from "./run-output.ts";
import { wholeNumberOf } from "./values.ts";
import { MOST_VERSIONS } from "./workflows.ts";

const OPTIONS = {
  input: {
    value: "JSON",
    field: "input",
    file: "at",
    about: "the input, or @FILE, or - for standard input; default {}",
  },
  version: { value: "N", field: "version", about: "this version; default the newest" },
  "execution-id": {
    value: "ID",
    field: "executionId",
    about: "the execution id, which is never started twice; default a new id",
  },
  priority: {
    value: "N",
    field: "priority",
    about: "the priority, -100 to 100, for programs and admins; write a negative one as --priority=-5",
  },
  ...FOLLOW_OPTIONS,
  ...REMOTE_OPTIONS,
} as const satisfies Options;

export const startRunCommand = command({
  name: "runs start",
  about: "start a run of a registered workflow",
  text: "Starts a run of a registered workflow. If the execution id was used before, the existing run is returned.",
  operand: { name: "NAME" },
  options: OPTIONS,
  notes: `Standard output has the id of the run; with --wait also its outcome. ${DURATIONS}`,
  exits: FOLLOW_EXITS,
  failureCode: 4,
  examples: ['countersign runs start release --input \'{"version":"1.4.0"}\' --execution-id 1.4.0 --wait'],
  async run(values, name) {
    const version = wholeNumberOf("--version", values.version, 1, MOST_VERSIONS);
    const priority = priorityOf(values.priority);
    const given = await jsonObjectOf("--input", values.input);
    // A generated id, so that the start can be repeated after a lost connection.
    const executionId = values["execution-id"] ?? randomUUID();
    return withRemote(values, async (remote) => {
      const input = { name, version, executionId, input: given, priority };
      const { startWorkflow: answer } = await remote.soon((signal) =>
        remote.client.request(StartRun, { input }, { idempotent: true, signal }),
      );
      if (!("run" in answer)) throw refusal(answer, OPTIONS);
      const { run, created } = answer;
      const progress = `${created ? "Started" : "Started before"}: ${run.workflowId}, execution ${run.executionId}. ${stateOf(run)}`;
      return printOutcome(remote, run, { ...values, progress });
    });
  },
});

function priorityOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const priority = /^-?\d{1,3}$/.test(given) ? Number(given) : Number.NaN;
  return Math.abs(priority) <= 100 ? priority : wrong("--priority", given, "a whole number from -100 to 100");
}
