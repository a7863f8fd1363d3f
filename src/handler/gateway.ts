/** The interface between the handler and the approvals, which are behind an API or in the same process. */

import type { ApprovalRequestInput, ApprovalStatus, DecisionSource } from "../model/approvals.ts";

/** A request as the handler receives it. Instants are RFC 3339 strings, both over a socket and in the same process. */
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
  /** ms by the database's clock; null if the request is final. */
  timeRemainingMs?: number | null;
  createdAt: string;
  expiresAt: string;
}

/** Identifies the requests of a job. Without `workflowId`, the requests of all workflows match. */
export interface JobKey {
  jobId: string;
  executionId: string;
  workflowId?: string;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** null: waits for a server that is not available, without a limit. Default: the time-out of the client. */
  timeoutMs?: null;
}

/** Methods reject with an error that has a `code` (docs/rules.md, "Answers") if the operation is refused. */
export interface Gateway {
  /** Creates the request, or returns the existing one with the same content. */
  create(input: ApprovalRequestInput, options?: CallOptions): Promise<{ request: GateRequest; created: boolean }>;
  /** Resolves once the request is final. `afterVersion` is the last known version. */
  wait(id: string, afterVersion: number | null, signal?: AbortSignal): Promise<GateRequest>;
  /** The requests of a job, one for each workflow. */
  find(key: JobKey, options?: CallOptions): Promise<GateRequest[]>;
  cancel(id: string, reason: string | null): Promise<GateRequest>;
  /** The page on which people decide the request; null if its address is not known. */
  urlOf(id: string): string | null;
  close(): Promise<void>;
}
