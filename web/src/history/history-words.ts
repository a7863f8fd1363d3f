/** What the list says of a request. Pure. */

import type { HistoryRowFragment } from "../generated/graphql.ts";
import { nameOf } from "../shared/words.ts";

/** "ann asked", "You asked": an id keeps its letters. */
export const askedWords = ({ requestedBy }: Pick<HistoryRowFragment, "requestedBy">, viewerId: string): string =>
  `${requestedBy === viewerId ? "You" : requestedBy} asked`;

type Ended = Pick<HistoryRowFragment, "status" | "decidedBy" | "decisionSource">;

/** What the status leaves out of how a request ended: "by ann", "automatically". */
export function endedWords({ status, decidedBy, decisionSource }: Ended, viewerId: string): string {
  if (decisionSource === "AUTO") return "automatically, because its conditions hold";
  if (decisionSource === "TIMEOUT") return status === "APPROVED" ? "automatically, when it expired" : "undecided";
  return `by ${nameOf(decidedBy, viewerId)}`;
}
