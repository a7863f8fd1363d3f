/** Verifies that a request comes from Slack, as in Slack's guide "Verifying requests from Slack". */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** How old a signed request may be, or how far its time may be ahead of this machine's clock. */
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

/** Whether the headers have the form of Slack's and are recent. Otherwise the body is not read. */
export const mayBeSigned = (req: Pick<IncomingMessage, "headers">): boolean => signedBy(req) !== null;

/**
 * @param secret SLACK_SIGNING_SECRET
 * @param body exactly as received
 */
export function isSignedBySlack(secret: string, req: Pick<IncomingMessage, "headers">, body: string): boolean {
  const signed = signedBy(req);
  if (signed === null) return false;
  const expected = `v0=${createHmac("sha256", secret).update(`v0:${signed.timestamp}:${body}`).digest("hex")}`;
  const expectedBytes = Buffer.from(expected);
  const received = Buffer.from(signed.signature);
  return expectedBytes.length === received.length && timingSafeEqual(expectedBytes, received);
}
