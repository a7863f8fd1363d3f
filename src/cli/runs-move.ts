/** `countersign runs move` */

import { refusal } from "./answers.ts";
import { command, Failure, type Options } from "./command.ts";
import { DURATIONS, REMOTE_OPTIONS, withRemote } from "./remote.ts";
import { MoveRun, RunMovePlan } from "./run-documents.ts";
import { FOLLOW_EXITS, FOLLOW_OPTIONS, printOutcome, stateOf } from "./run-output.ts";
import { printable, wholeNumberOf } from "./values.ts";

const OPTIONS = {
  version: { value: "VERSION", field: "version", about: "the registered version; default the newest" },
  "dry-run": { about: "change nothing, and print which jobs would be added, removed and changed" },
  ...FOLLOW_OPTIONS,
  ...REMOTE_OPTIONS,
} as const satisfies Options;

interface Plan {
  version: number;
  added: readonly string[];
  removed: readonly string[];
  changed: readonly string[];
  refusal?: string | null;
}

function textOf({ version, added, removed, changed, refusal }: Plan): string {
  const named = Object.entries({ added, removed, changed }).filter(([, ids]) => ids.length > 0);
  const changes = named.map(([how, ids]) => `${how}: ${ids.join(", ")}`);
  const what = changes.length === 0 ? "no job changes" : changes.join("; ");
  return printable(`Version ${version}: ${what}.${refusal == null ? "" : ` ${refusal}`}`);
}

export const moveRunCommand = command({
  name: "runs move",
  about: "move a run to another registered version of its workflow",
  text: "Moves a run that has not ended to another registered version of its workflow. Jobs that have started or ended must be the same in both versions; others may be changed, added or removed.",
  operand: { name: "ID" },
  options: OPTIONS,
  notes: `Standard output has the id of the run; with --wait also its outcome. With --dry-run it has the changes. ${DURATIONS}`,
  exits: FOLLOW_EXITS,
  failureCode: 4,
  examples: ["countersign runs move run_1f0c5e3a-9a43-5c55-8a55-2f4e8a7c1d05 --dry-run"],
  run(values, id) {
    const version = wholeNumberOf("--version", values.version, 1, 2 ** 31 - 1) ?? null;
    return withRemote(values, async (remote) => {
      if (values["dry-run"]) {
        const { workflowRun: run } = await remote.soon((signal) =>
          remote.client.request(RunMovePlan, { id, version }, { idempotent: true, signal }),
        );
        if (run == null) throw new Failure("There is no such workflow run, or you may not see it. (NOT_FOUND)", 4);
        const { movePlan: plan } = run;
        if (values.json) console.log(JSON.stringify(plan ?? null));
        else console.log(plan == null ? "There is nothing to move the run to, or you may not move it." : textOf(plan));
        return plan == null || plan.refusal != null ? 4 : 0;
      }
      const input = { runId: id, version };
      const { moveWorkflowRun: answer } = await remote.soon((signal) =>
        remote.client.request(MoveRun, { input }, { idempotent: true, signal }),
      );
      if (!("run" in answer)) throw refusal(answer, OPTIONS);
      return printOutcome(remote, answer.run, { ...values, progress: stateOf(answer.run) });
    });
  },
});
