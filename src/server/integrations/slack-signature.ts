/** Whether a request comes from Slack. Source: Slack's "Verifying requests from Slack". */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** How old a signed request may be, and how far ahead of this machine's clock. */
const WINDOW_S = 5 * 60;

/**
 * @param secret SLACK_SIGNING_SECRET
 * @param body exactly as it came
 */
export function isSignedBySlack(secret: string, { headers }: Pick<IncomingMessage, "headers">, body: string): boolean {
  const timestamp = headers["x-slack-request-timestamp"];
  const signature = headers["x-slack-signature"];
  if (typeof timestamp !== "string" || typeof signature !== "string" || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > WINDOW_S) return false;
  const expected = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
  const [ours, theirs] = [Buffer.from(expected), Buffer.from(signature)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
