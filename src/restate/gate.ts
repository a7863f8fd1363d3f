/** The input of an approval in a Restate service, and its checks before anything is sent. */

import { TerminalError } from "@restatedev/restate-sdk";
import type { CreateApprovalRequestInput } from "../client/generated/graphql.ts";
import { describeIssues } from "../handler/errors.ts";
import { type DemandedSource, demandedOf } from "../handler/outcome.ts";
import { REQUEST_INPUT_FIELDS } from "../model/approvals.ts";
import { unknownFieldIssues } from "../model/unknown-fields.ts";

/**
 * The input of the request, as for `createApprovalRequest`. The execution is the invocation.
 *
 * @example
 * const gate: Gate = { jobId: "approval", title: "Deploy 1.4.0?", allowedApprovers: ["bob@company.com"] };
 */
export interface Gate extends Omit<CreateApprovalRequestInput, "workflowId" | "executionId" | "callbackUrl"> {
  /** The id of the gate, which must differ for each approval of a handler. */
  jobId: string;
  /** Default: the name of the calling service. */
  workflowId?: string;
  /** Like the option of the same name, for this gate. */
  decisionSource?: DemandedSource | null;
}

/** The adapter sets these fields itself. */
const OWN_FIELDS = ["executionId", "callbackUrl"];
const FIELDS = [...REQUEST_INPUT_FIELDS.filter((field) => !OWN_FIELDS.includes(field)), "decisionSource"];

/** @throws TerminalError that names each unknown field, because a retry by Restate cannot fix it */
export function checkGate(gate: Gate): void {
  const issues = unknownFieldIssues(gate, FIELDS);
  if (issues.length > 0) throw new TerminalError(describeIssues(issues), { errorCode: 422 });
}

/** @throws TerminalError for an invalid value, because a retry by Restate cannot fix it */
export function demandedByGate(decisionSource: unknown): DemandedSource | null {
  try {
    return demandedOf(decisionSource);
  } catch (error) {
    throw new TerminalError((error as Error).message, { errorCode: 422 });
  }
}
