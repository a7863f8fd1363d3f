/** What Restate services import as `countersign/restate`: approvals that an invocation waits for suspended. */

export type { JobResult } from "../handler/job.ts";
export type { ApprovalResult } from "../handler/outcome.ts";
export { createRestateApprovals, type Gate, type RestateApprovals, type RestateApprovalsOptions } from "./approvals.ts";
