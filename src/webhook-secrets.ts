/** The secrets that sign webhooks, as `WEBHOOK_SECRET` holds them. */

import { Webhook } from "standardwebhooks";

/** What the variable may hold, in words. */
export const WEBHOOK_SECRET_FORM =
  "one secret, or two separated by a space while the receiver changes over: base64 of 24 to 64 bytes, with or without " +
  "`whsec_` before it";

/**
 * A signer for each secret. Of the length only that there is any is asked, as older receivers have shorter ones.
 * @throws RangeError where there are none or more than two, or where one cannot be decoded; it shows nothing of them
 */
export function signersOf(held: string): readonly Webhook[] {
  const secrets = secretsIn(held);
  if (secrets.length !== 1 && secrets.length !== 2) throw new RangeError("Not one or two secrets.");
  return secrets.map((secret) => {
    try {
      return new Webhook(secret);
    } catch {
      throw new RangeError("A secret cannot be decoded.");
    }
  });
}

/** The least that the specification allows. */
export const SHORTEST_WEBHOOK_SECRET_BYTES = 24;

/** Whether one of them is shorter than the specification allows. */
export const hasShortSecret = (held: string): boolean =>
  secretsIn(held).some(
    (secret) => Buffer.from(secret.replace(/^whsec_/, ""), "base64").byteLength < SHORTEST_WEBHOOK_SECRET_BYTES,
  );

const secretsIn = (held: string): string[] => held.split(/[\s,]+/).filter((secret) => secret !== "");
