/** Sends replies to people who pressed a button in Slack. */

import type { ApprovalRequest, Decision } from "../../model/approvals.ts";
import { isOpen } from "../../model/approvals.ts";
import { slackText } from "../../notifications/escaping.ts";

const REPLY_MS = 5_000;
/** The origins of Slack's response URLs. The second one is GovSlack's. */
const REPLY_ORIGINS = ["https://hooks.slack.com", "https://hooks.slack-gov.com"];

const LONGEST_TEXT = 2_000;

export interface SlackReply {
  text: string;
  /** The URL of the request in the inbox. */
  link?: string;
}

/** The confirmation of a recorded decision. */
export function recordedText(request: ApprovalRequest, decision: Decision): string {
  const recorded = decision === "APPROVE" ? "Your approval is recorded" : "Your rejection is recorded";
  if (isOpen(request)) {
    const missing = request.approvalsRequired - request.approvers.length;
    return `${recorded}; ${missing === 1 ? "one more is" : `${missing} more are`} needed.`;
  }
  const outcome = request.status === "TIMEOUT" ? "has expired" : `is ${request.status.toLowerCase()}`;
  return `${recorded}; the request ${outcome}.`;
}

/**
 * Sends a reply that only the user who pressed the button sees.
 * @param responseUrl as Slack sent it; only URLs of Slack or of SLACK_API_URL are accepted
 * @throws Error if the URL is not Slack's or Slack does not accept the reply
 */
export async function sendReply(responseUrl: string, reply: SlackReply, apiUrl: string | null): Promise<void> {
  const origin = URL.parse(responseUrl)?.origin;
  const allowed = apiUrl === null ? REPLY_ORIGINS : [...REPLY_ORIGINS, new URL(apiUrl).origin];
  if (origin === undefined || !allowed.includes(origin)) throw new Error("the response_url does not belong to Slack");
  const link = reply.link === undefined ? "" : ` <${reply.link}|Open the request>`;
  const text = slackText(reply.text, LONGEST_TEXT) + link;
  const response = await fetch(responseUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json; charset=utf-8" },
    body: JSON.stringify({ response_type: "ephemeral", replace_original: false, text }),
    redirect: "error",
    signal: AbortSignal.timeout(REPLY_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Slack responded with HTTP status ${response.status}`);
}
