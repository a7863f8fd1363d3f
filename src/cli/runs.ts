/** `countersign runs …` */

import { group } from "./command.ts";
import { cancelRunCommand } from "./runs-cancel.ts";
import { listRunsCommand } from "./runs-list.ts";
import { logRunCommand } from "./runs-log.ts";
import { moveRunCommand } from "./runs-move.ts";
import { restartRunCommand } from "./runs-restart.ts";
import { retryRunCommand } from "./runs-retry.ts";
import { showRunCommand } from "./runs-show.ts";
import { startRunCommand } from "./runs-start.ts";

export const runsCommand = group({
  name: "runs",
  about: "start, list, show, cancel, retry and move runs of workflows",
  text: "Works with runs of workflows. docs/runs.md describes who may see, cancel and retry a run.",
  examples: ["countersign runs list --status running", "countersign runs start --help"],
  commands: [
    startRunCommand,
    listRunsCommand,
    showRunCommand,
    logRunCommand,
    cancelRunCommand,
    retryRunCommand,
    restartRunCommand,
    moveRunCommand,
  ],
});
