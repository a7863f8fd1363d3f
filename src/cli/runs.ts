/** `countersign runs …` */

import { group } from "./command.ts";
import { cancelRunCommand } from "./runs-cancel.ts";
import { listRunsCommand } from "./runs-list.ts";
import { restartRunCommand } from "./runs-restart.ts";
import { showRunCommand } from "./runs-show.ts";
import { startRunCommand } from "./runs-start.ts";

export const runsCommand = group({
  name: "runs",
  about: "start, list, show and cancel runs of workflows",
  text: "Works with runs of workflows. docs/runs.md says who may see and cancel a run.",
  commands: [startRunCommand, listRunsCommand, showRunCommand, cancelRunCommand, restartRunCommand],
});
