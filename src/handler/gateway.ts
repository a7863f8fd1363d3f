/** What the handler needs of the approvals, wherever they are. */

import type { ApprovalRequestInput, ApprovalStatus, DecisionSource } from "../model/approvals.ts";

/** A request as the handler sees it; the same over a socket and in the process, so instants are RFC 3339 texts. */
export interface GateRequest {
  id: string;
  version: number;
  workflowId: string;
  jobId: string;
  executionId: string;
  title: string;
  status: ApprovalStatus;
  isOpen: boolean;
  isUrgent: boolean;
  requestedBy: string;
  decidedBy?: string | null;
  decisionSource?: DecisionSource | null;
  comment?: string | null;
  decidedAt?: string | null;
  approvers: readonly string[];
  approvalsRequired: number;
  approvalsReceived: number;
  /** ms by the database's clock; null once final */
  timeRemainingMs?: number | null;
  createdAt: string;
  expiresAt: string;
}

/** Names the requests of a job; the workflow may be left open. */
export interface JobKey {
  jobId: string;
  executionId: string;
  workflowId?: string;
}

/** Methods reject with an error that has a `code` (docs/rules.md, "Answers") where the answer is no. */
export interface Gateway {
  /** Creates the request, or finds the one that was created with the same content. */
  create(input: ApprovalRequestInput, signal?: AbortSignal): Promise<{ request: GateRequest; created: boolean }>;
  /** Resolves once the request is final; `afterVersion` is the version known so far. */
  wait(id: string, afterVersion: number | null, signal?: AbortSignal): Promise<GateRequest>;
  /** The requests of a job, one for each workflow. */
  find(key: JobKey): Promise<GateRequest[]>;
  cancel(id: string, reason: string | null): Promise<GateRequest>;
  close(): Promise<void>;
}
