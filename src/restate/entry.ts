/** The entry of the package `countersign/restate`: approvals for which an invocation waits suspended. */

export type { JobFailure, JobResult, JobSuccess } from "../handler/job.ts";
export type { ApprovalResult } from "../handler/outcome.ts";
export { createRestateApprovals, type RestateApprovals, type RestateApprovalsOptions } from "./approvals.ts";
export type { Gate } from "./gate.ts";
