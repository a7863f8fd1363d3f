// Asks people for approval, waits for the outcome, and exits 0 only if they approved.
import { ApprovalHandler } from "countersign/handler";

const { COUNTERSIGN_URL = "http://127.0.0.1:4000", COUNTERSIGN_TOKEN: token } = process.env;
const [release, ...approvers] = process.argv.slice(2);
if (!token || approvers.length === 0) {
  console.error("usage: COUNTERSIGN_TOKEN=… node gate.mjs RELEASE APPROVER…");
  process.exit(2);
}

// Only a decision by people counts, not one by conditions or by the timeout.
const gate = new ApprovalHandler({ url: `${COUNTERSIGN_URL}/graphql`, token, decisionSource: "APPROVER" });
const { success, output, error } = await gate.execute({
  workflowId: "release",
  jobId: "approval",
  executionId: release, // started again, it finds its request by these ids
  config: { title: `Deploy ${release} to production?`, allowedApprovers: approvers, timeoutMs: 3_600_000 },
});
await gate.close();
console.log(success ? `approved by ${output.decidedBy}` : error);
process.exitCode = success ? 0 : 1;
