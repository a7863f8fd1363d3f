/** The texts about requests that several pages share. Pure. The server's pages use the same sentences. */

import type { ApprovalStatus } from "../generated/graphql.ts";

/** "1 request", "2,300 requests". */
export function count(n: number, one: string, many = `${one}s`, locale?: string): string {
  return `${n.toLocaleString(locale)} ${n === 1 ? one : many}`;
}

export const STATUS_WORDS: Readonly<Record<ApprovalStatus, string>> = {
  PENDING: "Waiting",
  ESCALATED: "Escalated",
  APPROVED: "Approved",
  REJECTED: "Rejected",
  TIMEOUT: "Timed out",
  CANCELLED: "Cancelled",
};

export const CHANNEL_WORDS = {
  IN_APP: "In the app",
  EMAIL: "Email",
  SLACK: "Slack",
  WEBHOOK: "Webhook",
} as const;

/** The name of a user; "you" for the viewer. */
export const nameOf = (userId: string | null | undefined, viewerId: string): string =>
  userId == null ? "somebody" : userId === viewerId ? "you" : userId;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const sentence = (text: string): string => `${capital(text)}${/[.!?]$/.test(text) ? "" : "."}`;

/** "ann, bob and 2 more". */
export function list(items: readonly string[], most = 3, locale?: string): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items;
  return new Intl.ListFormat(locale ?? "en", { type: "conjunction" }).format(shown);
}

interface Outcome {
  status: ApprovalStatus;
  decidedBy?: string | null;
  decisionSource?: string | null;
}

/** The outcome of a request: "approved by ann". For an open request, its status. */
export function outcomeWords({ status, decidedBy, decisionSource }: Outcome, viewerId: string): string {
  const by = decidedBy == null ? "" : ` by ${nameOf(decidedBy, viewerId)}`;
  if (status === "APPROVED" && decisionSource === "TIMEOUT") return "approved automatically when it expired";
  if (status === "APPROVED" && decisionSource === "AUTO") return "approved automatically, because its conditions hold";
  if (status === "APPROVED") return `approved${by}`;
  if (status === "REJECTED") return `rejected${by}`;
  if (status === "CANCELLED") return `cancelled${by}`;
  if (status === "TIMEOUT") return "expired without approval";
  return status === "ESCALATED" ? "escalated" : "waiting";
}
