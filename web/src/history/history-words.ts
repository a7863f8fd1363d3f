/** The texts about a request in the history. Pure. */

import type { HistoryRowFragment } from "../generated/graphql.ts";
import { nameOf } from "../shared/words.ts";

/** "ann asked", "You asked". User ids get no capital. */
export const requesterWords = ({ requestedBy }: Pick<HistoryRowFragment, "requestedBy">, viewerId: string): string =>
  `${requestedBy === viewerId ? "You" : requestedBy} asked`;

type Ended = Pick<HistoryRowFragment, "status" | "decidedBy" | "decisionSource">;

/** The details that the status does not show: "by ann", "automatically". */
export function endedWords({ status, decidedBy, decisionSource }: Ended, viewerId: string): string {
  if (decisionSource === "AUTO") return "automatically, because its conditions hold";
  if (decisionSource === "TIMEOUT") return status === "APPROVED" ? "automatically, when it expired" : "undecided";
  return `by ${nameOf(decidedBy, viewerId)}`;
}
