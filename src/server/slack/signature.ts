/** Whether a request comes from Slack. Source: Slack's "Verifying requests from Slack". */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** How old a signed request may be, and how far ahead of this machine's clock. */
const WINDOW_S = 5 * 60;

interface Signed {
  timestamp: string;
  signature: string;
}

/** The signature headers; null if they are missing, malformed or too old. */
function signedBy({ headers }: Pick<IncomingMessage, "headers">): Signed | null {
  const timestamp = headers["x-slack-request-timestamp"];
  const signature = headers["x-slack-signature"];
  if (typeof timestamp !== "string" || typeof signature !== "string" || !/^\d{1,12}$/.test(timestamp)) return null;
  return Math.abs(Date.now() / 1000 - Number(timestamp)) > WINDOW_S ? null : { timestamp, signature };
}

/** Whether the headers look like Slack's and are recent, so that the body is worth reading. */
export const mayBeSigned = (req: Pick<IncomingMessage, "headers">): boolean => signedBy(req) !== null;

/**
 * @param secret SLACK_SIGNING_SECRET
 * @param body exactly as it came
 */
export function isSignedBySlack(secret: string, req: Pick<IncomingMessage, "headers">, body: string): boolean {
  const signed = signedBy(req);
  if (signed === null) return false;
  const expected = `v0=${createHmac("sha256", secret).update(`v0:${signed.timestamp}:${body}`).digest("hex")}`;
  const [ours, theirs] = [Buffer.from(expected), Buffer.from(signed.signature)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
