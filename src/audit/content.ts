/**
 * Collects what a chain states about its request: the digests and the policy of CREATED, the conditions of
 * CONDITIONS_UPDATED, the votes, and the outcome. `row-faults.ts` compares the request's row with it. Rows of earlier
 * versions state nothing. If CREATED states nothing, the request is not covered.
 */

import type { ChainedRow, StoredDecision, StoredRequest } from "../db/queries/audit-chain.ts";
import { isOpen, type JsonObject } from "../model/approvals.ts";
import { digestOf } from "../model/json.ts";
import type { Finding } from "./check.ts";
import { faultOfRow } from "./row-faults.ts";
import type { CreationFacts, Stated, StatedOutcome } from "./stated.ts";

const isCreation = (metadata: JsonObject): metadata is CreationFacts =>
  typeof metadata.contextDigest === "string" && typeof metadata.policy === "object" && metadata.policy !== null;

const OPEN: StatedOutcome = { decision: null, decisionSource: null, decidedBy: null, decidedAt: null };

function outcomeOf({ action, newStatus, userId, comment, createdAt }: ChainedRow): StatedOutcome {
  const decidedBy = action === "TIMEOUT" ? null : userId;
  const alone = action === "TIMEOUT" ? "TIMEOUT" : "AUTO";
  return {
    decision: newStatus === "APPROVED" ? "APPROVE" : newStatus === "REJECTED" ? "REJECT" : null,
    decisionSource: decidedBy === null ? alone : action === "CANCELLED" ? "CANCELLATION" : "APPROVER",
    decidedBy,
    decidedAt: createdAt,
    comment: decidedBy === null ? null : comment,
  };
}

export class ContentCheck {
  readonly #requestId: string;
  readonly #votes: StoredDecision[] = [];
  readonly #stated: Stated = {
    created: null,
    createdAt: null,
    decidedOn: null,
    conditions: null,
    approvers: [],
    votes: this.#votes,
    escalations: 0,
    outcome: OPEN,
  };
  #finding: Finding | null = null;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  /** Whether the chain states what the request was created with. */
  get covered(): boolean {
    return this.#stated.created !== null;
  }

  /** The rows must come in the order of the chain. */
  add(row: ChainedRow): void {
    const { action, metadata, oldStatus, newStatus } = row;
    const stated = this.#stated;
    if (action === "CREATED" && isCreation(metadata)) {
      stated.created = metadata;
      stated.createdAt = row.createdAt;
      stated.conditions = metadata.policy.autoApproveConditions;
    } else if (action === "CONDITIONS_UPDATED") stated.conditions = metadata.conditions;
    else if (action === "ESCALATED") stated.escalations += 1;
    else if ((action === "APPROVED" || action === "REJECTED") && typeof metadata.decision === "string") this.#vote(row);
    const isEnd = newStatus !== null && newStatus !== oldStatus && !isOpen({ status: newStatus });
    if (isEnd) stated.outcome = outcomeOf(row);
  }

  #vote(row: ChainedRow): void {
    const { metadata, userId, comment, createdAt } = row;
    const stated = this.#stated;
    const decision = metadata.decision as StoredDecision["decision"];
    const approver = userId ?? "";
    stated.decidedOn = metadata;
    if (metadata.repeated !== true) this.#votes.push({ approver, decision, comment, decidedAt: createdAt });
    const isAdded = decision === "APPROVE" && !stated.approvers.includes(approver);
    if (Array.isArray(metadata.approvers)) stated.approvers = metadata.approvers;
    else if (isAdded) stated.approvers = [...stated.approvers, approver];
    const wrong = this.#differences(metadata);
    if (wrong.length > 0) this.#find(`${wrong.join(", ")} of this decision are not those of CREATED`, row);
  }

  /** The names of the facts in which a decision differs from CREATED. */
  #differences(decided: JsonObject): string[] {
    const { created, conditions } = this.#stated;
    if (created === null) return [];
    const policyDigest = digestOf({ ...created.policy, autoApproveConditions: conditions });
    const expected: JsonObject = { ...created, policyDigest };
    const facts = ["contextDigest", "inputDigest", "createdBy", "policyDigest"];
    return facts.filter((name) => decided[name] !== expected[name]);
  }

  /**
   * @param stored the request's row and decisions; null for an export, which has the chain only
   * @returns the first fault, or null; call it once, after the last row
   */
  end(stored: StoredRequest | null): Finding | null {
    const fault = this.#finding === null && stored !== null ? faultOfRow(this.#stated, stored) : null;
    if (fault !== null) this.#find(fault);
    return this.#finding;
  }

  #find(detail: string, row: ChainedRow | null = null): void {
    const { position = null, action = null, id: rowId = null } = row ?? {};
    this.#finding ??= { requestId: this.#requestId, problem: "changed", position, action, rowId, detail };
  }
}
