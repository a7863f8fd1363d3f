/**
 * Marks on a decision's way through the process, from which the benchmark draws its waterfall. Without a subscriber a mark
 * costs one comparison.
 */

import { channel } from "node:diagnostics_channel";

/** The channel of the marks. A message is a `Mark`. */
export const MARKS = "countersign:marks";
const marks = channel(MARKS);

/** The steps, in the order in which a decision over HTTP passes them. */
export const STEPS = [
  "received",
  "identified",
  "read",
  "validated",
  "queued",
  "connected",
  "locked",
  "sent",
  "committed",
  "notified",
  "answered",
] as const;
export type Step = (typeof STEPS)[number];

export interface Mark {
  step: Step;
  /** ms since 1970, with fractions. */
  at: number;
}

/** Marks that the work in progress has passed a step. */
export function mark(step: Step): void {
  if (marks.hasSubscribers) marks.publish({ step, at: performance.timeOrigin + performance.now() } satisfies Mark);
}
