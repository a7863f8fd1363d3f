/** Converts a request to the result and the status of a job. */

import { type DemandedSource, demandedSourceOf } from "../approvals/demanded-source.ts";
import type { ApprovalStatus, DecisionSource } from "../model/approvals.ts";
import type { GateRequest } from "./gateway.ts";
import type { JobResult, JobStatus } from "./job.ts";

export type { DemandedSource };

/** How a request ended; the output of an approval job. */
export interface ApprovalResult {
  requestId: string;
  status: ApprovalStatus;
  decidedBy: string | null;
  /** Who or what decided: people (APPROVER), conditions (AUTO) or the TIMEOUT; CANCELLATION for a cancelled request. */
  decisionSource: DecisionSource | null;
  comment: string | null;
  /** RFC 3339, in UTC. */
  decidedAt: string | null;
  /** Who approved, in order. */
  approvers: string[];
  /** The checkpoint that was saved before the request was created; undefined without one. */
  checkpointId?: string;
}

/** The status of a job's request, while it is open and after it is final. */
export interface ApprovalJobStatus extends JobStatus {
  /** NOT_FOUND if the job has not created a request. */
  status: ApprovalStatus | "NOT_FOUND";
  requestId: string | null;
  /** `progress` in percent, rounded. */
  percent: number;
  /** Open with less than 15 minutes left. */
  isUrgent: boolean;
  /** ms by the database's clock; null if the request is final. */
  timeRemainingMs: number | null;
  approvalsReceived: number;
  approvalsRequired: number;
}

export function mapToApprovalResult(request: GateRequest): ApprovalResult {
  return {
    requestId: request.id,
    status: request.status,
    decidedBy: request.decidedBy ?? null,
    decisionSource: request.decisionSource ?? null,
    comment: request.comment ?? null,
    decidedAt: request.decidedAt ?? null,
    approvers: [...request.approvers],
  };
}

/** Reads the option. @throws TypeError for any value other than APPROVER, null and undefined */
export function demandedOf(decisionSource: unknown): DemandedSource | null {
  const demanded = demandedSourceOf(decisionSource);
  if (demanded !== undefined) return demanded;
  throw new TypeError(`decisionSource must be "APPROVER", got ${JSON.stringify(decisionSource)}.`);
}

/**
 * Why an approval does not count for a gate that demands a decision by people; null if it counts, or there is none.
 * An approval of unknown source does not count either.
 */
export function faultOfSource(request: GateRequest, demanded: DemandedSource | null): string | null {
  const { status, decisionSource } = request;
  if (demanded === null || status !== "APPROVED" || decisionSource === demanded) return null;
  const source = decisionSource ?? "unknown";
  return `The approval does not count: its decisionSource is ${source}, and must be ${demanded}. ${getStatusMessage(request)}`;
}

/**
 * The result of a job from its final request: a success only if the request was approved, by people if that is
 * demanded. A request never leaves a final status, so any other outcome is not retryable.
 */
export function jobResultOf(
  request: GateRequest,
  demanded: DemandedSource | null,
  metadata: { created: boolean; checkpointId?: string },
): JobResult<ApprovalResult> {
  const error = request.status === "APPROVED" ? faultOfSource(request, demanded) : getStatusMessage(request);
  const { checkpointId } = metadata;
  const output = { ...mapToApprovalResult(request), ...(checkpointId !== undefined && { checkpointId }) };
  const facts = {
    requestId: request.id,
    workflowId: request.workflowId,
    jobId: request.jobId,
    executionId: request.executionId,
    version: request.version,
    decisionSource: request.decisionSource ?? null,
    ...metadata,
  };
  if (error === null) return { success: true, output, metadata: facts };
  return { success: false, output, error, retryable: false, metadata: facts };
}

/** The status of a request. `progress` is the elapsed part of its time, and 1 if it is final. */
export function statusOf(request: GateRequest): ApprovalJobStatus {
  const remaining = request.timeRemainingMs ?? 0;
  const whole = Date.parse(request.expiresAt) - Date.parse(request.createdAt);
  const progress = request.isOpen ? Math.min(1, Math.max(0, 1 - remaining / whole)) : 1;
  return {
    status: request.status,
    requestId: request.id,
    progress,
    percent: Math.round(progress * 100),
    isUrgent: request.isUrgent,
    timeRemainingMs: request.timeRemainingMs ?? null,
    approvalsReceived: request.approvalsReceived,
    approvalsRequired: request.approvalsRequired,
    message: getStatusMessage(request),
  };
}

/** The status of a job that has not created a request. */
export const notAsked = (jobId: string, executionId: string): ApprovalJobStatus => ({
  status: "NOT_FOUND",
  requestId: null,
  progress: 0,
  percent: 0,
  isUrgent: false,
  timeRemainingMs: null,
  approvalsReceived: 0,
  approvalsRequired: 0,
  message: `Job ${jobId} of execution ${executionId} has not asked for approval.`,
});

/** The status of a request, in one sentence. */
export function getStatusMessage(request: GateRequest): string {
  const { status, decidedBy, comment, decisionSource } = request;
  const reason = comment ? `: ${comment}` : "";
  const point = reason === "" || !/[.!?]$/.test(reason) ? "." : "";
  const by = decidedBy ? ` by ${decidedBy}` : "";
  switch (status) {
    case "PENDING":
    case "ESCALATED": {
      const left = request.timeRemainingMs ?? 0;
      const time = left === 0 ? "it has expired" : `${duration(left)} left`;
      const count = `${request.approvalsReceived} of ${request.approvalsRequired} approvals`;
      const waiting = status === "PENDING" ? "Waiting for a decision" : "Escalated, waiting for a decision";
      return `${waiting}: ${count}, ${time}${request.isUrgent && left > 0 ? ", urgent" : ""}.`;
    }
    case "APPROVED":
      if (decisionSource === "AUTO") return "Approved automatically.";
      if (decisionSource === "TIMEOUT") return "Approved, because nobody had decided when it expired.";
      return `Approved${by}${reason}${point}`;
    case "REJECTED":
      return `Rejected${by}${reason}${point}`;
    case "TIMEOUT":
      return `Nobody decided in time: it expired at ${request.expiresAt}.`;
    case "CANCELLED":
      return `Cancelled${by}${reason}${point}`;
  }
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** A duration in its largest unit and the next smaller one. */
function duration(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  if (first === -1) return "less than a second";
  let rest = ms;
  const parts = UNITS.slice(first, first + 2).map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? null : `${count} ${name}${count === 1 ? "" : "s"}`;
  });
  return parts.filter((part) => part !== null).join(" ");
}
