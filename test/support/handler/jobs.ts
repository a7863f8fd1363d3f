/** Approval jobs for the handler's tests. */

import { randomUUID } from "node:crypto";
import { vi } from "vitest";
import type { ApprovalHandler } from "../../../src/handler/approval-handler.ts";
import type { JobContext } from "../../../src/handler/job.ts";

/** A run of an approval job for bob; every one has an execution of its own. */
export function jobOf(config: Record<string, unknown> = {}, more: Partial<JobContext> = {}): JobContext {
  return {
    jobId: "approval",
    workflowId: "deployment-workflow",
    executionId: randomUUID(),
    type: "approval",
    config: { title: "Approve production deployment", notifyUsers: ["bob"], ...config },
    dependencies: ["build"],
    results: {},
    ...more,
  };
}

/** The id of the job's request, once it is created. */
export async function requestIdOf(
  handler: ApprovalHandler,
  { jobId, executionId, workflowId }: JobContext,
): Promise<string> {
  return vi.waitFor(
    async () => {
      const { requestId } = await handler.getStatus(jobId, executionId, workflowId);
      if (requestId === null) throw new Error("it has not asked yet");
      return requestId;
    },
    { timeout: 60_000, interval: 10 },
  );
}
