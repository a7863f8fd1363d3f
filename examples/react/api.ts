/** The parts of Countersign's REST API that this application needs. */

import type { Decide, DecidedRequest, DecisionSubject, Refusal } from "countersign/decision-dialog";

/** A real application gets the token of its user from the identity provider. */
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

const call = (method: string, path: string, body?: object): Promise<Response> =>
  fetch(`/api/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

/** The requests that the user can decide, the next to expire first. @throws Error if the API refuses the token */
export async function pendingRequests(): Promise<{ viewerId: string; requests: DecisionSubject[] }> {
  const [viewer, pending] = await Promise.all([call("GET", "viewer"), call("GET", "approvals/pending")]);
  if (!viewer.ok || !pending.ok) throw new Error(`Countersign answered ${viewer.status}`);
  return { viewerId: (await viewer.json()).userId, requests: (await pending.json()).items };
}

/** The codes for which the dialog has its own sentence. */
const REFUSALS: readonly string[] = [
  "ALREADY_DECIDED",
  "STALE_CONTEXT",
  "EXPIRED",
  "FORBIDDEN",
  "NOT_FOUND",
  "VALIDATION",
  "UNAUTHENTICATED",
] satisfies Refusal[];

/** Sends a decision, and with it the digest of the content that the user has seen. */
export const decide: Decide = async ({ id, contextDigest }, decision, comment) => {
  const verb = decision === "APPROVE" ? "approve" : "reject";
  const input = { contextDigest, ...(comment !== "" && { comment }) };
  const response = await call("POST", `approvals/${id}/${verb}`, input).catch(() => null);
  const answer = await response?.json().catch(() => null);
  // It is unknown whether the decision was recorded. It can safely be sent again.
  if (response == null || answer == null) return { recorded: false, code: "UNANSWERED", message: "", request: null };
  if (response.ok) return { recorded: true, request: answer as DecidedRequest };
  const code = REFUSALS.includes(answer.code) ? (answer.code as Refusal) : "FAILED";
  return { recorded: false, code, message: answer.detail, request: answer.request ?? null };
};
