/** The decision source that a gate may demand of an approval. */

import type { DecisionSource } from "../model/approvals.ts";

/** People must have decided; an approval by conditions or by the timeout does not count. */
export type DemandedSource = Extract<DecisionSource, "APPROVER">;

/** Reads `decisionSource` in either spelling; null if nothing is demanded, undefined if the value is invalid. */
export const demandedSourceOf = (given: unknown): DemandedSource | null | undefined => {
  if (given == null) return null;
  return typeof given === "string" && given.toUpperCase() === "APPROVER" ? "APPROVER" : undefined;
};
