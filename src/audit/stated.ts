/** What the chain of a request states about it. */

import type { HeldDecision } from "../db/queries/audit-chain.ts";
import type { JsonObject } from "../model/approvals.ts";

/** What CREATED states. */
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

/** All that a chain states. */
export interface Stated {
  created: CreationFacts | null;
  /** When; in the form of `createdAt` of a row of the chain. */
  createdAt: string | null;
  /** The facts of the latest decision. */
  decidedOn: JsonObject | null;
  conditions: unknown;
  approvers: readonly unknown[];
  votes: readonly HeldDecision[];
  escalations: number;
  outcome: StatedOutcome;
}
