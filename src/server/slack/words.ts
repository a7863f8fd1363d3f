/** What people read in Slack after they have pressed a button, and how it reaches them. */

import type { ApprovalRequest, Decision } from "../../model/approvals.ts";
import { isOpen } from "../../model/approvals.ts";
import { slackText } from "../../notifications/escaping.ts";

const ANSWER_MS = 5_000;
/** Where Slack takes answers; the second is that of its cloud for governments. */
const ANSWER_ORIGINS = ["https://hooks.slack.com", "https://hooks.slack-gov.com"];

const LONGEST_WORDS = 2_000;

export interface Words {
  words: string;
  /** Where the request is, for those who get no further here. */
  link?: string;
}

/** What became of a decision. */
export function recorded(request: ApprovalRequest, decision: Decision): string {
  const mine = decision === "APPROVE" ? "Your approval is recorded" : "Your rejection is recorded";
  if (isOpen(request)) {
    const missing = request.approvalsRequired - request.approvers.length;
    return `${mine}; ${missing === 1 ? "one more is" : `${missing} more are`} needed.`;
  }
  const outcome = request.status === "TIMEOUT" ? "has expired" : `is ${request.status.toLowerCase()}`;
  return `${mine}; the request ${outcome}.`;
}

/**
 * Tells the one who pressed, and nobody else.
 * @param responseUrl as Slack sent it; an address elsewhere than Slack's, or SLACK_API_URL's, is not written to
 * @throws Error where Slack does not take it
 */
export async function tell(responseUrl: string, { words, link }: Words, apiUrl: string | null): Promise<void> {
  const origin = URL.parse(responseUrl)?.origin;
  const allowed = apiUrl === null ? ANSWER_ORIGINS : [...ANSWER_ORIGINS, new URL(apiUrl).origin];
  if (origin === undefined || !allowed.includes(origin)) throw new Error("the response_url does not belong to Slack");
  const text = slackText(words, LONGEST_WORDS) + (link === undefined ? "" : ` <${link}|Open the request>`);
  const response = await fetch(responseUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json; charset=utf-8" },
    body: JSON.stringify({ response_type: "ephemeral", replace_original: false, text }),
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Slack answered with HTTP status ${response.status}`);
}
