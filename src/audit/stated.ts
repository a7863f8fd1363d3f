/** Types for the facts that the chain of a request states. */

import type { StoredDecision } from "../db/queries/audit-chain.ts";
import type { JsonObject } from "../model/approvals.ts";

/** The facts of CREATED. */
export interface CreationFacts extends JsonObject {
  contextDigest: string;
  createdBy: string;
  inputDigest: string;
  jobDigest: string;
  policy: JsonObject;
  requestedBy: string;
}

/** The outcome of the request according to its chain. */
export interface StatedOutcome {
  decision: string | null;
  decisionSource: string | null;
  decidedBy: string | null;
  decidedAt: string | null;
  comment?: string | null;
}

/** The facts of a whole chain. */
export interface Stated {
  created: CreationFacts | null;
  /** The time of creation, in the form of `createdAt` of a row of the chain. */
  createdAt: string | null;
  /** The facts of the latest decision. */
  decidedOn: JsonObject | null;
  conditions: unknown;
  approvers: readonly unknown[];
  votes: readonly StoredDecision[];
  escalations: number;
  outcome: StatedOutcome;
}
