/** The texts of the inbox. Pure. */

import { isLow } from "../../../src/model/risk.ts";
import type { ApprovalStatus } from "../generated/graphql.ts";
import { count, nameOf } from "../shared/words.ts";
import type { Row } from "./inbox-list.ts";

interface Left {
  status: ApprovalStatus;
  approvers: readonly string[];
  decidedBy?: string | null;
  decisionSource?: string | null;
}

/** Why a request left the inbox, and who decided it: "ann approved it". */
export function departure({ status, approvers, decidedBy, decisionSource }: Left, viewerId: string): string {
  const who = nameOf(decidedBy, viewerId);
  if (status === "APPROVED" && decisionSource === "APPROVER") return `${who} approved it`;
  if (status === "APPROVED") return "it was approved automatically";
  if (status === "REJECTED") return `${who} rejected it`;
  if (status === "CANCELLED") return `${who} cancelled it`;
  if (status === "TIMEOUT") return "it expired";
  if (approvers.includes(viewerId)) return "you approved it elsewhere";
  return "you may no longer decide it";
}

/** "Deploy 42: ann approved it." */
export const departureSentence = (title: string, left: Left, viewerId: string): string =>
  `“${title}” has left your inbox: ${departure(left, viewerId)}.`;

/** The text below the heading: the number of requests, and how many of them are shown. */
export function leadOf(all: number, shown: number, isComplete: boolean, total: number | null): string {
  if (!isComplete) return total === null ? "Loading…" : `${all.toLocaleString()} of ${total.toLocaleString()} loaded…`;
  const waits = `${count(all, "request")} ${all === 1 ? "waits" : "wait"} for your decision, earliest expiry first.`;
  return shown === all ? waits : `${shown.toLocaleString()} of ${waits}`;
}

/** Whether a request may be decided together with others: its risk is low or not stated, and it was not escalated. */
export const isLowRisk = ({ risk, status }: Pick<Row, "risk" | "status">): boolean =>
  status === "PENDING" && isLow(risk);

/** Why a request must be decided individually. */
export const whyAlone = ({ risk, status }: Pick<Row, "risk" | "status">): string =>
  status === "ESCALATED"
    ? "It was escalated: decide it individually."
    : `Its risk is “${risk}”: decide it individually.`;

/** "1 of 2 approvals"; null if one is enough. */
export const progressOf = ({ approvers, approvalsRequired }: Row): string | null =>
  approvalsRequired > 1 ? `${approvers.length} of ${approvalsRequired} approvals` : null;
