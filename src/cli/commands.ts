/** The commands of `countersign`, in the order in which `--help` lists them. */

import type { Command } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { tokenCommand } from "./create-token.ts";
import { approveCommand, rejectCommand } from "./decide.ts";
import { exportAuditCommand } from "./export-audit.ts";
import { listCommand } from "./list.ts";
import { pruneRunsCommand } from "./prune-runs.ts";
import { requestCommand } from "./request.ts";
import { runsCommand } from "./runs.ts";
import { migrateCommand, serveCommand } from "./server-commands.ts";
import { urlCommand } from "./url.ts";
import { verifyAuditCommand } from "./verify-audit.ts";
import { waitCommand } from "./wait.ts";
import { webhookKeyCommand } from "./webhook-key.ts";
import { workflowsCommand } from "./workflows.ts";

export const COMMANDS: readonly Command[] = [
  requestCommand,
  waitCommand,
  listCommand,
  approveCommand,
  rejectCommand,
  runsCommand,
  workflowsCommand,
  serveCommand,
  migrateCommand,
  urlCommand,
  tokenCommand,
  pruneRunsCommand,
  verifyAuditCommand,
  exportAuditCommand,
  webhookKeyCommand,
  completionCommand(() => COMMANDS),
];
